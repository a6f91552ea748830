"""The temporary files of uploads: gone whatever becomes of one, and a full disk is told."""

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import SpooledTemporaryFile

import httpx
import pytest
from starlette import formparsers

from app.main import create_app
from tests.app.conftest import make_settings
from tests.app.raw_http import connected
from tests.app.running import error_of
from tests.app.serving import serving, wait_for

LIMIT = 4_000_000
START = (
    b"--cut\r\nContent-Disposition: form-data; name=file; filename=play.txt\r\n\r\n"
    + b"Anna: One.\n" * 200_000  # 2.2 MB: more than is kept in memory
)
FIELD = b"\r\n--cut\r\nContent-Disposition: form-data; name=x\r\n\r\n"
END = b"\r\n--cut--\r\n"
FORM = "Content-Type: multipart/form-data; boundary=cut"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files go."""
    made = tmp_path / "temporary"
    made.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(made))
    return made


@pytest.fixture
def client(sqlite_template: Path, tmp_path: Path, folder: Path) -> Iterator[httpx.Client]:
    (tmp_path / "offbook.sqlite3").write_bytes(sqlite_template.read_bytes())
    settings = make_settings(
        f"sqlite:///{tmp_path / 'offbook.sqlite3'}",
        tmp_path,
        limits={"upload_bytes": LIMIT},
        server={"body_idle_timeout": 1.0},
    )
    with serving(create_app(settings)) as client:
        yield client
        assert client.get("/api/scripts").json()["items"] == []


def spooled(folder: Path) -> int:
    """How many files this process has open in ``folder``, named or not."""
    found = 0
    for number in os.listdir("/proc/self/fd"):
        try:
            found += os.readlink(f"/proc/self/fd/{number}").startswith(str(folder))
        except FileNotFoundError:  # closed meanwhile
            continue
    return found


@pytest.mark.parametrize("ending", ["refused", "broken", "left", "silent", "whole"])
def test_a_spooled_file_is_gone_however_its_upload_ends(
    client: httpx.Client, folder: Path, ending: str
) -> None:
    with connected(client) as raw:
        raw.head("POST /api/scripts?dry_run=true", FORM, "Content-Length: 4500000")
        raw.send(START)
        wait_for(lambda: spooled(folder) == 1, seconds=10)
        assert list(folder.iterdir()) == []  # without a name: it is gone with the process too
        if ending == "left":
            raw.socket.close()
        elif ending == "broken":
            raw.send(b"\r\n--cut\r\nno header\r\n\r\n" + b"x" * 1_000)
            assert raw.answer().startswith(b"HTTP/1.1 400 ")
        elif ending == "silent":
            assert raw.answer().startswith(b"HTTP/1.1 408 ")
        elif ending == "refused":  # larger than the file may be, not than the body may
            raw.send(b"x" * (4_500_000 - len(START) - len(END)) + END)
            assert raw.answer().startswith(b"HTTP/1.1 413 ")
        else:
            rest = b"\n" * 1_500_000 + FIELD
            raw.send(rest + b"y" * (4_500_000 - len(START) - len(rest) - len(END)) + END)
            assert raw.answer().startswith(b"HTTP/1.1 200 ")
        wait_for(lambda: spooled(folder) == 0, seconds=10)
    assert list(folder.iterdir()) == []


class FullDisk(SpooledTemporaryFile[bytes]):
    """A temporary file on a disk without room."""

    def rollover(self) -> None:
        """Move on to the disk."""
        if not getattr(self, "_rolled", False):
            self._rolled = True
            self._file = open("/dev/full", "w+b", buffering=0)  # noqa: SIM115 (closed by the base class)


def test_a_full_disk_is_told(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formparsers, "SpooledTemporaryFile", FullDisk)
    for path in ("/api/scripts", "/api/characters/import", "/api/files/inspect"):
        response = client.post(path, files={"file": ("play.txt", START)})
        assert response.status_code == 507, path
        assert error_of(response)["code"] == "storage_full"
    assert client.get("/healthz").status_code == 200
