"""What no process has had for a day is deleted, and characters move over."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select, update

from app.db.base import utc_now
from app.db.ids import new_id
from app.db.models import (
    Character,
    Example,
    ExampleIndex,
    IndexSpace,
    LegacyReplyIndex,
    StoredReplyIndex,
)
from app.search.spaces import Space
from app.search.unused_spaces import discard_unused
from app.settings import Settings
from tests.app.embedders import WatchedEmbedder
from tests.app.running import Running, running

pytestmark = pytest.mark.anyio

OLD, NEW = "watched:a", "watched:b"


async def pass_time(stage: Running, embedder: str, **time: float) -> None:
    """So long ago a process of this embedder was last seen."""
    seen = update(IndexSpace).where(IndexSpace.embedder == embedder)
    async with stage.services.database.write() as session:
        await session.execute(seen.values(seen_at=utc_now() - timedelta(**time)))


async def count(stage: Running, table: type) -> int:
    async with stage.services.database.read() as session:
        return await session.scalar(select(func.count()).select_from(table)) or 0


async def embedder_of_ben(stage: Running) -> str | None:
    async with stage.services.database.read() as session:
        return await session.scalar(select(Character.embedder))


async def test_characters_move_over_a_day_after_the_last_process(settings: Settings) -> None:
    retrieval = settings.retrieval.model_copy(update={"mode": "fused"})
    settings = settings.model_copy(update={"retrieval": retrieval})
    async with running(settings, embedder=WatchedEmbedder(OLD)) as one:
        await one.make_character()
    async with running(settings, embedder=WatchedEmbedder(NEW)) as other:
        await other.indexed("ben")
        database, space = other.services.database, Space.of(NEW)
        await pass_time(other, OLD, hours=23)
        await discard_unused(database, space)
        assert await embedder_of_ben(other) == OLD
        assert [await count(other, each) for each in (ExampleIndex, StoredReplyIndex)] == [2, 2]
        await pass_time(other, OLD, hours=25)
        await discard_unused(database, space)
        assert await embedder_of_ben(other) == NEW
        assert [await count(other, each) for each in (ExampleIndex, StoredReplyIndex)] == [1, 1]
        assert await count(other, Example) == 3
        talk = await other.open()
        assert (await other.say(talk, "Is the lamp lit?"))["reply"]["examples"]


async def test_what_older_releases_stored_goes_a_day_after_the_upgrade(stage: Running) -> None:
    ben = UUID((await stage.make_character())["id"])
    version, database = new_id(), stage.services.database
    parts = dict.fromkeys(("words", "features", "vectors"), b"x")
    async with database.write() as session:
        row = {"character_id": ben, "version": version, "embedder": OLD, "weights_key": ""}
        session.add(LegacyReplyIndex(**row, **parts))
        (await session.get_one(Character, ben)).selection_version = version
    space = Space.of("hashing:v1:256")
    await discard_unused(database, space)
    assert await count(stage, LegacyReplyIndex) == 1
    await pass_time(stage, "", hours=25)
    await discard_unused(database, space)
    assert await count(stage, LegacyReplyIndex) == 0
    async with database.read() as session:
        assert await session.scalar(select(Character.selection_version)) is None
