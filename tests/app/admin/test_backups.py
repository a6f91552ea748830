"""A backup made from the page: complete, one at a time, bounded, and gone when it fails."""

import asyncio
import shutil
import stat
from collections import namedtuple
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from app.admin import backups
from app.admin.backups import BackupService
from app.backup.archive import ArchiveReader
from app.backup.dumping import back_up
from app.backup.errors import BackupError
from app.backup.leftovers import try_lock
from app.db.base import utc_now
from tests.app.access.calling import BEARER, guarded
from tests.app.accounts.signing import community, member
from tests.app.running import Json, Running, as_object, code_of, running, until

pytestmark = pytest.mark.anyio

PATH = "/api/admin/backups"


@pytest.fixture
async def stage(database_url: str, tmp_path: Path) -> AsyncIterator[Running]:
    async with running(community(database_url, tmp_path)) as started:
        started.http.headers.update(BEARER)
        yield started


async def made(stage: Running) -> Json:
    """How the backup under way ended."""
    service = stage.services.backups
    await until(lambda: service.run is not None and service.run.state != "running")
    run: Json = as_object(await stage.http.get(PATH))["run"]
    return run


async def test_a_backup_is_made_and_fetched(stage: Running, tmp_path: Path) -> None:
    await stage.make_character()
    with capture_logs() as logs:
        begun = await stage.http.post(PATH)
        assert begun.status_code == 202, begun.text
        run = await made(stage)
        assert (run["state"], run["error"]) == ("done", "")
        listed = as_object(await stage.http.get(PATH))["items"]
        assert [each["name"] for each in listed] == [run["name"]]
        fetched = await stage.http.get(f"{PATH}/{run['name']}")
    assert fetched.headers["Content-Type"] == "application/zip"
    assert run["name"] in fetched.headers["Content-Disposition"]
    assert len(fetched.content) == listed[0]["size"]
    events = [each["event"] for each in logs if each.get("security")]
    assert events == ["backup_begun", "backup_fetched"]

    file = tmp_path / "fetched.zip"
    file.write_bytes(fetched.content)
    with ArchiveReader(file) as archive:
        archive.verify(lambda *_: None)
        assert archive.manifest.rows == run["rows"]
        tables = {table.name: table.rows for table in archive.manifest.tables}
    assert (tables["characters"], tables["scripts"]) == (1, 1)
    kept = stage.services.settings.data_dir / "backups" / run["name"]
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600

    assert (await stage.http.delete(f"{PATH}/{run['name']}")).status_code == 204
    assert not kept.exists()
    assert code_of(await stage.http.get(f"{PATH}/{run['name']}")) == "404 backup_not_found"


@pytest.mark.parametrize(
    "name", ["..%2Foffbook.sqlite3", ".lock", "offbook.sqlite3", "%2Fetc%2Fpasswd"]
)
async def test_nothing_but_a_backup_is_fetched(stage: Running, name: str) -> None:
    await stage.http.post(PATH)
    await made(stage)
    for method in ("GET", "DELETE"):
        response = await stage.http.request(method, f"{PATH}/{name}")
        assert response.status_code in {404, 405}, (method, response.status_code)
    assert (stage.services.settings.data_dir / "backups" / ".lock").exists()


async def test_one_at_a_time(stage: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    going_on = asyncio.Event()
    loop = asyncio.get_running_loop()

    def slow(*_: object) -> None:
        asyncio.run_coroutine_threadsafe(going_on.wait(), loop).result(20)
        raise BackupError("Not this time.")

    monkeypatch.setattr(backups, "back_up", slow)
    await stage.http.post(PATH)
    assert code_of(await stage.http.post(PATH)) == "409 backup_running"
    # Another process with the same data directory keeps off as well.
    other = BackupService(stage.services.settings)
    folder = stage.services.settings.data_dir / "backups"
    await until((folder / ".lock").exists)
    await until(lambda: not _free(folder / ".lock"))
    other.start()
    await until(lambda: other.run is not None and other.run.state == "failed")
    assert other.run is not None
    assert "already" in other.run.error
    going_on.set()
    run = await made(stage)
    assert (run["state"], run["problem"], run["error"]) == ("failed", "write", "Not this time.")


def _free(lock: Path) -> bool:
    with lock.open("ab") as file:
        return try_lock(file.fileno())


async def test_a_new_one_replaces_the_old(stage: Running) -> None:
    await stage.http.post(PATH)
    first = await made(stage)
    folder = stage.services.settings.data_dir / "backups"
    old = folder / "offbook-20200101-000000.zip"
    (folder / first["name"]).rename(old)
    await stage.http.post(PATH)
    second = await made(stage)
    assert [each.name for each in folder.glob("*.zip")] == [second["name"]]


async def test_a_full_disk_ends_it_and_leaves_nothing(
    stage: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    await stage.make_character()
    left = iter([10**12, 10**12])
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**12, 0, next(left, 1_000)))
    await stage.http.post(PATH)
    run = await made(stage)
    assert (run["state"], run["problem"]) == ("failed", "disk")
    assert "another disk" in run["error"]
    folder = stage.services.settings.data_dir / "backups"
    assert [each.name for each in folder.iterdir()] == [".lock"]


async def test_it_is_called_off(stage: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    going_on = asyncio.Event()
    loop = asyncio.get_running_loop()

    def slow(settings: object, path: object, progress: object) -> object:
        asyncio.run_coroutine_threadsafe(going_on.wait(), loop).result(20)
        return back_up(settings, path, progress)  # type: ignore[arg-type]  # passed on

    monkeypatch.setattr(backups, "back_up", slow)
    await stage.http.post(PATH)
    assert (await stage.http.post(f"{PATH}/cancel")).status_code == 202
    going_on.set()
    run = await made(stage)
    assert (run["state"], run["problem"]) == ("failed", "cancelled")
    assert as_object(await stage.http.get(PATH))["items"] == []


@pytest.mark.one_database
async def test_a_service_that_stops_ends_its_backup(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = asyncio.Event()
    loop = asyncio.get_running_loop()

    def slow(settings: object, path: object, progress: object) -> object:
        loop.call_soon_threadsafe(begun.set)
        service.cancelled.wait(20)
        return back_up(settings, path, progress)  # type: ignore[arg-type]  # passed on

    monkeypatch.setattr(backups, "back_up", slow)
    async with running(guarded(database_url, tmp_path)) as stage:
        service = stage.services.backups.start()
        await begun.wait()
    assert service.problem == "cancelled"
    assert list((tmp_path / "backups").glob("*offbook-*")) == []


@pytest.mark.one_database
async def test_it_is_kept_for_a_day(stage: Running) -> None:
    service = stage.services.backups
    folder = stage.services.settings.data_dir / "backups"
    folder.mkdir(exist_ok=True)
    for age in (timedelta(hours=25), timedelta(hours=23)):
        (folder / f"offbook-{utc_now() - age:%Y%m%d-%H%M%S}.zip").write_bytes(b"")
    (folder / "mine.zip").write_bytes(b"")
    (folder / "offbook-99999999-999999.zip").write_bytes(b"")  # no date
    service.discard_old()
    assert len(service.files()) == 1
    assert len(list(folder.glob("offbook-2*.zip"))) == 1
    assert (folder / "mine.zip").exists()


async def test_a_database_that_cannot_be_read_is_said(stage: Running) -> None:
    settings = stage.services.settings
    url = f"sqlite:///{settings.data_dir / 'missing' / 'none.sqlite3'}"
    database = settings.database.model_copy(update={"url": url})
    other = BackupService(settings.model_copy(update={"database": database}))
    other.start()
    await until(lambda: other.run is not None and other.run.state == "failed")
    assert other.run is not None
    assert (other.run.problem, "nothing to back up" in other.run.error) == ("write", True)


async def test_only_full_admins(stage: Running) -> None:
    boss = await member(stage, "boss", "admin")
    wanted = {"label": "writes", "scopes": ["read", "chat", "author"]}
    key = as_object(await boss.post("/api/me/keys", json=wanted))["key"]
    limited = stage.client(Authorization=f"Bearer {key}")
    assert code_of(await limited.post(PATH)) == "403 scope_missing"
    author = await member(stage, "ann", "author")
    assert code_of(await author.post(PATH)) == "403 admin_needed"
    assert stage.services.backups.run is None
    assert (await boss.post(PATH)).status_code == 202
    await made(stage)
