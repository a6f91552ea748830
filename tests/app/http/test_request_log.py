"""Ids of requests, and the line that each leaves."""

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.app.conftest import make_settings
from tests.app.running import running

pytestmark = [pytest.mark.anyio, pytest.mark.one_database]


@pytest.mark.parametrize("given", ["", "x" * 65, "with space", "a\tb", "é", "a;b"])
async def test_an_id_that_is_none_is_replaced(
    database_url: str, tmp_path: Path, given: str
) -> None:
    async with running(make_settings(database_url, tmp_path)) as stage:
        headers = {b"X-Request-ID": given.encode()}
        answer = await stage.http.get("/healthz", headers=headers)
        assert answer.headers["x-request-id"].encode() != given.encode()
        assert len(answer.headers["x-request-id"]) == 32


async def test_every_answer_has_one_refusals_too(database_url: str, tmp_path: Path) -> None:
    async with running(make_settings(database_url, tmp_path)) as stage:
        for path in ("/api/nothing", "/static/none.js", "/api/conversations?limit=x"):
            answer = await stage.http.get(path, headers={"X-Request-ID": "r:1"})
            assert answer.status_code >= 400
            assert answer.headers["x-request-id"] == "r:1"


async def test_lines_name_the_route_and_not_what_is_in_the_address(
    database_url: str, tmp_path: Path
) -> None:
    settings = make_settings(database_url, tmp_path).model_copy(update={"log_requests": True})
    async with running(settings) as stage:
        with capture_logs() as logs:
            await stage.http.get("/api/characters/secret-slug?search=secret")
            await stage.http.get("/api/nothing")
        lines = [each for each in logs if each["event"] == "request"]
    assert [(each["method"], each["path"], each["status"]) for each in lines] == [
        ("GET", "/api/characters/{slug}", 404),
        ("GET", "/api/nothing", 404),
    ]
    assert "secret" not in str(lines)


async def test_no_line_is_the_default(database_url: str, tmp_path: Path) -> None:
    async with running(make_settings(database_url, tmp_path)) as stage:
        with capture_logs() as logs:
            await stage.http.get("/healthz")
    assert [each for each in logs if each["event"] == "request"] == []
