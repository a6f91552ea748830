"""Searches find what the database holds, whatever wrote it, and short words."""

import pytest
from sqlalchemy import delete, insert, select, update

from app.catalog import searching
from app.db.models import Character, CharacterScript, CharacterText, Script
from tests.app.catalog.test_listing import a_cast, names
from tests.app.running import Running

pytestmark = pytest.mark.anyio


async def test_a_search_follows_every_change(stage: Running) -> None:
    await a_cast(stage)
    assert await names(stage, q="lighthouse keeper") == []
    changed = {"profile": "A LIGHTHOUSE keeper, 灯塔看守人。", "tags": ["harbour"]}
    assert (await stage.http.patch("/api/admin/characters/ben", json=changed)).is_success
    for said in ("lighthouse keeper", "灯塔看守", "Harbour", "塔看"):
        assert await names(stage, q=said) == ["Ben"], said
    await stage.http.delete("/api/admin/characters/ben?restorable=true")
    assert await names(stage, q="lighthouse keeper") == []
    await stage.http.post("/api/admin/characters/ben/restore")
    assert await names(stage, q="lighthouse keeper") == ["Ben"]
    assert (await stage.http.delete("/api/admin/characters/ben")).is_success
    async with stage.services.database.read() as session:
        kept = await session.scalars(select(CharacterText.name))
        assert sorted(kept) == ["clara", "林晚", "老闻"]


async def test_a_search_follows_what_is_written_past_the_service(stage: Running) -> None:
    await a_cast(stage)
    async with stage.services.database.write() as session:
        await session.execute(update(Script).where(Script.title == "两面崖").values(title="三面崖"))
    assert await names(stage, q="三面崖") == ["老闻"]
    assert await names(stage, q="两面崖") == []
    async with stage.services.database.write() as session:
        script = await session.scalar(select(Script.id).where(Script.title == "三面崖"))
        clara = await session.scalar(select(Character.id).where(Character.name == "Clara"))
        row = {"character_id": clara, "script_id": script, "position": 1}
        await session.execute(insert(CharacterScript), [row])
    assert await names(stage, q="三面崖") == ["老闻", "Clara"]
    async with stage.services.database.write() as session:
        await session.execute(delete(CharacterScript).where(CharacterScript.character_id == clara))
    assert await names(stage, q="三面崖") == ["老闻"]


async def test_a_short_word_is_looked_for_in_all_names_and_the_newest_texts(
    stage: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    await a_cast(stage)
    monkeypatch.setattr(searching, "READ_NEWEST", 2)
    assert await names(stage, q="CL") == ["Clara"]  # the oldest, by its name's beginning
    assert await names(stage, q="渡") == ["林晚"]
    monkeypatch.setattr(searching, "READ_NEWEST", 1)
    assert await names(stage, q="渡") == []


async def test_more_hits_than_are_tried_first(
    stage: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    await a_cast(stage)
    monkeypatch.setattr(searching, "NEWEST_HITS", 1)
    for name in ("clara", "ben"):
        changed = {"tagline": "Both of one play"}
        assert (await stage.http.patch(f"/api/admin/characters/{name}", json=changed)).is_success
    assert await names(stage, q="one play") == ["Ben", "Clara"]
    assert await names(stage, q="one play", first="zh") == ["Ben", "Clara"]
