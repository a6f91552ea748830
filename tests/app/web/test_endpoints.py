"""The pages' files by their addresses, without a browser and without the service."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI
from starlette.types import Scope

from app.access.addresses import Client
from app.web.endpoints import router

pytestmark = pytest.mark.anyio

HTML = {"Accept": "text/html,application/xhtml+xml"}


class _Visitors:
    """What a page asks of the service: a cookie for a new browser."""

    access: "_Visitors"

    def __init__(self) -> None:
        self.access = self

    def client(self, scope: Scope) -> Client:
        return Client("127.0.0.1", "http")

    async def new_visitor_cookie(self) -> str:
        return "token.signature"


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.state.services = _Visitors()
    app.include_router(router)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        yield client


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/characters/三三",
        "/conversations/019c0000-0000-7000-8000-000000000000",
        "/scripts",
        "/scripts/019c0000-0000-7000-8000-000000000000",
        "/upload",
    ],
)
async def test_every_address_of_the_chat_is_the_same_page(
    http: httpx.AsyncClient, path: str
) -> None:
    page = await http.get(path)
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.content == (await http.get("/")).content


async def test_other_pages_have_files_of_their_own(http: httpx.AsyncClient) -> None:
    pages = {path: await http.get(path) for path in ("/", "/admin", "/api/docs", "/favicon.ico")}
    assert {page.status_code for page in pages.values()} == {200}
    assert len({page.content for page in pages.values()}) == 4
    assert (await http.get("/admin/characters/ben")).content == pages["/admin"].content
    assert pages["/favicon.ico"].headers["content-type"] == "image/svg+xml"


async def test_an_upgraded_service_is_an_upgraded_page(http: httpx.AsyncClient) -> None:
    page = await http.get("/")
    tag = page.headers["etag"]
    assert page.headers["cache-control"] == "no-cache"
    for known in (tag, f"W/{tag}", f'"another", {tag}', f' "another" ,W/{tag} '):
        again = await http.get("/", headers={"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tag
        assert again.headers["content-security-policy"].startswith("default-src 'none'")
    for other in ('"another"', tag.strip('"'), "", tag[:-2] + '"'):
        assert (await http.get("/", headers={"If-None-Match": other})).status_code == 200


async def test_a_page_that_is_not_found_is_shown_again_to_who_has_seen_it(
    http: httpx.AsyncClient,
) -> None:
    first = await http.get("/nowhere", headers=HTML)
    assert first.status_code == 404
    assert first.content
    # Browsers keep a 404 as well, and ask whether it is still the same.
    again = await http.get("/nowhere", headers={**HTML, "If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (404, first.content)


@pytest.mark.parametrize("path", ["/api/nowhere", "/v1/nowhere", "/static/nowhere.js"])
async def test_an_address_of_programs_is_never_a_page(http: httpx.AsyncClient, path: str) -> None:
    response = await http.get(path, headers=HTML)
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/json"


async def test_a_program_is_not_answered_with_a_page(http: httpx.AsyncClient) -> None:
    for accept in ("*/*", "application/json"):
        response = await http.get("/nowhere", headers={"Accept": accept})
        assert (response.status_code, response.json()) == (404, {"detail": "Not Found"})
    assert (await http.post("/nowhere", headers=HTML)).status_code in {404, 405}


@pytest.mark.parametrize(
    "path",
    [
        "/static/",
        "/static/js",
        "/static/../endpoints.py",
        "/static/%2e%2e/endpoints.py",
        "/static/js/..%2f..%2f..%2fendpoints.py",
        "/static//etc/passwd",
        "/static/%2fetc/passwd",
        "/static/index.html%00.js",
        "/static/INDEX.HTML",
    ],
)
async def test_only_listed_files_are_sent(http: httpx.AsyncClient, path: str) -> None:
    assert (await http.get(path)).status_code == 404


async def test_files_have_the_types_that_browsers_insist_on(http: httpx.AsyncClient) -> None:
    for path, media_type in {
        "/static/js/main.js": "text/javascript",
        "/static/img/favicon.svg": "image/svg+xml",
        "/static/index.html": "text/html",
    }.items():
        response = await http.get(path)
        assert response.status_code == 200
        assert response.headers["content-type"].partition(";")[0] == media_type
        assert response.headers["x-content-type-options"] == "nosniff"
