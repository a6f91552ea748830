"""Backups that were killed leave nothing for long, and running services keep restores away."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from app.backup.dumping import back_up
from app.backup.leftovers import make_partial, remove_leftovers
from app.db import in_use
from app.db.problems import DatabaseProblemError
from app.settings import Settings
from app.tools.backup.restoring import restore
from tests.app.conftest import POSTGRES, make_settings
from tests.app.running import running


def quiet(step: str, done: int, total: int) -> None:
    """Progress that nobody looks at."""


KILLED = """
import os, signal, sys
from pathlib import Path
from app.backup.archive import ArchiveWriter
from app.backup.dumping import back_up
from app.settings import Settings

ArchiveWriter.finish = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
back_up(Settings(), Path(sys.argv[1]), lambda *_: None)
"""


@pytest.fixture
def home(sqlite_template: Path, tmp_path: Path) -> Settings:
    folder = tmp_path / "home"
    folder.mkdir()
    (folder / "offbook.sqlite3").write_bytes(sqlite_template.read_bytes())
    return make_settings(f"sqlite:///{folder / 'offbook.sqlite3'}", folder)


@pytest.fixture
def backups(tmp_path: Path) -> Path:
    folder = tmp_path / "backups"
    folder.mkdir()
    return folder


def test_what_a_killed_backup_left_goes_with_the_next(home: Settings, backups: Path) -> None:
    environment = os.environ | {"OFFBOOK_DATABASE__URL": home.database_url}
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(backups / "monday.zip")], env=environment, check=False
    )
    assert killed.returncode == -signal.SIGKILL
    assert len(list(backups.iterdir())) == 1
    back_up(home, backups / "tuesday.zip", quiet)
    assert [path.name for path in backups.iterdir()] == ["tuesday.zip"]


def test_only_what_is_ours_and_left_alone_goes(backups: Path, tmp_path: Path) -> None:
    handle, running_one = make_partial(backups / "running.zip")
    precious = tmp_path / "precious"
    precious.write_bytes(b"Not ours.")
    link = backups / ".a.zip.abcdefgh.offbook-partial"
    link.symlink_to(precious)
    others = [".b.zip.abcdefgh", "c.zip", ".d.offbook-partial", "e.zip.abcdefgh.offbook-partial"]
    for name in others:
        (backups / name).touch()
    left = backups / ".f.zip.abcdefgh.offbook-partial"
    left.touch()
    remove_leftovers(backups)
    assert not left.exists()
    assert running_one.exists()
    assert precious.read_bytes() == b"Not ours."
    assert all((backups / name).exists() for name in others)
    os.close(handle)
    remove_leftovers(backups)
    assert not running_one.exists()
    remove_leftovers(backups / "no such folder")


@pytest.mark.anyio
async def test_a_running_service_keeps_restores_away(settings: Settings, tmp_path: Path) -> None:
    archive = tmp_path / "backup.zip"
    await asyncio.to_thread(back_up, settings, archive, quiet)
    async with running(settings), running(settings):
        with pytest.raises(DatabaseProblemError, match="Offbook is running on"):
            await asyncio.to_thread(restore, settings, archive, quiet, replace=True)
    await asyncio.to_thread(restore, settings, archive, quiet, replace=True)


@pytest.mark.anyio
async def test_a_service_waits_for_a_restore(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = tmp_path / "backup.zip"
    await asyncio.to_thread(back_up, settings, archive, quiet)
    loop, restoring, go_on = asyncio.get_running_loop(), asyncio.Event(), asyncio.Event()

    def pause(step: str, done: int, total: int) -> None:
        if step == "checking admin_keys" or restoring.is_set():
            return
        loop.call_soon_threadsafe(restoring.set)
        asyncio.run_coroutine_threadsafe(go_on.wait(), loop).result()

    monkeypatch.setattr("app.tools.backup.restoring.insert_rows", lambda *_: pause("rows", 0, 0))
    restored = asyncio.create_task(
        asyncio.to_thread(restore, settings, archive, quiet, replace=True)
    )
    await asyncio.wait_for(restoring.wait(), 20)
    monkeypatch.setattr(in_use, "_WAIT_SECONDS", 0.0)
    with pytest.raises(DatabaseProblemError, match="A backup is being restored into"):
        async with running(settings):
            pass
    monkeypatch.setattr(in_use, "_WAIT_SECONDS", 20.0)
    go_on.set()
    async with running(settings) as stage:
        assert (await stage.http.get("/readyz")).status_code == 200
    await restored


@pytest.mark.anyio
@pytest.mark.postgres
@pytest.mark.skipif(not POSTGRES, reason="OFFBOOK_TEST_POSTGRES_URL is not set")
async def test_a_lock_that_was_lost_is_taken_again(
    postgres_url: str, postgres: psycopg.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(in_use, "_CHECK_SECONDS", 0.05)
    holders = (
        "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND database = "
        "(SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    async with running(make_settings(postgres_url, tmp_path)):
        (first,) = postgres.execute(holders).fetchall()
        postgres.execute("SELECT pg_terminate_backend(%s)", first)
        async with asyncio.timeout(20):
            while postgres.execute(holders).fetchall() in ([], [first]):  # noqa: ASYNC110 (only asking tells)
                await asyncio.sleep(0.02)
