"""A pool without a free connection ends no loop, and loses no reply."""

import sys
from collections import Counter
from contextlib import AbstractAsyncContextManager

import pytest
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncSession
from structlog.testing import capture_logs

from app.db.session import Database
from app.settings import Settings
from tests.app.running import running, until

pytestmark = [pytest.mark.anyio, pytest.mark.one_database]


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often functions of these names get no connection to write with."""
    left: Counter[str] = Counter()
    write = Database.write

    def refusing(database: Database) -> AbstractAsyncContextManager[AsyncSession]:
        name = sys._getframe(1).f_code.co_qualname
        if left[name]:
            left[name] -= 1
            raise PoolTimeoutError("QueuePool limit of size 1 overflow 1 reached")
        return write(database)

    monkeypatch.setattr(Database, "write", refusing)
    return left


async def test_workers_go_on(settings: Settings, refused: Counter[str]) -> None:
    loops = ("OutdatedIndexes.look", "Indexer._claim", "SceneMemoryWorker._work")
    refused.update(loops)
    with capture_logs() as logs:
        async with running(settings) as stage:
            await until(lambda: not any(refused.values()))
            assert (await stage.make_character())["status"] == "ready"
    told = {each["event"] for each in logs if each["log_level"] == "warning"}
    assert {
        "outdated_indexes_unreadable",
        "index_jobs_unreadable",
        "scene_memory_jobs_unreadable",
    } <= told


async def test_a_reply_is_stored_all_the_same(settings: Settings, refused: Counter[str]) -> None:
    async with running(settings) as stage:
        await stage.make_character()
        conversation = await stage.open()
        refused["TurnStore._store"] = 1
        reply = (await stage.say(conversation, "Hello?"))["reply"]
        assert (await stage.read(conversation))["messages"][-1] == reply
        assert refused.total() == 0
