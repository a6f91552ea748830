"""The previous release beside this one on one database, while people talk and scripts change."""

import os
import re
import signal
import subprocess
import sys
import tarfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

from tests.app import serving
from tests.app.conftest import POSTGRES
from tests.app.running import SCRIPT, Json, as_object

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

ROOT = Path(__file__).parents[2]
PREVIOUS = "b04eec422e4d2bf2835d6ab66e59f88213065ace"
"""The commit of the previous release."""
WATCHFUL = "tests.app.watchful_service"
SECONDS = 240
"""That a busy machine may take for anything."""
_PAUSE = 0.1
"""Seconds between two questions, so that whoever asks leaves the processors to who answers."""

DATABASES = [
    "sqlite",
    pytest.param(
        "postgres",
        marks=[
            pytest.mark.postgres,
            pytest.mark.skipif(not POSTGRES, reason="OFFBOOK_TEST_POSTGRES_URL is not set"),
        ],
    ),
]


@pytest.fixture(scope="module")
def previous(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The previous release's files, from the history of this checkout."""
    folder = tmp_path_factory.mktemp("previous")
    packed = folder / "release.tar"
    made = subprocess.run(
        ["git", "-C", str(ROOT), "archive", f"--output={packed}", PREVIOUS],
        capture_output=True,
        check=False,
        text=True,
    )
    if made.returncode:
        pytest.skip(f"the previous release is not in this checkout: {made.stderr.strip()}")
    with tarfile.open(packed) as archive:
        archive.extractall(folder, filter="data")
    return folder


@pytest.fixture(params=DATABASES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without any table."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'offbook.sqlite3'}"
    address: str = request.getfixturevalue("empty_postgres")
    return address


class PatientTransport(httpx.HTTPTransport):
    """Do as a user of the previous release is told to: say it again where the lines changed.

    A turn there reads the version of a character's lines first, and the lines later. Whoever
    exchanges them in between ends it with 409: an upload does, and the job that this release
    requests for its own reply index, because the previous one takes up any job. Its processes are
    shipped, and do so without this release, too; the next attempt reads both anew. This release
    searches again by itself, so its own clients have no patience.
    """

    tries = 4

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        for _ in range(self.tries - 1):
            response = super().handle_request(request)
            response.read()
            if response.status_code != 409 or b'"character_changed"' not in response.content:
                return response
        return super().handle_request(request)


class Release:
    """Start processes of one release on one database."""

    def __init__(
        self,
        code: Path,
        url: str,
        data: Path,
        module: str = "app.cli",
        transport: type[httpx.HTTPTransport] = httpx.HTTPTransport,
    ) -> None:
        self._code = code
        self._transport = transport
        self._module = module
        self._environment = os.environ | {
            "PYTHONPATH": str(code),
            "OFFBOOK_DATA_DIR": str(data),
            "OFFBOOK_DATABASE__URL": url,
            "OFFBOOK_ENGINE__KIND": "scripted",
            "OFFBOOK_EMBEDDER__NAME": "hashing",
            "OFFBOOK_EMBEDDER__INGESTION_WORKERS": "1",
            "OFFBOOK_LOAD_SAMPLES": "false",
            "OFFBOOK_DATABASE__BUSY_TIMEOUT_MS": "60000",
            "PYTHONUNBUFFERED": "1",
        }
        self._log = data / f"{code.name}.log"

    def start(self) -> subprocess.Popen[str]:
        """Start a process, from the release's own folder."""
        with self._log.open("a") as log:
            return subprocess.Popen(
                [sys.executable, "-m", self._module, "serve", "--port", "0"],
                cwd=self._code,
                env=self._environment,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    @contextmanager
    def serving(self) -> Iterator[httpx.Client]:
        """A client of a process that runs meanwhile."""
        process = self.start()
        assert process.stdout is not None
        try:
            lines = (re.search(r"http://\S+", line) for line in process.stdout)
            found = next(filter(None, lines), None)
            assert found is not None, self.said()
            transport = self._transport()
            with httpx.Client(base_url=found[0], timeout=SECONDS, transport=transport) as http:
                yield http
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(SECONDS)
            process.stdout.close()

    def said(self) -> str:
        """The log of its processes."""
        return self._log.read_text()


class Chatter(threading.Thread):
    """Talk to Ben until told to stop; every answer that is no reply is kept."""

    def __init__(self, http: httpx.Client) -> None:
        super().__init__()
        self.replies = 0
        self.errors: list[str] = []
        self._http = http
        self._over = threading.Event()

    def run(self) -> None:
        talk = as_object(self._http.post("/api/conversations", json={"character": "ben"}))
        url = f"/api/conversations/{talk['id']}/messages"
        over = False
        while not over:
            answer = self._http.post(url, json={"content": "Is the light still burning?"})
            if answer.status_code == 200:
                self.replies += 1
            else:
                self.errors.append(f"{answer.status_code} {answer.text}")
            over = self._over.wait(_PAUSE)

    def stop(self) -> None:
        """Let the turn under way end."""
        self._over.set()
        self.join(SECONDS)


@contextmanager
def talking(*clients: httpx.Client) -> Iterator[list[Chatter]]:
    """People who talk through each of the processes, and get replies only."""
    chatters = [Chatter(http) for http in clients]
    with ExitStack() as stack:
        for chatter in chatters:
            chatter.start()
            stack.callback(chatter.stop)
        yield chatters
    for chatter in chatters:
        assert not chatter.errors, chatter.errors[:3]
        assert chatter.replies


def upload(http: httpx.Client, light: str) -> None:
    """Replace the script; Ben's lamp is called otherwise now."""
    script = SCRIPT.replace("lighthouse", light).encode()
    answer = http.post("/api/scripts", files={"file": ("play.txt", script)})
    assert answer.status_code in {200, 201}, answer.text


def wait_for(condition: Callable[[], object]) -> None:
    serving.wait_for(condition, SECONDS, every=_PAUSE)


def shown(http: httpx.Client) -> Json:
    return as_object(http.get("/api/characters/ben"))


def lines(http: httpx.Client) -> str:
    """What a process finds of Ben."""
    answer = http.get("/api/characters/ben/examples", params={"query": "Does it burn at night?"})
    assert answer.status_code == 200, answer.text
    return "\n".join(line for item in answer.json()["items"] for line in item["lines"])


def reaches_everyone(light: str, *clients: httpx.Client) -> None:
    """Wait until every process finds the new lines, and none the old ones."""
    for http in clients:
        wait_for(lambda http=http: light in lines(http))  # type: ignore[misc]  # bound at once


def test_two_releases_on_one_database(previous: Path, url: str, tmp_path: Path) -> None:
    old = Release(previous, url, tmp_path, transport=PatientTransport)
    new = Release(ROOT, url, tmp_path, WATCHFUL)
    with old.serving() as before:
        upload(before, "lighthouse")
        script = before.get("/api/scripts").json()["items"][0]["id"]
        ben = {"name": "Ben", "script_ids": [script]}
        assert before.post("/api/characters", json=ben).status_code == 202
        wait_for(lambda: shown(before)["selection_ready"])
        with talking(before) as [chatter], new.serving() as after:  # which upgrades the database
            with talking(after):
                wait_for(lambda: shown(after)["selection_ready"])
                for http, light in ((before, "beacon"), (after, "candle"), (before, "lantern")):
                    upload(http, light)
                    reaches_everyone(light, before, after)
            count = chatter.replies
            wait_for(lambda: chatter.replies > count)
        # Back to the previous release alone, and forward again.
        with talking(before) as [chatter]:
            upload(before, "torch")
            reaches_everyone("torch", before)
            with new.serving() as after, talking(after):
                reaches_everyone("torch", after)
                upload(after, "match")
                reaches_everyone("match", before, after)
    for release in (old, new):
        assert "Traceback" not in release.said()
    # Its processes run on, but a newer schema allows what it cannot read: it does not start again.
    process = old.start()
    assert process.wait(SECONDS) == 1
    assert process.stdout is not None
    process.stdout.close()
    assert "which is newer than this Offbook" in old.said()
