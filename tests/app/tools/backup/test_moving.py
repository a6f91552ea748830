"""Backups: what goes in comes out, on either kind of database and from one to the other."""

import asyncio
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import create_engine

from app.backup.dumping import back_up
from app.db.models import Script, UsageDay
from app.settings import Settings
from app.tools.backup.restoring import restore
from tests.app.cards.shelf import picture
from tests.app.conftest import POSTGRES, make_settings, passing_database
from tests.app.running import Json, Running, as_object, running, texts

pytestmark = pytest.mark.anyio

CHINESE = "三三：今天下雨，我们不出门了。\n四四：那就在家里讲故事，讲一个长的。\n"

EITHER = pytest.mark.parametrize(
    "other_url",
    [
        "sqlite",
        pytest.param(
            "postgres",
            marks=[
                pytest.mark.postgres,
                pytest.mark.skipif(not POSTGRES, reason="OFFBOOK_TEST_POSTGRES_URL is not set"),
            ],
        ),
    ],
    indirect=True,
)


@pytest.fixture
def other_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without any table."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'other' / 'offbook.sqlite3'}"
        return
    with passing_database("restored") as url:
        yield url


def rows_of(url: str) -> dict[str, list[str]]:
    """Every row of every table, as the application sees them, but for those made from others."""
    engine = create_engine(Settings(database={"url": url}).database_url.replace("+aiosqlite", ""))
    found: dict[str, list[str]] = {}
    with engine.connect() as connection:
        for table in Script.metadata.sorted_tables:
            if table.info.get("derived"):
                continue
            rows = connection.execute(table.select()).mappings()
            found[table.name] = sorted(json.dumps(dict(row), default=repr) for row in rows)
    engine.dispose()
    return found


async def fill(stage: Running) -> Json:
    """Scripts, a character with a picture, a favourite, a conversation with an alternative."""
    async with stage.services.database.write() as session:
        much = 3 * 1024**3  # more than 32 bits hold
        day = date(2026, 3, 1)
        session.add(UsageDay(owner="mara", day=day, character_id=UUID(int=0), storage_bytes=much))
    await stage.make_character("Ben", profile="Keeper “of the lamp”.\nАлёша ☂")
    shown = await stage.http.put("/api/admin/characters/ben/backdrop", files={"file": picture()})
    assert shown.status_code == 200
    assert (await stage.http.put("/api/characters/ben/favourite")).status_code == 204
    await stage.upload(CHINESE, filename="三三.txt")
    ben = as_object(await stage.http.get("/api/characters/ben"))
    bookmark = f"/api/scripts/{ben['scripts'][0]['id']}/bookmark"
    assert (await stage.http.put(bookmark, json={"scene": 3})).status_code == 200
    talk = await stage.open(user_name="旅人")
    first = await stage.say(talk, "Hello, is the lamp burning?")
    url = f"/api/conversations/{talk['id']}/messages/{first['reply']['id']}/regenerate"
    assert (await stage.http.post(url, json={})).status_code == 200
    assert (await stage.http.put("/api/me/learning", json={"given": True})).status_code == 200
    url = f"/api/conversations/{talk['id']}/messages/{first['reply']['id']}/rating"
    assert (await stage.http.put(url, json={"value": "bad", "note": "太短"})).status_code == 200
    await stage.say(talk, "你好，天黑了吗？")
    script = as_object(await stage.http.get("/api/scripts"))["items"][-1]["id"]
    part = f"/api/scripts/{script}/parts/Ben"
    lines = as_object(await stage.http.get(f"{part}/lines"))["items"]
    attempt = {"line": lines[0]["line"], "typed": "I brought the letter."}
    assert (await stage.http.post(f"{part}/attempts", json=attempt)).status_code == 200
    scene = {"characters": ["ben"], "role": "watching"}
    opened = as_object(await stage.http.post("/api/conversations", json=scene))
    path = f"/api/conversations/{opened['id']}/participants/ben/note"
    assert (await stage.http.put(path, json={"note": "怕火"})).status_code == 200
    return await stage.read(talk)


@EITHER
async def test_an_installation_moves(
    settings: Settings, database_url: str, other_url: str, tmp_path: Path
) -> None:
    async with running(settings) as stage:
        before = await fill(stage)
        cookies = dict(stage.http.cookies)
    file = tmp_path / "backup.zip"
    moved = make_settings(other_url, tmp_path / "moved")
    told: list[tuple[str, int, int]] = []

    # In threads: the commands run event loops of their own.
    made = await asyncio.to_thread(back_up, settings, file, lambda *_: None)
    await asyncio.to_thread(restore, moved, file, lambda *step: told.append(step), replace=False)

    assert rows_of(other_url) == rows_of(database_url)
    counts = {table.name: table.rows for table in made.tables}
    assert (counts["scripts"], counts["characters"], counts["messages"]) == (2, 1, 6)
    assert ("messages", 6, 6) in told
    assert file.stat().st_mode & 0o077 == 0  # conversations are nobody else's business
    async with running(moved) as stage:
        stage.http.cookies.update(cookies)
        assert texts(await stage.read(before)) == texts(before)
        found = as_object(await stage.http.get("/api/characters/ben/examples?query=lighthouse"))
        assert "lighthouse" in found["items"][0]["lines"][0]
        # Rows are numbered on from those that were restored.
        clara = await stage.make_character("Clara")
        assert (clara["status"], clara["examples"]) == ("ready", 2)
        await stage.say(before, "And now?")
