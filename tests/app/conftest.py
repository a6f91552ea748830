"""Applications on a fresh database of either kind, made by the migrations."""

import os
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
import structlog
from argon2 import PasswordHasher
from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from app.access import passwords
from app.db import session
from app.db.base import Base
from app.db.migrate import upgrade
from app.readers.pool import ReaderPool
from app.readers.process import ReaderProcess
from app.settings import LimitSettings, Settings
from tests.app.running import Running, running
from tests.app.statements import CompiledStatements

POSTGRES = os.environ.get("OFFBOOK_TEST_POSTGRES_URL", "")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Whatever asks for a database runs on SQLite, and on PostgreSQL where there is one.

    But for what is marked ``one_database``, because nothing in it depends on the kind.
    """
    if "database_url" in metafunc.fixturenames:
        kinds: list[Any] = ["sqlite"]
        if POSTGRES and not metafunc.definition.get_closest_marker("one_database"):
            kinds.append(pytest.param("postgres", marks=pytest.mark.postgres))
        metafunc.parametrize("database_url", kinds, indirect=True)


@pytest.fixture(scope="session", autouse=True)
def compiled_once() -> Iterator[None]:
    """Every application finds the statements compiled that another before it needed."""
    options = {"compiled_cache": CompiledStatements()}
    with pytest.MonkeyPatch.context() as patch:
        create = partial(create_async_engine, execution_options=options)
        patch.setattr(session, "create_async_engine", create)
        yield


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """A password is hashed in a millisecond: hundreds of tests sign someone up."""
    with pytest.MonkeyPatch.context() as patch:
        weak = partial(PasswordHasher, time_cost=1, memory_cost=8, parallelism=1)
        patch.setattr(passwords, "PasswordHasher", weak)
        yield


@pytest.fixture(scope="session", autouse=True)
def readers_handed_on() -> Iterator[None]:
    """An application that ends leaves its idle reader processes to the next one, which would take
    longer to start its own than most tests take."""
    kept: list[ReaderProcess] = []
    start, close = ReaderPool._started, ReaderPool.aclose

    def is_usual(pool: ReaderPool) -> bool:
        usual = LimitSettings().reading_megabytes
        return pool._start is ReaderProcess and pool._limits.reading_megabytes == usual

    async def take_or_start(pool: ReaderPool) -> ReaderProcess:
        while is_usual(pool) and kept:
            if (process := kept.pop()).alive:
                return process
            process.end()
        return await start(pool)

    async def keep_idle(pool: ReaderPool) -> None:
        if is_usual(pool):
            kept.extend(pool._idle)
            pool._idle.clear()
        await close(pool)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ReaderPool, "_started", take_or_start)
        patch.setattr(ReaderPool, "aclose", keep_idle)
        yield
    for process in kept:
        process.end()


@pytest.fixture(scope="session", autouse=True)
def plain_tracebacks() -> None:
    """As the service logs them; those with every variable in them took seconds each."""
    renderer = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure([structlog.processors.add_log_level, renderer])


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database of the newest schema."""
    path = tmp_path_factory.mktemp("template") / "offbook.sqlite3"
    upgrade(f"sqlite+aiosqlite:///{path}")
    return path


@contextmanager
def passing_database(purpose: str) -> Iterator[str]:
    """Make a database on the PostgreSQL server, give its URL, and drop it."""
    server = make_url(POSTGRES).set(drivername="postgresql")
    name = f"offbook_{purpose}_{os.getpid()}_{uuid4().hex[:8]}"
    with psycopg.connect(server.render_as_string(hide_password=False), autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}"'.encode())
        # Nothing in it has to outlive a crash, so no commit waits for the disk.
        admin.execute(f'ALTER DATABASE "{name}" SET synchronous_commit = off'.encode())
        yield server.set(database=name).render_as_string(hide_password=False)
        # Not WITH (FORCE), which is refused while autovacuum, run by a superuser, looks at it;
        # a plain DROP sends autovacuum away and waits for what ends.
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = %s AND usename = current_user",
            [name],
        )
        admin.execute(f'DROP DATABASE "{name}"'.encode())


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A database of the newest schema, this session's own."""
    with passing_database("test") as url:
        upgrade(Settings(database={"url": url}).database_url)
        yield url


@pytest.fixture(scope="session")
def postgres(postgres_url: str) -> Iterator[psycopg.Connection]:
    """A connection to it."""
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def empty_postgres() -> Iterator[str]:
    """The URL of a PostgreSQL database without any table."""
    with passing_database("empty") as url:
        yield url


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database."""
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        shutil.copy(template, tmp_path / "offbook.sqlite3")
        return f"sqlite:///{tmp_path / 'offbook.sqlite3'}"
    connection: psycopg.Connection = request.getfixturevalue("postgres")
    # Last what triggers derive from the others.
    tables = [*reversed(Base.metadata.sorted_tables)]
    tables.sort(key=lambda table: "derived" in table.info)
    connection.execute("; ".join(f"DELETE FROM {table.name}" for table in tables).encode())
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """A service on loopback with a scripted engine and hashed n-grams, without the samples.

    It chooses examples as the reference does, which can be worked out by hand.
    """
    return make_settings(database_url, tmp_path)


def make_settings(database_url: str, data_dir: Path, **changes: Any) -> Settings:
    """The tests' settings; ``changes`` replace whole groups."""
    groups: dict[str, Any] = {
        "data_dir": data_dir,
        "load_samples": False,
        "database": {"url": database_url, "busy_timeout_ms": 2_000},
        "embedder": {"name": "hashing", "ingestion_workers": 2},
        "engine": {"kind": "scripted"},
        "retrieval": {"mode": "reference"},
        **changes,
    }
    return Settings(**groups)


@pytest.fixture
async def stage(settings: Settings) -> AsyncIterator[Running]:
    """A running application."""
    async with running(settings) as started:
        yield started
