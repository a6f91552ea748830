"""Alive, ready, what it is."""

from importlib.metadata import version

import pytest

from tests.app.running import Running, as_object

pytestmark = pytest.mark.anyio


async def test_alive_and_ready(stage: Running) -> None:
    assert as_object(await stage.http.get("/healthz")) == {"status": "alive"}
    response = await stage.http.get("/readyz")
    assert response.status_code == 200
    ready = as_object(response)
    assert ready["ready"]
    assert ready["database"]["ok"]
    assert ready["embedder"] == {"ok": True, "detail": "hashing:v1:256"}


async def test_without_an_engine_it_is_alive_but_not_ready(stage: Running) -> None:
    await stage.engine.aclose()
    assert (await stage.http.get("/healthz")).status_code == 200
    response = await stage.http.get("/readyz")
    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
    ready = as_object(response)
    assert (ready["ready"], ready["engine"]["ok"], ready["database"]["ok"]) == (False, False, True)
    status = as_object(await stage.http.get("/api/status"))
    assert status["engine"]["state"] == "unavailable"


async def test_the_status_tells_what_answers_and_what_is_allowed(stage: Running) -> None:
    status = as_object(await stage.http.get("/api/status"))
    assert status["version"] == version("offbook")
    assert (status["engine"]["kind"], status["engine"]["state"]) == ("scripted", "ready")
    assert status["engine"]["model"] == "scripted"
    assert (status["admin_required"], status["signed_in"], status["may_upload"]) == (
        False,
        True,
        True,
    )
    assert (status["upload_bytes"], status["message_characters"]) == (200_000_000, 4_000)


async def test_metrics_are_prometheus_text(stage: Running) -> None:
    response = await stage.http.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain")
    assert "# TYPE offbook_turns_total counter" in response.text
