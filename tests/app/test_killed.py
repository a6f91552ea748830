"""Processes that are killed: the old state or the new one, and jobs go on at the next start."""

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from app.conversations.repository import TURN_LEASE
from tests.app.conftest import POSTGRES, passing_database
from tests.app.running import Json
from tests.app.serving import open_conversation, wait_for
from tests.app.slow_service import WORDS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

SCENES = 12_000
SCRIPT = "\n\n".join(
    f"Anna: Here is question number {n}, which nobody asked before, is it not?\n"
    f"Ben: And here is the answer to number {n}, which I shall not repeat."
    for n in range(SCENES)
).encode()


@dataclass(frozen=True, slots=True)
class Service:
    process: subprocess.Popen[str]
    http: httpx.Client
    database: Path
    log: Path
    """What it wrote to standard error."""

    @property
    def port(self) -> int:
        """Where it listens."""
        port = self.http.base_url.port
        assert port is not None
        return port

    def count(self, table: str) -> int:
        """Rows of a table, as another process sees them."""
        connection = sqlite3.connect(self.database, timeout=10)
        count: int = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        connection.close()
        return count

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)


@contextmanager
def service(
    folder: Path, module: str = "app.cli", *, log: str = "service.log", **more: str
) -> Iterator[Service]:
    """``offbook serve`` as a process of its own, with ``more`` in its environment."""
    environment = os.environ | {
        "OFFBOOK_DATA_DIR": str(folder),
        "OFFBOOK_ENGINE__KIND": "scripted",
        "OFFBOOK_EMBEDDER__NAME": "hashing",
        "OFFBOOK_EMBEDDER__INGESTION_WORKERS": "1",
        "OFFBOOK_RETRIEVAL__MODE": "reference",  # whose keys are counted
        "OFFBOOK_LOAD_SAMPLES": "false",
        "PYTHONUNBUFFERED": "1",
    }
    environment.pop("OFFBOOK_DATABASE__URL", None)
    environment |= more
    errors = folder / log
    with errors.open("w") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-m", module, "serve", "--port", "0"],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )
    try:
        assert process.stdout is not None
        found = next(filter(None, (re.search(r"http://\S+", line) for line in process.stdout)))
        with httpx.Client(base_url=found[0], timeout=60) as http:
            yield Service(process, http, folder / "offbook.sqlite3", errors)
    finally:
        process.kill()
        process.wait(10)
        if process.stdout is not None:
            process.stdout.close()


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_asked_to_stop_it_closes_what_it_has_open(tmp_path: Path, stop: signal.Signals) -> None:
    with service(tmp_path) as running:
        assert running.http.get("/healthz").status_code == 200
        log = running.database.with_name(f"{running.database.name}-wal")
        assert log.exists()
        running.process.send_signal(stop)
        assert running.process.wait(20) == 0
        # SQLite takes it away when the last connection is closed in order.
        assert not log.exists()


def test_killed_while_indexing(tmp_path: Path) -> None:
    with service(tmp_path) as first:
        files = {"file": ("Ben.txt", SCRIPT)}
        assert first.http.post("/api/characters/import", files=files).status_code == 202
        wait_for(lambda: first.count("key_vectors") > 0, seconds=30)
        first.kill()
        before = first.count("key_vectors")
    assert 0 < before < SCENES
    with service(tmp_path) as second:
        shown = second.http.get("/api/characters/ben").json()
        assert (shown["status"], shown["lines"]) == ("indexing", SCENES)
        wait_for(
            lambda: second.http.get("/api/characters/ben").json()["status"] == "ready", seconds=60
        )
        assert second.http.get("/api/characters/ben").json()["examples"] == SCENES
        assert (second.count("examples"), second.count("index_jobs")) == (SCENES, 0)
        assert second.count("key_vectors") == SCENES
        metrics = second.http.get("/metrics").text
        embedded = re.search(r"^offbook_embedded_keys_total (\S+)$", metrics, re.MULTILINE)
        assert embedded is not None
        assert float(embedded[1]) == SCENES - before


def test_killed_while_replacing_a_script(tmp_path: Path) -> None:
    small = b"Anna: Is anybody there?\nBen: Nobody but the wind is there tonight.\n"
    files = {"file": ("Ben.txt", small)}
    with service(tmp_path) as first:
        first.http.post("/api/characters/import", files=files)
        wait_for(
            lambda: first.http.get("/api/characters/ben").json()["status"] == "ready", seconds=20
        )

        def replace() -> None:
            with suppress(httpx.HTTPError):
                first.http.post("/api/scripts", files={"file": ("Ben.txt", SCRIPT * 5)})

        upload = threading.Thread(target=replace)
        upload.start()
        wait_for(lambda: first.count("scenes") > 1, seconds=30)
        first.kill()
        upload.join(10)
    with service(tmp_path) as second:
        (script,) = second.http.get("/api/scripts").json()["items"]
        assert (script["scenes"], script["lines"]) == (1, 2)
        scenes = second.http.get(f"/api/scripts/{script['id']}/scenes").json()["items"]
        assert len(scenes) == 1
        found = second.http.get("/api/characters/ben/examples?query=wind").json()["items"]
        assert len(found) == 1
        again = second.http.post("/api/scripts", files={"file": ("Ben.txt", SCRIPT)}).json()
        assert (again["id"], again["replaced"], again["scenes"]) == (script["id"], True, SCENES)


SLOW = "tests.app.slow_service"


class Listener:
    """Hears a streamed turn in a thread, and notes when it heard what."""

    def __init__(self, http: httpx.Client, path: str, body: Json) -> None:
        self.heard: list[tuple[float, str]] = []
        self._thread = threading.Thread(target=self._listen, args=(http, path, body))
        self._thread.start()

    def _listen(self, http: httpx.Client, path: str, body: Json) -> None:
        with suppress(httpx.HTTPError), http.stream("POST", path, json=body) as response:
            for line in response.iter_lines():
                if line.startswith("data: ") and "text" in (told := json.loads(line[6:])):
                    self.heard.append((time.monotonic(), told["text"]))

    def until(self, moment: float) -> str:
        """What was heard up to a moment."""
        return "".join(text for at, text in self.heard if at <= moment)

    def seconds(self) -> float:
        """Since the first word."""
        return time.monotonic() - self.heard[0][0] if self.heard else 0.0

    def join(self) -> None:
        self._thread.join(20)


@pytest.mark.parametrize("seconds", [3.0, 7.0])
def test_killed_while_a_reply_streams(tmp_path: Path, seconds: float) -> None:
    """All but the last five seconds is there at the next start, and can be gone on with."""
    whole = " ".join(WORDS)
    with service(tmp_path, SLOW, SECONDS_PER_WORD="0.1") as first:
        path = f"/api/conversations/{open_conversation(first.http)['id']}"
        asked: Json = {"content": "Count.", "stream": True}
        listener = Listener(first.http, f"{path}/messages", asked)
        wait_for(lambda: listener.seconds() > seconds, seconds=60)
        first.kill()
        killed = time.monotonic()
        listener.join()
    with service(tmp_path, SLOW, SECONDS_PER_WORD="0.1") as second:
        shown = second.http.get(path).json()
        saved: Json = shown["messages"][-1]
        assert [message["role"] for message in shown["messages"]] == ["user", "assistant"]
        assert saved["content"].startswith(listener.until(max(killed - 5, listener.heard[0][0])))
        assert whole.startswith(saved["content"])
        assert (saved["state"], saved["finish_reason"]) == ("partial", None)
        wait_for(lambda: not second.http.get(path).json()["busy"], seconds=30)
        going_on = f"{path}/messages/{saved['id']}/continue"
        listener = Listener(second.http, going_on, {"stream": True})
        wait_for(lambda: listener.seconds() > seconds, seconds=60)
        second.kill()
        killed = time.monotonic()
        listener.join()
    with service(tmp_path, SLOW) as third:
        more = third.http.get(path).json()["messages"][-1]
        assert more["id"] == saved["id"]
        said = listener.until(max(killed - 5, listener.heard[0][0]))
        assert more["content"].startswith(saved["content"] + said)
        wait_for(lambda: not third.http.get(path).json()["busy"], seconds=30)
        again = third.http.post(f"{path}/messages/{saved['id']}/regenerate", json={}).json()
        assert again["reply"]["alternatives"] == [saved["id"], again["reply"]["id"]]


@pytest.fixture(
    params=[
        "sqlite",
        pytest.param(
            "postgres",
            marks=[
                pytest.mark.postgres,
                pytest.mark.skipif(not POSTGRES, reason="OFFBOOK_TEST_POSTGRES_URL is not set"),
            ],
        ),
    ]
)
def shared(request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """What the environment of processes says that share a database."""
    if request.param == "sqlite":
        yield {}
        return
    with passing_database("killed") as url:
        yield {"OFFBOOK_DATABASE__URL": url}


def test_killed_while_another_process_follows(tmp_path: Path, shared: dict[str, str]) -> None:
    """Who listens there keeps what was said, and is told within the lease's time."""
    with (
        service(tmp_path, SLOW, SECONDS_PER_WORD="0.1", **shared) as first,
        service(tmp_path, SLOW, log="second.log", **shared) as second,
    ):
        path = f"/api/conversations/{open_conversation(first.http)['id']}"
        asked: Json = {"content": "Count.", "stream": True}
        listener = Listener(first.http, f"{path}/messages", asked)
        wait_for(lambda: listener.heard, seconds=60)
        heard, end = "", {}
        with second.http.stream("GET", f"{path}/turn") as response:
            assert response.status_code == 200
            name = ""
            for line in response.iter_lines():
                name = line[7:] if line.startswith("event: ") else name
                if line.startswith("data: ") and name == "delta":
                    heard += json.loads(line[6:])["text"]
                    if heard.count("word") > 20 and first.process.poll() is None:
                        first.kill()
                        killed = time.monotonic()
                if line.startswith("data: ") and name == "error":
                    end = json.loads(line[6:])["error"]
        assert time.monotonic() - killed < TURN_LEASE.total_seconds() + 5
        assert end["code"] == "turn_lost"
        kept = end["detail"]["reply"]
        assert (kept["content"], kept["state"]) == (heard, "partial")
        listener.join()
        shown = second.http.get(path).json()
        assert (shown["busy"], shown["messages"][-1]["content"]) == (False, heard)
