"""Conversations in which nothing happens are deleted after a set time."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select, update

from app.conversations.expiry import give_up_unused
from app.conversations.purging import purge_deleted
from app.db.base import utc_now
from app.db.ids import new_id
from app.db.models import Conversation, Message
from app.settings import ConversationSettings
from tests.app.access.calling import BEARER
from tests.app.accounts.signing import community, member
from tests.app.running import Running, as_object, running

pytestmark = pytest.mark.anyio

WEEK, MONTH = 7, 30


@pytest.fixture
async def stage(database_url: str, tmp_path: Path) -> AsyncIterator[Running]:
    async with running(community(database_url, tmp_path)) as started:
        started.http.headers.update(BEARER)
        await started.make_character("Ben")
        yield started


async def talk(stage: Running, browser: httpx.AsyncClient, *, days: float) -> str:
    """A conversation that was changed last so long ago; its id."""
    await browser.get("/api/me")
    opened = as_object(await browser.post("/api/conversations", json={"character": "ben"}))
    then = utc_now() - timedelta(days=days)
    async with stage.services.database.write() as session:
        changed = update(Conversation).where(Conversation.id == UUID(opened["id"]))
        await session.execute(changed.values(updated_at=then))
    return str(opened["id"])


async def listed(browser: httpx.AsyncClient) -> list[str]:
    return [each["id"] for each in as_object(await browser.get("/api/conversations"))["items"]]


async def expire(stage: Running, **days: int | None) -> int:
    database = stage.services.database
    gone = await give_up_unused(database, ConversationSettings.model_validate(days))
    await purge_deleted(database)
    return gone


async def test_by_default_they_stay(stage: Running) -> None:
    guest = stage.client()
    old = await talk(stage, guest, days=3_000)
    assert await expire(stage) == 0
    assert await listed(guest) == [old]


async def test_guests_may_have_a_shorter_time(stage: Running) -> None:
    guest, ann = stage.client(), await member(stage, "ann")
    of_guest = [await talk(stage, guest, days=days) for days in (WEEK + 0.1, WEEK - 0.1)]
    of_ann = [await talk(stage, ann, days=days) for days in (MONTH + 0.1, MONTH - 0.1)]
    assert await expire(stage, kept_days=MONTH, guests_kept_days=WEEK) == 2
    assert await listed(guest) == of_guest[1:]
    assert await listed(ann) == of_ann[1:]
    async with stage.services.database.read() as session:
        left = {str(id) for id in await session.scalars(select(Conversation.id))}
        said = {str(id) for id in await session.scalars(select(Message.conversation_id))}
    assert left == {of_guest[1], of_ann[1]}
    assert said <= left
    # Only people's: guests' stay.
    assert await expire(stage, kept_days=None, guests_kept_days=1) == 1
    assert await listed(ann) == of_ann[1:]


async def test_a_turn_under_way_is_activity(stage: Running) -> None:
    guest = stage.client()
    id = await talk(stage, guest, days=100)
    async with stage.services.database.write() as session:
        lease = utc_now() + timedelta(seconds=15)
        await session.execute(update(Conversation).values(turn_id=new_id(), turn_lease_until=lease))
    assert await expire(stage, kept_days=1) == 0
    assert await listed(guest) == [id]
    async with stage.services.database.write() as session:
        lease = utc_now() - timedelta(seconds=15)
        await session.execute(update(Conversation).values(turn_lease_until=lease))
    assert await expire(stage, kept_days=1) == 1


async def test_several_processes_agree(stage: Running) -> None:
    guest = stage.client()
    for _ in range(5):
        await talk(stage, guest, days=100)
    recent = await talk(stage, guest, days=0.5)
    settings = ConversationSettings(kept_days=1)
    database = stage.services.database
    gone = await asyncio.gather(*(give_up_unused(database, settings) for _ in range(4)))
    assert sum(gone) == 5
    await asyncio.gather(*(purge_deleted(database) for _ in range(4)))
    assert await listed(guest) == [recent]


async def test_more_than_a_batch(stage: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.conversations.expiry._AT_ONCE", 2)
    guest = stage.client()
    for _ in range(5):
        await talk(stage, guest, days=100)
    assert await expire(stage, kept_days=1) == 5
    assert await listed(guest) == []


async def test_callers_can_see_how_long(database_url: str, tmp_path: Path) -> None:
    settings = community(database_url, tmp_path)
    kept = ConversationSettings(kept_days=MONTH, guests_kept_days=WEEK)
    async with running(settings.model_copy(update={"conversations": kept})) as stage:
        ann = await member(stage, "ann")
        for browser, days in ((ann, MONTH), (stage.client(), WEEK)):
            shown = as_object(await browser.get("/api/me/data"))
            assert shown["conversations_kept_days"] == days
