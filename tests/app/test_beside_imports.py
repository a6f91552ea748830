"""A visitor who brings as much as may be brought leaves the service to the others meanwhile."""

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.app.running import Json
from tests.app.serving import open_conversation, wait_for
from tests.app.test_killed import service

pytestmark = [pytest.mark.slow, pytest.mark.alone, pytest.mark.timeout(300)]

MESSAGES = 20_000
LINE = "This is one of very many lines of a very long chat, and it says nothing new at all. "
LONGEST_SECONDS = 2.0


def chat() -> bytes:
    """As many messages as may be imported; 18 MB."""
    rows: list[Json] = [{"user_name": "Ada", "character_name": "Ben"}]
    rows += [
        {"name": "x", "is_user": n % 2 == 0, "mes": (f"{n} " + LINE * 10)[:850]}
        for n in range(MESSAGES)
    ]
    return "\n".join(map(json.dumps, rows)).encode()


class Pulse:
    """Asks for ``/healthz`` again and again, and knows the longest answer."""

    def __init__(self, http: httpx.Client) -> None:
        self.longest = 0.0
        self._over = threading.Event()
        self._address = str(http.base_url)
        self._thread = threading.Thread(target=self._feel)
        self._thread.start()

    def _feel(self) -> None:
        with httpx.Client(base_url=self._address, timeout=60, verify=False) as http:
            while not self._over.wait(0.02):
                began = time.monotonic()
                assert http.get("/healthz").status_code == 200
                self.longest = max(self.longest, time.monotonic() - began)

    def stop(self) -> float:
        """Stop; the seconds of the longest answer."""
        self._over.set()
        self._thread.join(60)
        return self.longest


def test_a_turn_and_healthz_beside_the_largest_chat(tmp_path: Path) -> None:
    content = chat()
    assert 17_500_000 < len(content) < 20_000_000
    with service(tmp_path) as running:
        http = running.http
        own = open_conversation(http)
        pulse = Pulse(http)
        answers: list[httpx.Response] = []

        def bring() -> None:
            with httpx.Client(base_url=http.base_url, timeout=120, verify=False) as visitor:
                files = {"file": ("chat.jsonl", content)}
                url, form = "/api/conversations/import", {"character": "ben"}
                answers.append(visitor.post(url, files=files, data=form))

        importing = threading.Thread(target=bring)
        importing.start()
        # Some of it is written, and neither all of it nor anything that others see.
        wait_for(lambda: running.count("messages") > 500, seconds=60)
        turn = http.post(f"/api/conversations/{own['id']}/messages", json={"content": "Hello?"})
        assert turn.status_code == 200
        stored = running.count("messages")
        assert not answers
        assert stored < MESSAGES
        importing.join(120)
        assert answers[0].status_code == 201, answers[0].text
        long_one = answers[0].json()["conversation"]
        assert len(answers[0].content) < 1_000_000
        assert running.count("messages") == MESSAGES + 2

        path = f"/api/conversations/{long_one['id']}"
        asks: list[Callable[[], httpx.Response]] = [
            lambda: http.get(path),
            lambda: http.post(f"{path}/messages", json={"content": "And now?"}),
            lambda: http.get(f"{path}/export"),
            lambda: http.get("/api/conversations/export"),
            lambda: http.delete(f"{path}/messages/{long_one['messages'][0]['id']}"),
        ]
        for ask in asks:
            assert ask().status_code == 200
        assert pulse.stop() < LONGEST_SECONDS
