"""The samples: loaded once, and gone for good when they are deleted."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import delete, update

from app.db.models import Character, Milestone, Picture
from tests.app.conftest import make_settings
from tests.app.running import Json, Running, as_object, running

NAMES = {"闻其详", "阿应", "春分", "Bev Ruddock", "Ambrose Pettifer", "Kit"}


@pytest.mark.anyio
async def test_they_are_there_at_the_first_start_and_stay_deleted(
    database_url: str, tmp_path: Path
) -> None:
    settings = make_settings(database_url, tmp_path, load_samples=True)
    async with running(settings) as stage:
        found = (await stage.http.get("/api/characters")).json()["items"]
        assert {item["name"] for item in found} == NAMES
        assert all(item["sample"] and item["greeting"] and item["profile"] for item in found)
        for item in found:
            for kind in ("avatar", "backdrop"):
                drawn = await stage.http.get(f"{item[kind]}&size=small")
                assert drawn.headers["content-type"] == "image/svg+xml", (item["name"], kind)
                assert drawn.text.startswith("<svg ")
            assert (await stage.http.get(item["avatar"])).content.startswith(b"\x89PNG")
        for item in found:
            gone = await stage.http.delete(f"/api/admin/characters/{item['slug']}")
            assert gone.status_code == 204, gone.text
        for script in (await stage.http.get("/api/scripts")).json()["items"]:
            assert script["scenes"] >= 80
            await stage.http.delete(f"/api/scripts/{script['id']}")
    async with running(settings) as stage:
        assert (await stage.http.get("/api/characters")).json()["items"] == []
        assert (await stage.http.get("/api/scripts")).json()["items"] == []


@pytest.mark.anyio
async def test_what_an_older_version_stored_gets_pictures_and_a_signature(
    database_url: str, tmp_path: Path
) -> None:
    settings = make_settings(database_url, tmp_path, load_samples=True)
    async with running(settings) as stage:
        for slug in ("bev-ruddock", "ambrose-pettifer"):
            await stage.indexed(slug)
        gone = await stage.http.delete("/api/admin/characters/bev-ruddock/avatar")
        assert gone.status_code == 200
        async with stage.services.database.write() as session:
            older = update(Character).values(signature=None, avatar=None, backdrop=None)
            await session.execute(older.where(Character.slug == "ambrose-pettifer"))
            await session.execute(delete(Milestone).where(Milestone.name.contains("pictures")))
            await session.execute(delete(Picture))
    async with running(settings) as stage:
        async with asyncio.timeout(20):
            # What is waited for knows no event.
            while not (shown := await _shown(stage, "ambrose-pettifer"))["signature"]:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        assert shown["signature"] == "Never better! I could crouch until Easter."
        assert shown["avatar"] is not None
        assert shown["backdrop"] is not None
        await stage.http.delete("/api/admin/characters/bev-ruddock/avatar")
    async with running(settings) as stage:
        assert (await _shown(stage, "bev-ruddock"))["avatar"] is None


async def _shown(stage: Running, slug: str) -> Json:
    return as_object(await stage.http.get(f"/api/characters/{slug}"))
