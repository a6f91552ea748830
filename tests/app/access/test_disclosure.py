"""What callers read who are no admins, and what caches may keep."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.settings import Settings
from tests.app.access.calling import BEARER, guarded, sign_in
from tests.app.conftest import make_settings
from tests.app.running import Running, as_object, code_of, running

pytestmark = [pytest.mark.anyio, pytest.mark.one_database]


@pytest.fixture
async def stage(database_url: str, tmp_path: Path) -> AsyncIterator[Running]:
    async with running(guarded(database_url, tmp_path)) as started:
        yield started


async def test_metrics_are_for_admins(stage: Running, database_url: str, tmp_path: Path) -> None:
    assert code_of(await stage.http.get("/metrics")) == "401 admin_key_needed"
    wrong = {"Authorization": "Bearer wrong"}
    assert code_of(await stage.http.get("/metrics", headers=wrong)) == "401 admin_key_needed"
    assert "offbook_turns" in (await stage.http.get("/metrics", headers=BEARER)).text
    await sign_in(stage.http)
    assert (await stage.http.get("/metrics")).status_code == 200
    async with running(guarded(database_url, tmp_path, public_metrics=True)) as public:
        assert "offbook_turns" in (await public.http.get("/metrics")).text


async def test_readiness_is_for_everyone_and_its_details_for_admins(stage: Running) -> None:
    for status, ready in ((200, True), (503, False)):
        response = await stage.http.get("/readyz")
        body = as_object(response)
        assert (response.status_code, body.pop("ready")) == (status, ready)
        assert (body.pop("replicas"), body.pop("stopping")) == ([], False)
        assert {"database", "embedder", "engine"} <= body.keys()
        assert all(check == {"ok": ready, "detail": ""} for check in body.values())
        details = as_object(await stage.http.get("/readyz", headers=BEARER))
        assert details["embedder"] == {"ok": True, "detail": "hashing:v1:256"}
        assert details["database"] == {"ok": True, "detail": "sqlite"}
        await stage.engine.aclose()
    assert as_object(await stage.http.get("/healthz")) == {"status": "alive"}


async def test_readiness_answers_while_the_database_is_away(tmp_path: Path) -> None:
    settings = make_settings("postgresql://nobody@127.0.0.1:9/nothing", tmp_path)
    async with running(settings) as away:
        response = await away.http.get("/readyz")
        assert (response.status_code, as_object(response)["ready"]) == (503, False)
        # Whether a key exists is not known, so nobody is taken for the owner.
        assert code_of(await away.http.get("/metrics")) == "503 database_unavailable"
        assert code_of(await away.http.get("/api/status")) == "503 database_unavailable"
        forwarded = await away.http.get("/healthz", headers={"Via": "1.1 proxy"})
        assert forwarded.status_code == 403


async def test_no_answer_is_kept_by_caches(stage: Running) -> None:
    paths = as_object(await stage.http.get("/api/openapi.json"))["paths"]
    routes = [path for path, methods in paths.items() if "get" in methods]
    assert len(routes) > 20
    for route in [*routes, "/api/openapi.json", "/api/nothing", "/v1/nothing", "/v1//models"]:
        path = route.replace("{", "").replace("}", "")
        for headers in ({}, BEARER):
            response = await stage.http.get(path, headers=headers)
            assert response.headers["cache-control"] == "no-store", path
    for response in (
        await stage.http.post("/api/conversations", content=b"{"),
        await stage.http.get("/api/status", headers={"Host": "evil.example"}),
        await stage.http.post("/api/conversations", headers={"Origin": "http://evil.example"}),
    ):
        assert response.status_code >= 400
        assert response.headers["cache-control"] == "no-store"


async def test_what_says_otherwise_keeps_its_word(settings: Settings) -> None:
    async with running(settings) as stage:
        page = await stage.http.get("/")
        assert page.headers["cache-control"] == "no-cache"
