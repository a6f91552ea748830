"""The addresses of the pages and how they are answered."""

import json
from http.client import HTTPConnection, HTTPResponse
from urllib.parse import urlsplit

import pytest

pytestmark = pytest.mark.browser


def fetch(server: str, path: str, **headers: str) -> tuple[HTTPResponse, bytes]:
    connection = HTTPConnection(urlsplit(server).netloc, timeout=10)
    try:
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        return response, response.read()
    finally:
        connection.close()


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/characters/anyone",
        "/conversations/x",
        "/scripts",
        "/scripts/x",
        "/stage",
        "/upload",
        "/scripts/x/rehearse",
        "/scripts/x/rehearse/A%2FB",
    ],
)
def test_every_view_has_an_address(server: str, path: str) -> None:
    response, body = fetch(server, path)
    assert response.status == 200
    assert b'src="/static/js/main.js"' in body


def test_pages_are_strict_and_always_revalidated(server: str) -> None:
    response, _ = fetch(server, "/")
    assert response.headers["Cache-Control"] == "no-cache"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    again, body = fetch(server, "/", **{"If-None-Match": str(response.headers["ETag"])})
    assert (again.status, body) == (304, b"")


def test_a_module_is_javascript(server: str) -> None:
    response, _ = fetch(server, "/static/js/main.js")
    assert response.status == 200
    assert "javascript" in response.headers["Content-Type"]
    assert response.headers["ETag"]


@pytest.mark.parametrize("path", ["/static/../endpoints.py", "/static/%2e%2e/endpoints.py"])
def test_nothing_outside_the_folder_is_served(server: str, path: str) -> None:
    response, body = fetch(server, path)
    assert response.status == 404
    assert b"APIRouter" not in body


def test_a_mistyped_address_is_a_page_for_people_and_json_for_programs(server: str) -> None:
    response, body = fetch(server, "/nowhere", Accept="text/html")
    assert response.status == 404
    assert b"<!doctype html>" in body
    for path in ("/nowhere", "/api/nowhere", "/v1/nowhere"):
        response, body = fetch(server, path)
        assert response.status == 404
        assert json.loads(body)["error"]["code"] == "not_found"
    response, body = fetch(server, "/api/nowhere", Accept="text/html")
    assert json.loads(body)["error"]["code"] == "not_found"
