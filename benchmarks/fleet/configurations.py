"""Write the configurations of PgBouncer and nginx for a run."""

from pathlib import Path

from sqlalchemy import make_url

import benchmarks

_DEPLOY = Path(benchmarks.__file__).parents[1] / "deploy"
_POOL_SIZE = 20
_CLIENTS = 400


def write_pgbouncer(folder: Path, database: str, port: int, pool_mode: str) -> Path:
    """Write PgBouncer's configuration in front of a database, and return the file.

    Everyone on loopback may connect: the run's own database is of no use to others.
    """
    url = make_url(database)
    server = f"host={url.host} port={url.port or 5432} dbname={url.database}"
    login = f"user={url.username} password={url.password}"
    file = folder / "pgbouncer.ini"
    file.write_text(
        f"""[databases]
{url.database} = {server} {login}

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = {pool_mode}
default_pool_size = {_POOL_SIZE}
max_client_conn = {_CLIENTS}
stats_period = 3600
log_connections = 0
log_disconnections = 0
"""
    )
    # The user whom PgBouncer runs as reads it.
    file.chmod(0o644)
    return file


def write_nginx(folder: Path, webs: list[str], worker: str, port: int) -> Path:
    """Write ``deploy/many/nginx.conf`` with this run's addresses, and return the file."""
    text = (_DEPLOY / "many" / "nginx.conf").read_text(encoding="utf-8")
    # Debian's nginx keeps bodies in folders of its own user.
    folders = f"client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;"
    changes = {
        "/var/log/nginx/error.log": f"{folder}/nginx-error.log",
        "/dev/stdout": f"{folder}/access.log",
        "http {": f"http {{\n    {folders}",
        "listen 8080;": f"listen 127.0.0.1:{port};",
        "server web-1:8000": f"server {webs[0]}",
        "server web-2:8000": f"server {webs[1]}",
        "server worker:8000": f"server {worker}",
    }
    for old, new in changes.items():
        assert old in text, old
        text = text.replace(old, new)
    file = folder / "nginx.conf"
    file.write_text(text)
    return file
