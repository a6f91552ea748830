"""Processes that start at once on one database, and those that keep each other away."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import psycopg
import pytest
from alembic import command
from sqlalchemy import make_url

from app.db.locks import LockName, held
from app.db.migrate import upgrade
from app.db.problems import DatabaseProblemError
from app.db.revisions import alembic_config
from app.settings import Settings
from tests.app.conftest import POSTGRES
from tests.app.db.old_database import make_old_database

PROGRAM = Path(__file__).with_name("upgrades_at_once.py")
ROUNDS = 10

EITHER = pytest.mark.parametrize(
    "url",
    [
        "sqlite",
        pytest.param(
            "postgres",
            marks=[
                pytest.mark.postgres,
                pytest.mark.skipif(not POSTGRES, reason="OFFBOOK_TEST_POSTGRES_URL is not set"),
            ],
        ),
    ],
    indirect=True,
)


@pytest.fixture
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database that has nothing in it, not even a file."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'offbook.sqlite3'}"
    return Settings(database={"url": request.getfixturevalue("empty_postgres")}).database_url


def make_empty(url: str) -> None:
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        for path in Path(str(address.database)).parent.glob("offbook.sqlite3*"):
            path.unlink()
        return
    plain = address.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")


@pytest.mark.slow
@EITHER
def test_two_upgrades_at_once_both_succeed(url: str) -> None:
    shown = url if "sqlite" in url else make_url(url).render_as_string(hide_password=False)
    for _ in range(ROUNDS):
        make_empty(url)
        done = subprocess.run(
            [sys.executable, str(PROGRAM), shown], capture_output=True, check=False, text=True
        )
        assert done.stdout == "[0, 0]\n", done.stderr[-2_000:]
        command.check(alembic_config(url))


def start_service(url: str, folder: Path, **more: str) -> subprocess.Popen[str]:
    environment = os.environ | {
        "OFFBOOK_DATA_DIR": str(folder),
        "OFFBOOK_DATABASE__URL": url,
        "OFFBOOK_ENGINE__KIND": "scripted",
        "OFFBOOK_EMBEDDER__NAME": "hashing",
        "OFFBOOK_RETRIEVAL__MODE": "reference",
        "PYTHONUNBUFFERED": "1",
        **more,
    }
    return subprocess.Popen(
        [sys.executable, "-m", "app.cli", "serve", "--port", "0"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def address_of(process: subprocess.Popen[str]) -> str:
    """Where it listens; fails when it has ended instead."""
    assert process.stdout is not None
    found = next(filter(None, (re.search(r"http://\S+", line) for line in process.stdout)), None)
    assert found is not None, f"the service has ended with {process.wait(10)}"
    return found[0]


@contextmanager
def services(url: str, folder: Path, count: int, **more: str) -> Iterator[list[httpx.Client]]:
    """So many services, started at once; a client of each."""
    with ExitStack() as stack:
        processes = [start_service(url, folder, **more) for _ in range(count)]
        for process in processes:
            assert process.stdout is not None
            stack.callback(process.stdout.close)
            stack.callback(process.wait, 20)
            stack.callback(process.send_signal, signal.SIGTERM)
        yield [
            stack.enter_context(httpx.Client(base_url=address_of(process), timeout=20))
            for process in processes
        ]


@pytest.mark.slow
@pytest.mark.timeout(300)
@EITHER
def test_two_services_at_once_load_the_samples_once(url: str, tmp_path: Path) -> None:
    plain = make_url(url).render_as_string(hide_password=False)
    with services(plain, tmp_path, 2) as clients:
        for client in clients:
            assert client.get("/healthz").status_code == 200
            scripts = client.get("/api/scripts").json()["items"]
            characters = client.get("/api/characters?limit=100").json()["items"]
            titles = {script["title"] for script in scripts}
            names = {character["name"] for character in characters}
            assert (len(scripts), len(titles)) == (SCRIPTS, SCRIPTS)
            assert (len(characters), len(names)) == (CHARACTERS, CHARACTERS)


SCRIPTS, CHARACTERS = 2, 6
"""What the samples are."""


@EITHER
def test_an_upgrade_waits_no_longer_than_it_may_for_another(url: str) -> None:
    with (
        held(make_url(url), LockName.UPGRADE, wait=0, refusal=""),
        pytest.raises(DatabaseProblemError, match="Another Offbook process is upgrading"),
    ):
        upgrade(url, wait=0.1)
    upgrade(url, wait=0)


@EITHER
def test_an_upgrade_waits_no_longer_than_it_may_for_a_restore(url: str) -> None:
    with (
        held(make_url(url), LockName.IN_USE, wait=0, refusal=""),
        pytest.raises(DatabaseProblemError, match="A backup is being restored into"),
    ):
        upgrade(url, wait=0.1)
    upgrade(url, wait=0)


@EITHER
def test_a_lock_goes_with_the_process_that_held_it(url: str) -> None:
    code = (
        "import sys, time\n"
        "from sqlalchemy import make_url\n"
        "from app.db.locks import LockName, held\n"
        "with held(make_url(sys.argv[1]), LockName.UPGRADE, wait=0, refusal=''):\n"
        "    print('held', flush=True)\n"
        "    time.sleep(60)\n"
    )
    plain = make_url(url).render_as_string(hide_password=False)
    with subprocess.Popen(
        [sys.executable, "-c", code, plain], stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(DatabaseProblemError, match="is upgrading"):
            upgrade(url, wait=0)
        holder.kill()
        holder.wait(10)
    # PostgreSQL notices a moment later.
    upgrade(url, wait=10)


@pytest.mark.parametrize("address", ["sqlite+aiosqlite://", "sqlite+aiosqlite:///:memory:"])
def test_a_database_in_memory_needs_no_lock(address: str) -> None:
    upgrade(address)


def test_a_file_address_is_upgraded_and_locked_like_a_path(tmp_path: Path) -> None:
    file = make_old_database(tmp_path / "offbook.sqlite3", "0009")
    url = f"sqlite+aiosqlite:///file:{file}?uri=true"
    with (
        held(make_url(f"sqlite:///{file}"), LockName.UPGRADE, wait=0, refusal=""),
        pytest.raises(DatabaseProblemError, match="is upgrading"),
    ):
        upgrade(url, wait=0)
    upgrade(url)
    command.check(alembic_config(url))


def test_what_is_new_already_needs_neither_lock_nor_write(
    sqlite_template: Path, tmp_path: Path
) -> None:
    file = tmp_path / "offbook.sqlite3"
    file.write_bytes(sqlite_template.read_bytes())
    url = f"sqlite:///{file}"
    with held(make_url(url), LockName.UPGRADE, wait=0, refusal=""):
        started = time.monotonic()
        upgrade(url, wait=60)
        assert time.monotonic() - started < 30
