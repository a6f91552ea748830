"""The service is stopped while somebody is being answered."""

import signal
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.app.engines.fake_vllm import FakeVLLM, ServerThread, app_of
from tests.app.serving import open_conversation, wait_for
from tests.app.test_killed import Service, service

pytestmark = [pytest.mark.slow, pytest.mark.timeout(60)]


@pytest.fixture
def engine() -> Iterator[FakeVLLM]:
    """A server elsewhere; it outlives the service."""
    fake = FakeVLLM(reply="word " * 20, piece=5, delay=0.02)
    server = ServerThread(app_of(fake))
    fake.base_url = server.base_url
    yield fake
    server.close()


class Listener(threading.Thread):
    """Somebody who listens to a turn to its end."""

    def __init__(self, running: Service) -> None:
        super().__init__()
        self.lines: list[str] = []
        self._http = running.http
        self._talk = open_conversation(running.http)

    def run(self) -> None:
        url = f"/api/conversations/{self._talk['id']}/messages"
        body = {"content": "Hello?", "stream": True}
        try:
            with self._http.stream("POST", url, json=body) as response:
                self.lines.extend(response.iter_lines())
        except Exception as error:  # whatever a connection that breaks off makes of it
            self.lines.append(f"error: {error!r}")


def stored(database: Path) -> list[tuple[str, str, str]]:
    """Role, state and text of the messages."""
    with sqlite3.connect(database) as connection:
        rows = connection.execute("SELECT role, state, content FROM messages ORDER BY id")
        return list(rows)


def stop_while_listening(running: Service, engine: FakeVLLM) -> tuple[Listener, float]:
    """The listener, and how many seconds the service took to end."""
    listener = Listener(running)
    listener.start()
    wait_for(lambda: engine.running == 1, seconds=10)
    time.sleep(0.2)  # some words
    stopped = time.monotonic()
    running.process.send_signal(signal.SIGTERM)
    assert running.process.wait(20) == 0
    listener.join(10)
    return listener, time.monotonic() - stopped


def environment(engine: FakeVLLM, timeout: int) -> dict[str, str]:
    return {
        "OFFBOOK_ENGINE__KIND": "openai",
        "OFFBOOK_ENGINE__BASE_URL": engine.base_url,
        "OFFBOOK_SERVER__SHUTDOWN_TIMEOUT": str(timeout),
    }


def test_a_reply_that_ends_in_time_is_finished(tmp_path: Path, engine: FakeVLLM) -> None:
    with service(tmp_path, **environment(engine, timeout=10)) as running:
        listener, _ = stop_while_listening(running, engine)
    assert "event: done" in listener.lines
    (_, (role, state, text)) = stored(running.database)
    assert (role, state, text) == ("assistant", "complete", engine.reply.strip())


def test_what_a_longer_one_has_by_then_is_stored(tmp_path: Path, engine: FakeVLLM) -> None:
    engine.reply = "word " * 2_000
    with service(tmp_path, **environment(engine, timeout=1)) as running:
        listener, seconds = stop_while_listening(running, engine)
        wait_for(lambda: engine.running == 0, seconds=1)
    assert seconds < 5
    assert any("word" in line for line in listener.lines)
    (asked, (role, state, text)) = stored(running.database)
    assert asked == ("user", "complete", "Hello?")
    assert (role, state) == ("assistant", "partial")
    assert text.startswith("word word")
