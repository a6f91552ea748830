"""The service is stopped while somebody is being answered."""

import signal
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.app.engines.fake_vllm import FakeVLLM, ServerThread, app_of
from tests.app.raw_http import connected
from tests.app.running import Json
from tests.app.serving import open_conversation, wait_for
from tests.app.test_killed import Service, service

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


@pytest.fixture
def engine() -> Iterator[FakeVLLM]:
    """A server elsewhere; it outlives the service."""
    fake = FakeVLLM(reply="word " * 20, piece=5, delay=0.02)
    server = ServerThread(app_of(fake))
    fake.base_url = server.base_url
    yield fake
    server.close()


class Listener(threading.Thread):
    """Somebody who listens to an answer to its end."""

    def __init__(self, running: Service, url: str, body: Json) -> None:
        super().__init__()
        self.lines: list[str] = []
        self._http = running.http
        self._url = url
        self._body = body

    @classmethod
    def of_a_turn(cls, running: Service) -> "Listener":
        """Return one who will listen to the first turn of a conversation."""
        talk = open_conversation(running.http)
        url = f"/api/conversations/{talk['id']}/messages"
        return cls(running, url, {"content": "Hello?", "stream": True})

    def heard(self, word: str) -> bool:
        """Whether it came by now."""
        return any(word in line for line in self.lines)

    def run(self) -> None:
        try:
            with self._http.stream("POST", self._url, json=self._body) as response:
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
    listener = Listener.of_a_turn(running)
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
        wait_for(lambda: engine.running == 0, seconds=10)
    assert seconds < 20  # the whole of it takes twice as long
    assert listener.heard("word")
    (asked, (role, state, text)) = stored(running.database)
    assert asked == ("user", "complete", "Hello?")
    assert (role, state) == ("assistant", "partial")
    assert text.startswith("word word")


def test_whoever_listens_then_gets_an_end_and_the_log_no_traceback(
    tmp_path: Path, engine: FakeVLLM
) -> None:
    engine.reply = "word " * 5_000
    engine.delay = 0.1
    # The head of the upload is read before the listener closes, however busy the machine is.
    drain = {"OFFBOOK_SERVER__DRAIN_SECONDS": "2"}
    with service(tmp_path, **environment(engine, timeout=1), **drain) as running:
        turn = Listener.of_a_turn(running)
        completion = {"model": "ben", "messages": [{"role": "user", "content": "Hello?"}]}
        chat = "/v1/chat/completions"
        streamed = Listener(running, chat, {**completion, "stream": True})
        whole = Listener(running, chat, completion)
        drafted = Listener(running, "/api/characters/ben/draft-profile", {})
        listeners = [turn, streamed, whole, drafted]
        for listener in listeners:
            listener.start()
        wait_for(lambda: engine.running == 4, seconds=10)
        wait_for(lambda: turn.heard("word") and streamed.heard("word"), seconds=10)
        with connected(running.http) as uploading:
            uploading.head("POST /api/conversations", "Content-Length: 100")
            running.process.send_signal(signal.SIGTERM)
            assert uploading.answer().startswith(b"HTTP/1.1 503 ")
        assert running.process.wait(20) == 0
        for listener in listeners:
            listener.join(10)
        log = running.log.read_text()
    assert "Traceback" not in log
    assert "Exception" not in log
    assert "event: done" in turn.lines
    assert streamed.lines[-2] == "data: [DONE]"
    assert "service_stopping" in streamed.lines[-4]
    assert "service_stopping" in whole.lines[0]
    assert "event: error" in drafted.lines
    (_, (role, state, text)) = stored(running.database)
    assert (role, state) == ("assistant", "partial")
    assert text.startswith("word")


def test_a_balancer_is_warned_before_the_listener_closes(tmp_path: Path) -> None:
    """Asked to stop, it is not ready, and answers whatever still comes until the wait is over."""
    with service(tmp_path, OFFBOOK_SERVER__DRAIN_SECONDS="600") as running:
        assert running.http.get("/readyz").status_code == 200
        talk = open_conversation(running.http)
        running.process.send_signal(signal.SIGTERM)
        wait_for(lambda: running.http.get("/readyz").status_code == 503, seconds=20)
        probe = running.http.get("/readyz").json()
        assert (probe["ready"], probe["stopping"], probe["database"]["ok"]) == (False, True, True)
        assert running.http.get("/healthz").status_code == 200
        with httpx.Client(base_url=running.http.base_url, timeout=20) as newcomer:
            url = f"/api/conversations/{talk['id']}/messages"
            assert newcomer.post(url, json={"content": "Hello?"}).status_code == 200
        running.process.send_signal(signal.SIGTERM)  # whoever insists does not wait
        assert running.process.wait(20) == 0
    assert [role for role, _, _ in stored(running.database)] == ["user", "assistant"]


def test_the_listener_closes_after_the_wait(tmp_path: Path) -> None:
    with service(tmp_path, OFFBOOK_SERVER__DRAIN_SECONDS="0.5") as running:
        asked = time.monotonic()
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(20) == 0
        assert time.monotonic() - asked >= 0.5


def test_ctrl_c_waits_for_no_balancer(tmp_path: Path) -> None:
    with service(tmp_path, OFFBOOK_SERVER__DRAIN_SECONDS="600") as running:
        running.process.send_signal(signal.SIGINT)
        assert running.process.wait(20) == 0
