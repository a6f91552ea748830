"""Ready means that a turn can be stored, and is answered within two seconds."""

import asyncio
import contextlib
import os
import shutil
import sqlite3
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import event, text

from app.settings import Settings
from tests.app.conftest import POSTGRES, make_settings
from tests.app.running import Json, Running, as_object, running

pytestmark = pytest.mark.anyio


async def readiness(stage: Running) -> tuple[int, Json]:
    """The status and what is said of the database, within the bound."""
    started = time.monotonic()
    response = await stage.http.get("/readyz")
    # Two seconds, and as much again for a machine that is busy.
    assert time.monotonic() - started < 4
    return response.status_code, as_object(response)["database"]


async def until_ready(stage: Running) -> None:
    async with asyncio.timeout(20):
        while (await readiness(stage))[0] != 200:  # noqa: ASYNC110 (only asking tells)
            await asyncio.sleep(0.1)


@contextlib.asynccontextmanager
async def locked(file: Path) -> AsyncIterator[None]:
    """Keep others from writing, as another process would."""
    other = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    # In a thread: what the service writes at this moment needs the event loop to end.
    await asyncio.to_thread(other.execute, "BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.close()


@pytest.fixture
def file(sqlite_template: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(sqlite_template, tmp_path / "offbook.sqlite3"))


@pytest.fixture
async def on_file(file: Path, tmp_path: Path) -> AsyncIterator[Running]:
    async with running(make_settings(f"sqlite:///{file}", tmp_path)) as stage:
        yield stage


async def test_a_probe_leaves_nothing(stage: Running) -> None:
    assert (await readiness(stage))[0] == 200
    async with stage.services.database.read() as session:
        assert (await session.execute(text("SELECT count(*) FROM milestones"))).scalar() == 0


async def test_a_lock_that_another_process_keeps(on_file: Running, file: Path) -> None:
    async with locked(file):
        assert await readiness(on_file) == (
            503,
            {"ok": False, "detail": "Another process keeps the database locked."},
        )
    await until_ready(on_file)


async def test_a_write_that_failed_is_remembered(on_file: Running, file: Path) -> None:
    assert (await readiness(on_file))[0] == 200
    async with locked(file):
        upload = await on_file.http.post("/api/scripts", files={"file": ("x.txt", b"A: b.\n")})
        assert upload.status_code == 503
        # Without another probe: what was well a moment ago is known better now.
        assert (await readiness(on_file))[0] == 503
    await until_ready(on_file)


async def test_a_long_write_of_its_own_is_no_trouble(on_file: Running) -> None:
    async with on_file.services.database.write() as session:
        await session.execute(text("DELETE FROM milestones"))
        assert (await readiness(on_file))[0] == 200


async def test_many_ask_and_writes_go_on(stage: Running) -> None:
    await stage.make_character()
    talk = await stage.open()

    async def say() -> None:
        for _ in range(5):
            await stage.say(talk, "Hello?")

    async def ask() -> None:
        for _ in range(20):
            assert (await readiness(stage))[0] == 200
            stage.services.database._health._valid_until = 0.0  # each time another probe
            await asyncio.sleep(0)

    await asyncio.gather(say(), *(ask() for _ in range(3)))


async def test_no_page_is_left(on_file: Running, file: Path) -> None:
    """As with a full disk or quota; SQLite says the same of a file that may not grow."""
    database = on_file.services.database
    async with database.engine.connect() as connection:
        pages = (await connection.exec_driver_sql("PRAGMA page_count")).scalar()

    def hold(connection: Any, *_: object) -> None:
        connection.cursor().execute(f"PRAGMA max_page_count={most}")

    most = pages
    event.listen(database.engine.sync_engine, "checkout", hold)
    assert await readiness(on_file) == (
        503,
        {"ok": False, "detail": "The disk of the database is full."},
    )
    most = 1_000_000
    await until_ready(on_file)


async def test_next_to_no_room_is_left(
    on_file: Running, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    usage = shutil.disk_usage(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1_000_000))
        assert await readiness(on_file) == (
            503,
            {"ok": False, "detail": "The disk of the database is full."},
        )
    await until_ready(on_file)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 24 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a file system")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.mark.slow
async def test_a_disk_that_fills_up(small_disk: Path, sqlite_template: Path) -> None:
    file = Path(shutil.copy(sqlite_template, small_disk / "offbook.sqlite3"))
    async with running(make_settings(f"sqlite:///{file}", small_disk)) as stage:
        assert (await readiness(stage))[0] == 200
        filler = small_disk / "filler"
        with filler.open("wb", buffering=0) as other, contextlib.suppress(OSError):
            while other.write(bytes(65_536)):
                pass
        await asyncio.sleep(3.1)  # as long as being well is remembered
        assert await readiness(stage) == (
            503,
            {"ok": False, "detail": "The disk of the database is full."},
        )
        filler.unlink()
        await until_ready(stage)


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def test_all_connections_in_use(
    kind: str, request: pytest.FixtureRequest, file: Path, tmp_path: Path
) -> None:
    if kind == "postgres" and not POSTGRES:
        pytest.skip("OFFBOOK_TEST_POSTGRES_URL is not set")
    url = f"sqlite:///{file}" if kind == "sqlite" else request.getfixturevalue("postgres_url")
    few = {"url": url, "pool_size": 1}
    async with running(make_settings(url, tmp_path, database=few)) as stage:
        pool = stage.services.database.engine
        held = [await pool.connect() for _ in range(11)]
        assert await readiness(stage) == (
            503,
            {"ok": False, "detail": "All connections to the database are in use."},
        )
        for connection in held:
            await connection.close()
        await until_ready(stage)


@pytest.mark.postgres
@pytest.mark.skipif(not POSTGRES, reason="OFFBOOK_TEST_POSTGRES_URL is not set")
async def test_a_postgresql_that_takes_no_writes(
    postgres_url: str, postgres: psycopg.Connection, tmp_path: Path
) -> None:
    """As a standby says it."""
    url = f"{postgres_url}?options=-c%20default_transaction_read_only%3Don"
    async with running(make_settings(url, tmp_path)) as stage:
        assert await readiness(stage) == (
            503,
            {"ok": False, "detail": "The database is read-only."},
        )


@pytest.mark.postgres
@pytest.mark.skipif(not POSTGRES, reason="OFFBOOK_TEST_POSTGRES_URL is not set")
async def test_a_table_that_another_process_keeps(
    postgres_url: str, postgres: psycopg.Connection, tmp_path: Path
) -> None:
    async with running(make_settings(postgres_url, tmp_path)) as stage:
        with psycopg.connect(postgres_url) as other:
            other.execute("LOCK TABLE milestones")
            assert await readiness(stage) == (
                503,
                {"ok": False, "detail": "Another process keeps the database locked."},
            )
            other.rollback()
        await until_ready(stage)


async def test_an_engine_that_does_not_answer(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(settings) as stage:

        async def hang() -> bool:
            await asyncio.sleep(60)
            return True

        monkeypatch.setattr(stage.services.engine, "ready", hang)
        monkeypatch.setattr("app.health.service._ENGINE_SECONDS", 0.1)
        ready = as_object(await stage.http.get("/readyz"))
    assert ready["engine"] == {"ok": False, "detail": "The engine does not answer in time."}
    assert ready["database"]["ok"]
