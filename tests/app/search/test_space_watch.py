"""Web processes note their space, and tell where no worker indexes for it."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from app.db.base import utc_now
from app.db.models import IndexSpace
from app.search import space_watch
from app.search.outdated import OutdatedIndexes
from app.search.space_watch import SpaceWatch
from app.search.spaces import Space
from app.settings import Settings
from tests.app.embedders import WatchedEmbedder
from tests.app.running import Running, running

pytestmark = pytest.mark.anyio

SPACE = Space.of("watched:b")


async def noted(stage: Running) -> IndexSpace | None:
    async with stage.services.database.read() as session:
        statement = select(IndexSpace).where(IndexSpace.embedder == SPACE.embedder)
        return await session.scalar(statement)


async def test_a_web_process_notes_its_space_and_a_worker_still_looks(settings: Settings) -> None:
    server = settings.server.model_copy(update={"role": "web"})
    web = settings.model_copy(update={"server": server})
    async with running(web, embedder=WatchedEmbedder(SPACE.embedder)) as stage:
        async with asyncio.timeout(10):
            while (row := await noted(stage)) is None:  # noqa: ASYNC110 (another task's write)
                await asyncio.sleep(0.01)
        assert row.worked_at is None
        looks = OutdatedIndexes(stage.services.database, SPACE, "reference", lambda: None)
        await looks.look()
        row = await noted(stage)
        assert row is not None
        assert row.worked_at is not None


async def test_a_space_without_a_worker_is_told_after_ten_minutes(
    stage: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    services = stage.services
    watch = SpaceWatch(services.database, SPACE, services.metrics)
    passed = timedelta()
    monkeypatch.setattr(space_watch, "utc_now", lambda: utc_now() + passed)
    told: list[bool] = []
    with capture_logs() as logs:
        for minutes in (0, 9, 11, 12):
            passed = timedelta(minutes=minutes)
            told.append(await watch.look())
            shown = services.metrics.registry.get_sample_value("offbook_space_without_worker")
            assert shown == float(told[-1])
    assert told == [False, False, True, True]
    warned = [each for each in logs if each["event"] == "space_without_worker"]
    assert [each["embedder"] for each in warned] == [SPACE.embedder]  # once
    async with services.database.write() as session:
        row = await session.get_one(IndexSpace, tuple(SPACE))
        row.worked_at = utc_now() + timedelta(minutes=5)
    assert not await watch.look()
