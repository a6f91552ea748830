"""A client that goes away, and the files that were made for it."""

import socket
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from app.main import create_app
from tests.app.conftest import make_settings
from tests.app.readers.heavy import long_script, rambling, workbook, zipped
from tests.app.serving import serving, wait_for


def _send(client: httpx.Client, content: bytes, filename: str) -> socket.socket:
    """The connection on which an upload was sent, and no answer was waited for."""
    request = client.build_request("POST", "/api/scripts", files={"file": (filename, content)})
    head = f"POST {request.url.path} HTTP/1.1\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
    connection = socket.create_connection((request.url.host, request.url.port or 80), 20)
    connection.sendall(head.encode() + b"\r\n" + request.read())
    return connection


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("content", "filename"),
    [(workbook(4_000_000), "a.xlsx"), (rambling(10_000), "a.txt")],
    ids=["before anything is stored", "after scenes were stored"],
)
def test_a_client_that_leaves_ends_the_reading(
    database_url: str, tmp_path: Path, content: bytes, filename: str
) -> None:
    app = create_app(make_settings(database_url, tmp_path))
    with serving(app) as client:
        readers = app.state.services.readers

        def scenes() -> int:
            with closing(sqlite3.connect(tmp_path / "offbook.sqlite3", timeout=20)) as database:
                found: int = database.execute("SELECT count(*) FROM scenes").fetchone()[0]
            return found

        with _send(client, content, filename):
            wait_for(lambda: readers._busy, seconds=20)
            (busy,) = readers._busy
            if filename == "a.txt":
                wait_for(scenes, seconds=20)
        wait_for(lambda: not readers._busy and not busy.alive, seconds=20)
        wait_for(lambda: scenes() == 0, seconds=20)
        assert client.get("/api/scripts").json()["items"] == []


@pytest.mark.one_database
def test_a_client_that_leaves_gives_its_place_in_line_up(database_url: str, tmp_path: Path) -> None:
    settings = make_settings(database_url, tmp_path, limits={"reading_processes": 1})
    app = create_app(settings)
    with serving(app) as client:
        readers = app.state.services.readers
        with _send(client, workbook(4_000_000), "a.xlsx"):
            wait_for(lambda: readers._busy, seconds=20)
            with _send(client, workbook(4_000_000), "b.xlsx"):
                wait_for(lambda: readers._waiting == 1, seconds=20)
            wait_for(lambda: readers._waiting == 0, seconds=20)
            assert len(readers._busy) == 1
        wait_for(lambda: not readers._busy, seconds=20)


@pytest.mark.one_database
def test_no_temporary_file_is_left(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    # With more memory than usual, the process is this application's own.
    limits = {"reading_seconds": 1.5, "reading_megabytes": 3_000}
    app = create_app(make_settings(database_url, tmp_path, limits=limits))
    with serving(app) as client:
        content = zipped({"a.txt": [long_script(10_000)] * 100})
        response = client.post("/api/scripts?dry_run=true", files={"file": ("a.zip", content)})
        assert response.json()["error"]["code"] == "reading_too_slow"
        assert list(folder.iterdir()) == []
