"""People who sign in with the provider of the tests, each in a browser of their own."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from app.settings import Settings
from tests.app.accounts.signing import community
from tests.app.openid.provider import CLIENT, SECRET, FakeProvider
from tests.app.running import Running, as_object

FLOW = "offbook_openid"


def with_provider(
    database_url: str,
    folder: Path,
    fake: FakeProvider,
    openid: dict[str, Any] | None = None,
    **access: Any,
) -> Settings:
    """A service whose people may sign in with the provider."""
    provider = {"issuer": fake.issuer, "client_id": CLIENT, "client_secret": SECRET, "timeout": 5}
    settings = {**provider, "name": "the Guild", **(openid or {})}
    return community(database_url, folder, openid=settings, **access)


async def begin(browser: httpx.AsyncClient, **fields: object) -> str:
    """The provider's address that a browser is sent to."""
    response = await browser.post("/api/openid/sign-in", json=fields)
    assert response.status_code == 200, response.text
    address: str = as_object(response)["address"]
    return address


async def come_back(stage: Running, browser: httpx.AsyncClient, address: str) -> httpx.Response:
    """Return from the provider's site, as browsers do: without the cookies that are strict."""
    async with stage.client() as crossing:
        if (flow := browser.cookies.get(FLOW)) is not None:
            crossing.cookies.set(FLOW, flow)
        response = await crossing.get(address, headers={"Sec-Fetch-Site": "cross-site"})
        browser.cookies.extract_cookies(response)
    assert response.status_code == 303, response.text
    return response


async def sign_in_with(
    stage: Running, browser: httpx.AsyncClient, fake: FakeProvider, **fields: object
) -> str:
    """Sign in with the provider; where the browser goes on."""
    address = fake.authorize(await begin(browser, **fields))
    return (await come_back(stage, browser, address)).headers["location"]


def problem_of(location: str) -> str:
    """The problem that a page is to show; empty without one."""
    return query_of(location).get("problem", "")


def query_of(location: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
