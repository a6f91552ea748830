"""Starts the proxies of ``deploy/`` on loopback ports, each with the file that is delivered."""

import os
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.app.serving import wait_for

DEPLOY = Path(__file__).parents[2] / "deploy"
NAME = "offbook.example.org"
NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
CADDY = shutil.which("caddy")


@dataclass(frozen=True, slots=True)
class Proxy:
    """One that runs."""

    scheme: str
    port: int
    plain_port: int = 0
    """Where it sends people on to ``https``."""

    def client(self, **headers: str) -> httpx.Client:
        """Return a client that reaches it by its public name."""
        return httpx.Client(
            base_url=f"{self.scheme}://127.0.0.1:{self.port}",
            headers={"Host": NAME, **headers},
            verify=False,
            timeout=30,
        )

    def connect(self) -> socket.socket:
        """Return a connection for what no client would send."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        if self.scheme == "http":
            return connection
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context.wrap_socket(connection, server_hostname=NAME)


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def replaced(text: str, changes: dict[str, str]) -> str:
    """Return ``text`` with each of the ``changes``, all of which must be in it once."""
    for old, new in changes.items():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


@contextmanager
def nginx(folder: Path, upstream: int, **timeouts: str) -> Iterator[Proxy]:
    """Run nginx in front of a port; ``timeouts`` are other values of directives."""
    assert NGINX is not None
    key, certificate = folder / "privkey.pem", folder / "fullchain.pem"
    names = ["-subj", f"/CN={NAME}", "-keyout", str(key), "-out", str(certificate)]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *names]
    subprocess.run(command, check=True, capture_output=True)
    proxy = Proxy("https", free_port(), free_port())
    folders = f"client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;"
    text = replaced(
        (DEPLOY / "nginx.conf").read_text(encoding="utf-8"),
        {
            "/var/log/nginx/error.log": f"{folder}/error.log",
            "/var/log/nginx/offbook.log": f"{folder}/offbook.log",
            "http {": f"http {{\n    {folders}",
            "server 127.0.0.1:8000;": f"server 127.0.0.1:{upstream};",
            "listen 80;": f"listen 127.0.0.1:{proxy.plain_port};",
            "listen 443 ssl http2;": f"listen 127.0.0.1:{proxy.port} ssl http2;",
            "/etc/ssl/offbook/fullchain.pem": str(certificate),
            "/etc/ssl/offbook/privkey.pem": str(key),
        },
    )
    for name, value in timeouts.items():
        (line,) = (line for line in text.splitlines() if line.strip().startswith(f"{name} "))
        text = text.replace(line, f"    {name} {value};")
    file = folder / "nginx.conf"
    file.write_text(text)
    own = f"daemon off; pid {folder}/nginx.pid;" + (" user root;" if os.geteuid() == 0 else "")
    command = [NGINX, "-e", f"{folder}/start.log", "-p", str(folder), "-c", str(file), "-g", own]
    with running(command, proxy.port):
        yield proxy


@contextmanager
def caddy(folder: Path, upstream: int, **timeouts: str) -> Iterator[Proxy]:
    """Run Caddy in front of a port, without TLS; ``timeouts`` are other values of its own."""
    assert CADDY is not None
    proxy = Proxy("http", free_port())
    text = replaced(
        (DEPLOY / "Caddyfile").read_text(encoding="utf-8"),
        {
            "\n{\n\tservers {": "\n{\n\tadmin off\n\tservers {",
            f"\n{NAME} {{": f"\nhttp://{NAME}:{proxy.port} {{\n\tbind 127.0.0.1",
            "reverse_proxy 127.0.0.1:8000": f"reverse_proxy 127.0.0.1:{upstream}",
        },
    )
    for name, value in timeouts.items():
        (line,) = (line for line in text.splitlines() if line.strip().startswith(f"{name} "))
        text = text.replace(line, f"\t\t\t{name} {value}")
    file = folder / "Caddyfile"
    file.write_text(text)
    command = [CADDY, "run", "--adapter", "caddyfile", "--config", str(file)]
    with running(command, proxy.port, HOME=str(folder), XDG_DATA_HOME=str(folder)):
        yield proxy


@contextmanager
def running(command: list[str], port: int, **environment: str) -> Iterator[None]:
    """Run a process that listens on ``port``, from then on."""
    process = subprocess.Popen(
        command,
        env=os.environ | environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(lambda: process.poll() is not None or _listens(port), seconds=20)
        assert process.poll() is None, "the proxy did not start"
        yield
    finally:
        process.terminate()
        process.wait(20)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
