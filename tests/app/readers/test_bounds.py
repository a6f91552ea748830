"""Files that would take minutes: refused in time, and nothing of them stays."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import func, select

from app.db.models import StoredScene
from app.readers import process
from app.readers.pool import ReaderPool
from app.readers.process import ReaderProcess
from tests.app.conftest import make_settings
from tests.app.readers.heavy import document, long_script, rambling, unclosed_quotes, workbook
from tests.app.running import SCRIPT, Json, Running, as_object, code_of, error_of, running, until

pytestmark = pytest.mark.anyio

_SECONDS = 1.5
_GRACE = 10.0
"""A machine that is busy with other tests may take this much longer."""


@pytest.fixture
async def hurried(database_url: str, tmp_path: Path) -> AsyncIterator[Running]:
    """An application that gives a file a second and a half; two are read side by side."""
    limits = {"reading_seconds": _SECONDS, "reading_processes": 2}
    async with running(make_settings(database_url, tmp_path, limits=limits)) as started:
        yield started


async def _scenes(stage: Running) -> int:
    """Scenes that are stored, whoever looks at them."""
    async with stage.services.database.read() as session:
        return await session.scalar(select(func.count()).select_from(StoredScene)) or 0


def _readers(stage: Running) -> list[ReaderProcess]:
    return [*stage.services.readers._busy, *stage.services.readers._idle]


async def _refused_in_time(stage: Running, content: bytes, filename: str) -> Json:
    begun = time.monotonic()
    response = await stage.http.post("/api/scripts", files={"file": (filename, content)})
    assert time.monotonic() - begun < _SECONDS + _GRACE
    assert code_of(response) == "422 reading_too_slow"
    assert as_object(await stage.http.get("/api/scripts"))["items"] == []
    assert await _scenes(stage) == 0
    return error_of(response)


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("make", "filename", "format"),
    [
        (lambda: workbook(4_000_000), "a.xlsx", None),
        (lambda: unclosed_quotes(4_000_000), "a.csv", "csv"),
        (lambda: document(2_000_000), "a.docx", "docx"),
    ],
)
async def test_what_takes_minutes_is_refused_in_time(
    hurried: Running, make: Callable[[], bytes], filename: str, format: str | None
) -> None:
    error = await _refused_in_time(hurried, make(), filename)
    assert error["detail"]["limit_seconds"] == _SECONDS
    if format is not None:
        assert error["detail"]["format"] == format
    assert "longer than 1.5 s" in error["message"]
    assert "OFFBOOK_LIMITS__READING_SECONDS" in error["message"]


async def test_scenes_that_were_stored_before_the_time_was_over_are_forgotten(
    hurried: Running,
) -> None:
    error = await _refused_in_time(hurried, rambling(10_000), "a.txt")
    reached = error["detail"]
    assert (reached["format"], reached["lines"]) == ("text", 10_000)
    assert reached["row"] > 15_000
    assert f"up to row {reached['row']:,}, with 10,000 lines" in error["message"]


@pytest.mark.one_database
async def test_others_are_served_meanwhile(database_url: str, tmp_path: Path) -> None:
    """In a service that would wait longer than any of these takes on a busy machine."""
    settings = make_settings(database_url, tmp_path, limits={"reading_processes": 2})
    async with running(settings) as stage:
        readers = stage.services.readers
        files = {"file": ("a.xlsx", workbook(4_000_000))}
        with _held_up(readers) as held:
            attack = asyncio.create_task(stage.http.post("/api/scripts", files=files))
            await until(lambda: held)
        assert (await stage.http.get("/healthz")).status_code == 200
        assert (await stage.upload())["lines"] == 8
        assert not attack.done()
        held[0].kill()
        assert code_of(await attack) == "422 reader_died"


@pytest.mark.one_database
async def test_others_are_served_afterwards(hurried: Running) -> None:
    attack = asyncio.create_task(
        hurried.http.post("/api/scripts", files={"file": ("a.xlsx", workbook(4_000_000))})
    )
    await until(lambda: hurried.services.readers._busy)
    (busy,) = hurried.services.readers._busy
    assert (await hurried.http.get("/healthz")).status_code == 200
    assert code_of(await attack) == "422 reading_too_slow"
    await until(lambda: not busy.alive)
    assert (await hurried.upload(title="again"))["lines"] == 8


@pytest.mark.one_database
async def test_a_dry_run_an_inspection_and_an_import_have_the_same_bound(hurried: Running) -> None:
    files = {"file": ("a.xlsx", workbook(4_000_000))}
    for path in ("/api/scripts?dry_run=true", "/api/characters/import"):
        response = await hurried.http.post(path, files=files)
        assert code_of(response) == "422 reading_too_slow"
    assert as_object(await hurried.http.get("/api/characters"))["items"] == []


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("method", "path", "fields"),
    [
        ("PUT", "/api/admin/characters/ben/avatar", {}),
        ("POST", "/api/admin/characters/ben/lorebooks", {}),
        ("POST", "/api/conversations/import", {"character": "ben"}),
        ("POST", "/api/characters/import", {"format": "card"}),
        ("POST", "/api/files/inspect", {}),
    ],
)
async def test_others_can_write_while_a_file_is_read(
    stage: Running, method: str, path: str, fields: dict[str, str]
) -> None:
    await stage.make_character()
    readers = stage.services.readers
    with _held_up(readers) as held:
        files = {"file": ("a.json", b"{}")}
        reading = asyncio.create_task(stage.http.request(method, path, files=files, data=fields))
        await until(lambda: held)
        async with asyncio.timeout(10):
            await stage.open()
        assert not reading.done()
        held[0].kill()
        assert code_of(await reading) == "422 reader_died"


@contextmanager
def _held_up(pool: ReaderPool) -> Iterator[list[ReaderProcess]]:
    """While this holds, processes are stopped before they are asked; they are listed."""
    held: list[ReaderProcess] = []
    take = pool._take_process

    async def take_and_stop() -> ReaderProcess:
        process = await take()
        os.kill(process.pid, signal.SIGSTOP)
        held.append(process)
        return process

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pool, "_take_process", take_and_stop)
        yield held


@pytest.mark.one_database
async def test_a_reader_that_dies_is_told_and_replaced(stage: Running) -> None:
    upload = asyncio.create_task(
        stage.http.post("/api/scripts", files={"file": ("a.xlsx", workbook(4_000_000))})
    )
    await until(lambda: stage.services.readers._busy)
    (busy,) = stage.services.readers._busy
    busy.kill()
    response = await upload
    assert code_of(response) == "422 reader_died"
    assert "SIGKILL" in error_of(response)["message"]
    assert await _scenes(stage) == 0
    assert (await stage.upload())["lines"] == 8


@pytest.mark.one_database
async def test_a_reader_that_died_between_two_files_costs_nothing(stage: Running) -> None:
    await stage.upload()
    for reader in _readers(stage):
        reader.kill()
        assert reader.wait(10) is not None
    assert (await stage.upload(title="again"))["lines"] == 8


@pytest.mark.one_database
async def test_memory_has_a_bound(database_url: str, tmp_path: Path) -> None:
    settings = make_settings(database_url, tmp_path, limits={"reading_megabytes": 128})
    async with running(settings) as stage:
        # A record of JSON is held in memory as a whole.
        row = '[{"speaker": "Anna", "line": "x", "more": [' + "[1,2]," * 1_500_000 + "1]}]"
        files = {"file": ("a.json", row.encode())}
        response = await stage.http.post("/api/scripts", files=files)
        assert code_of(response) == "422 reading_too_large"
        assert "128 MB" in error_of(response)["message"]
        assert (await stage.upload())["lines"] == 8


@pytest.mark.one_database
async def test_more_than_may_wait_are_refused(database_url: str, tmp_path: Path) -> None:
    limits = {"reading_processes": 1, "waiting_readings": 1}
    settings = make_settings(database_url, tmp_path, limits=limits)
    async with running(settings) as stage:
        readers = stage.services.readers
        files = {"file": ("a.xlsx", workbook(4_000_000))}
        first = asyncio.create_task(stage.http.post("/api/scripts", files=files))
        await until(lambda: readers._busy)
        (busy,) = readers._busy
        second = asyncio.create_task(stage.upload(title="second"))
        await until(lambda: readers._waiting)
        third = await stage.http.post("/api/scripts", files={"file": ("b.txt", SCRIPT.encode())})
        assert code_of(third) == "503 too_many_uploads"
        assert third.headers["retry-after"] == "10"
        busy.kill()
        assert code_of(await first) == "422 reader_died"
        assert (await second)["lines"] == 8


@pytest.mark.one_database
async def test_no_process_is_left_when_the_service_stops(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # With more memory than usual, it is not handed on to the next test.
    settings = make_settings(database_url, tmp_path, limits={"reading_megabytes": 3_000})
    async with running(settings) as stage:
        files = {"file": ("a.xlsx", workbook(4_000_000))}
        upload = asyncio.create_task(stage.http.post("/api/scripts", files=files))
        await until(lambda: stage.services.readers._busy)
        readers = _readers(stage)
    assert readers
    assert not any(reader.alive for reader in readers)
    assert code_of(await upload) == "422 reader_died"


async def test_a_large_file_from_memory_is_read_whole(stage: Running) -> None:
    content = long_script(60_000)
    assert len(content) > process._INLINE_BYTES
    report = await stage.upload(content)
    assert report["lines"] == 60_000
    assert report["scenes"] == 30_000
    path = f"/api/scripts/{report['id']}/scenes?cursor=29999"
    (last,) = as_object(await stage.http.get(path))["items"]
    assert (last["number"], last["row"]) == (30_000, 89_998)
    assert [line["text"] for line in last["lines"]] == [
        "Hello there, how are you?",
        "Quite well, thank you.",
    ]
