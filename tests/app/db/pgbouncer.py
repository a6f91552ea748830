"""A PgBouncer in transaction mode on a loopback port."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from tests.app.engines.router import free_ports

PROGRAM = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
_START_SECONDS = 30

# Two connections of the server for all clients, so that a client seldom keeps one.
_SETTINGS = """
[databases]
{name} = host={host} port={port} dbname={name} user={user} password={password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {listen}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 2
max_client_conn = 100
"""


@contextmanager
def pooling(url: str) -> Iterator[str]:
    """The URL of ``url``'s database through a pooler, which ends with the block."""
    assert PROGRAM is not None
    server, [listen] = make_url(url), free_ports(1)
    folder = Path(tempfile.mkdtemp(prefix="offbook-pgbouncer-"))
    folder.chmod(0o755)  # the pooler refuses to be root
    (folder / "ini").write_text(
        _SETTINGS.format(
            name=server.database,
            host=server.host or "127.0.0.1",
            port=server.port or 5432,
            user=server.username,
            password=server.password,
            listen=listen,
        )
    )
    user = "postgres" if os.geteuid() == 0 else None
    log = (folder / "log").open("wb")
    process = subprocess.Popen(
        [PROGRAM, str(folder / "ini")], user=user, stdout=log, stderr=subprocess.STDOUT
    )
    pooled = server.set(host="127.0.0.1", port=listen).render_as_string(hide_password=False)
    try:
        _wait_ready(pooled, process, folder / "log")
        yield pooled
    finally:
        process.kill()
        process.wait()
        log.close()
        shutil.rmtree(folder)


def _wait_ready(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with psycopg.connect(url):
                return
        except psycopg.OperationalError:
            time.sleep(0.1)
    raise RuntimeError(f"PgBouncer did not come up:\n{log.read_text()}")
