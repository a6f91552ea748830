"""A database that is locked or cannot be written to: 503, and nothing is lost."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from app.settings import Settings
from tests.app.conftest import make_settings
from tests.app.running import SCRIPT, Json, Running, as_object, code_of, running, texts, until

pytestmark = pytest.mark.anyio


@pytest.fixture
def file(sqlite_template: Path, tmp_path: Path) -> Path:
    path = tmp_path / "offbook.sqlite3"
    path.write_bytes(sqlite_template.read_bytes())
    return path


@pytest.fixture
def impatient(file: Path, tmp_path: Path) -> Settings:
    """Waits for another writer no longer than 50 ms."""
    return make_settings(
        f"sqlite:///{file}", tmp_path, database={"url": f"sqlite:///{file}", "busy_timeout_ms": 50}
    )


async def prepared(stage: Running) -> Json:
    await stage.make_character(greeting="Hello.")
    return await stage.open()


async def test_a_locked_database_is_told_and_read(impatient: Settings, file: Path) -> None:
    async with running(impatient) as stage:
        conversation = await prepared(stage)
        with sqlite3.connect(file, isolation_level=None) as other:
            other.execute("BEGIN IMMEDIATE")
            for response in (
                await stage.send(conversation, "Hello?"),
                await stage.http.post("/api/conversations", json={"character": "ben"}),
                await stage.http.post("/api/scripts", files={"file": ("x.txt", b"A: b.\n")}),
                await stage.http.post("/api/admin/characters/ben/unpublish"),
            ):
                assert code_of(response) == "503 database_unavailable"
                assert response.headers["Retry-After"] == "2"
            assert texts(await stage.read(conversation)) == ["Hello."]
            other.execute("ROLLBACK")
        other.close()
        assert (await stage.send(conversation, "Hello?")).status_code == 200
        assert [s["title"] for s in (await stage.http.get("/api/scripts")).json()["items"]] == [
            "play"
        ]


async def test_a_reply_waits_for_a_lock_to_go(impatient: Settings, file: Path) -> None:
    async with running(impatient) as stage:
        conversation = await prepared(stage)
        stage.engine.reply, stage.engine.delay = "one two three", 0.05
        turn = asyncio.create_task(stage.send(conversation, "Count."))
        await until(lambda: stage.engine.running)
        other = sqlite3.connect(file, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        await until(lambda: not stage.engine.running)
        await asyncio.sleep(0.2)
        other.execute("ROLLBACK")
        other.close()
        assert (await turn).status_code == 200
        assert texts(await stage.read(conversation)) == ["Hello.", "Count.", "one two three"]


async def test_a_read_only_database_is_read(
    impatient: Settings, file: Path, tmp_path: Path
) -> None:
    async with running(impatient) as stage:
        conversation = await prepared(stage)
    url = f"sqlite:///file:{file}?mode=ro&uri=true"
    async with running(make_settings(url, tmp_path)) as stage:
        assert texts(await stage.read(conversation)) == ["Hello."]
        assert (await stage.http.get("/api/characters")).json()["items"][0]["slug"] == "ben"
        ready = await stage.http.get("/readyz")
        assert ready.status_code == 503
        assert as_object(ready)["database"] == {"ok": False, "detail": "The database is read-only."}
        assert code_of(await stage.send(conversation, "Hi.")) == "503 database_unavailable"
        upload = await stage.http.post("/api/scripts", files={"file": ("x", SCRIPT.encode())})
        assert code_of(upload) == "503 database_unavailable"


async def test_a_database_that_is_away_is_told(sqlite_template: Path, tmp_path: Path) -> None:
    url = "postgresql://nobody@127.0.0.1:9/nothing"
    async with running(make_settings(url, tmp_path)) as stage:
        assert (await stage.http.get("/healthz")).status_code == 200
        ready = await stage.http.get("/readyz")
        assert ready.status_code == 503
        assert not as_object(ready)["database"]["ok"]
        assert code_of(await stage.http.get("/api/characters")) == "503 database_unavailable"
