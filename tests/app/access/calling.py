"""Guarded services, and callers at addresses of their own."""

from pathlib import Path
from typing import Any

import httpx

from app.settings import Settings
from tests.app.conftest import make_settings
from tests.app.running import Running

KEY = "ob_the-key-of-these-tests"
BEARER = {"Authorization": f"Bearer {KEY}"}
SESSION = "/api/admin/session"
STATS = "/api/admin/stats"


def guarded(database_url: str, folder: Path, **access: Any) -> Settings:
    """A service on loopback with a configured key, as one behind a proxy is."""
    return make_settings(database_url, folder, access={"admin_key": KEY, **access})


def caller(stage: Running, address: str, **headers: str) -> httpx.AsyncClient:
    """A client whose connection comes from ``address``, with cookies of its own."""
    transport = httpx.ASGITransport(app=stage.app, client=(address, 40_000))
    return httpx.AsyncClient(
        transport=transport, base_url="http://127.0.0.1", headers=headers or None
    )


def with_cookie(stage: Running, name: str, value: str) -> httpx.AsyncClient:
    """A client with this cookie, and whatever bytes are in it."""
    client = stage.client()
    client.headers = httpx.Headers([(b"Cookie", f"{name}={value}".encode())])
    return client


async def sign_in(client: httpx.AsyncClient, key: str = KEY, **headers: str) -> httpx.Response:
    """Show a key on the admin page."""
    return await client.post(SESSION, json={"key": key}, headers=headers or None)
