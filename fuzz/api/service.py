"""The real application on loopback, with the lightest parts and access as on a public address."""

import logging
import random
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.db.migrate import upgrade
from app.main import create_app
from app.server import BoundedServer, end_streams, server_config
from app.settings import (
    AccessSettings,
    DatabaseSettings,
    EmbedderSettings,
    EngineSettings,
    ServerSettings,
    Settings,
)

SIGN_IN = "POST /api/admin/session"
"""The operation that is shown keys in its body."""
_START_SECONDS = 60
_STRANGERS = 16
"""Addresses, few enough that some are closed in the course of a run."""


@dataclass(frozen=True, slots=True)
class Service:
    """A running application."""

    address: str
    admin_key: str
    failures: list[str]
    """Tracebacks of what no handler caught, also after an answer had begun."""

    def stranger(self, source: random.Random) -> dict[str, str]:
        """Return the header of a request that may show a wrong key: it came from elsewhere.

        Else a few wrong keys would close the one address that all requests come from.
        """
        return {"X-Forwarded-For": f"198.51.100.{source.randrange(_STRANGERS)}"}


class _Failures(logging.Handler):
    """Keeps what uvicorn logs of an application that raises."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep it with its traceback."""
        self.texts.append(self.format(record))


class ServiceDidNotStartError(Exception):
    """The application stopped before it listened, or took too long."""


@contextmanager
def serve(data_dir: Path, database_url: str | None = None) -> Iterator[Service]:
    """Serve a new application from a thread until the block ends.

    ``database_url`` names an empty database; by default SQLite in ``data_dir``. The settings are
    those of a service on every address, so visitors are guests; it listens on loopback only.
    """
    key = "ob_" + secrets.token_urlsafe(32)
    settings = Settings(
        data_dir=data_dir,
        server=ServerSettings(host="0.0.0.0"),  # noqa: S104 (asks for access control; see the config below)
        access=AccessSettings.model_validate({"admin_key": key, "trusted_proxies": ["127.0.0.1"]}),
        database=DatabaseSettings(url=database_url),
        embedder=EmbedderSettings(name="hashing", ingestion_workers=1),
        engine=EngineSettings(kind="scripted"),
    )
    app = create_app(settings)
    config = server_config(app, settings.server)
    config.host, config.port = "127.0.0.1", 0
    server = BoundedServer(config, lambda: end_streams(app.state.services))

    def migrate_and_run() -> None:
        # Both run an event loop; the calling thread may have one running already (Playwright).
        upgrade(settings.database_url)
        server.run()

    thread = threading.Thread(target=migrate_and_run)
    failures = _Failures()
    logger = logging.getLogger("uvicorn.error")
    logger.addHandler(failures)
    thread.start()
    try:
        yield Service(_address(server, thread), key, failures.texts)
    finally:
        server.should_exit = True
        thread.join()
        logger.removeHandler(failures)


def _address(server: BoundedServer, thread: threading.Thread) -> str:
    """Wait until the server listens; return its address."""
    for _ in range(_START_SECONDS * 20):
        if server.started:
            return f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
        thread.join(0.05)
        if not thread.is_alive():
            break
    raise ServiceDidNotStartError
