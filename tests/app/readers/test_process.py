"""The reader process: what it is given, what is taken from it, and how it ends."""

import io
import os
import pickle
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.readers import process
from app.readers.jobs import ReadLorebook
from app.readers.pool import ReaderPool
from app.readers.process import ReaderProcess
from app.readers.wire import Answer, UntrustedAnswerError, dump, load_answer
from app.scripts.reading import reading_job
from app.scripts.upload import Upload
from app.settings import LimitSettings
from characters.scripts.model import Line, Scene
from tests.app.readers.heavy import workbook
from tests.app.serving import wait_for

HEAVY = ("fastapi", "pydantic", "sqlalchemy", "structlog", "numpy", "faiss", "torch", "xllamacpp")


def test_it_imports_little() -> None:
    code = "import sys, app.readers.child, app.readers.jobs; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = run.stdout.split()
    assert "characters.scripts.reader" in loaded
    assert not set(HEAVY) & set(loaded)


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="reads it in /proc")
def test_it_inherits_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OFFBOOK_ACCESS__ADMIN_KEY", "a-secret")
    reader = ReaderProcess(512)
    try:
        inherited = Path(f"/proc/{reader.pid}/environ").read_bytes()
    finally:
        reader.end()
    assert b"a-secret" not in inherited
    assert b"OFFBOOK" not in inherited


class _Calls:
    """Pickled, it is a call."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.getenv, ("HOME",)


@dataclass
class _OfTheTests:
    value: int


@pytest.mark.parametrize("value", [_Calls(), _OfTheTests(1), [{"a": Path("x")}], io.BytesIO()])
def test_nothing_but_data_is_taken_from_it(value: object) -> None:
    with pytest.raises(UntrustedAnswerError):
        load_answer(dump(Answer("item", value))[8:])


@pytest.mark.parametrize(
    "content",
    [
        pickle.dumps("no answer"),
        b"",
        b"\x80\x05cut off",
        # What a module of ours imports is not reached through it.
        b"\x80\x04\x8c\x18characters.scripts.lines\x8c\x0are.compile\x93\x8c\x01a\x85R.",
        b"\x80\x04\x8c\x18characters.scripts.lines\x8c\x02re\x93.",
        b"\x80\x04\x8c\x18characters.scripts.lines\x8c\x06reject\x93.",
    ],
)
def test_what_is_no_answer_is_refused(content: bytes) -> None:
    with pytest.raises(UntrustedAnswerError):
        load_answer(content)


def test_data_classes_are_taken() -> None:
    scene = Scene([Line("Anna", "Hello.", 1)], 1)
    assert load_answer(dump(Answer("item", [scene]))[8:]) == Answer("item", [scene])


def test_its_time_is_bounded_where_the_service_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "_GRACE_SECONDS", 0.5)
    reader = ReaderProcess(2_048)
    try:
        content = workbook(4_000_000)
        job = reading_job(Upload(io.BytesIO(), "a.xlsx", 0), LimitSettings(), items=False)
        reader.ask(job, io.BytesIO(content), seconds=0.5)
        # Nobody waits for an answer here, and nobody ends it.
        assert reader.wait(60) == -signal.SIGPROF
    finally:
        reader.end()


def test_it_ends_with_the_service() -> None:
    code = (
        "import time; from app.readers.process import ReaderProcess;"
        "reader = ReaderProcess(512); print(reader.pid, flush=True); time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        try:
            pid = int(owner.stdout.readline())
            assert _runs(pid)
        finally:
            owner.kill()
    wait_for(lambda: not _runs(pid), seconds=20)


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return False
    return state.rpartition(")")[2].split()[0] != "Z"


@pytest.mark.anyio
async def test_a_large_service_uses_its_readers_again() -> None:
    """How much memory the service takes says nothing of what its readers take."""
    started: list[ReaderProcess] = []

    def start(megabytes: int) -> ReaderProcess:
        started.append(ReaderProcess(megabytes))
        return started[-1]

    held = b"x" * 300_000_000
    pool = ReaderPool(LimitSettings(), start)
    try:
        for _ in range(3):
            content = b'{"entries": [{"keys": ["a"], "content": "A"}]}'
            book, unhonoured = await pool.read_one(ReadLorebook(), io.BytesIO(content))
            assert isinstance(book["entries"], list)
            assert (len(book["entries"]), unhonoured) == (1, [])
    finally:
        await pool.aclose()
    assert len(started) == 1
    assert held
