"""People who sign up and in, each in a browser of their own."""

from pathlib import Path
from typing import Any

import httpx

from app.settings import Settings
from tests.app.access.calling import BEARER, guarded
from tests.app.running import Json, Running, as_object

PASSWORD = "a wet horse in a bus"


def community(database_url: str, folder: Path, **access: Any) -> Settings:
    """A service with an admin key, where all may sign up."""
    return guarded(database_url, folder, **{"sign_up": "open", **access})


async def invite(stage: Running, **wanted: object) -> str:
    """The token of a new invitation that the holder of the admin key made."""
    response = await stage.client().post("/api/admin/invitations", json=wanted, headers=BEARER)
    assert response.status_code == 201, response.text
    token: str = as_object(response)["token"]
    return token


async def sign_up(browser: httpx.AsyncClient, login: str, **fields: object) -> httpx.Response:
    """Ask for an account."""
    body = {"login": login, "name": login.title(), "password": PASSWORD, **fields}
    return await browser.post("/api/people", json=body)


async def member(stage: Running, login: str, role: str = "reader") -> httpx.AsyncClient:
    """A browser in which a new person with this role is signed in."""
    browser = stage.client()
    invitation = await invite(stage, role=role)
    response = await sign_up(browser, login, invitation=invitation)
    assert response.status_code == 204, response.text
    return browser


async def sign_in(
    browser: httpx.AsyncClient, login: str, password: str = PASSWORD, **fields: object
) -> httpx.Response:
    """Sign in to an account."""
    body = {"login": login, "password": password, **fields}
    return await browser.post("/api/session", json=body)


async def me(browser: httpx.AsyncClient) -> Json:
    """Who the browser's user is."""
    response = await browser.get("/api/me")
    assert response.status_code == 200, response.text
    return as_object(response)
