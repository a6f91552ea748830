"""Alive, ready, what it is."""

from importlib.metadata import version

import httpx
import pytest

from app.main import create_app
from app.settings import Settings
from tests.app.conftest import make_settings
from tests.app.engines.fake_vllm import FakeVLLM, ServerThread, app_of
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


@pytest.mark.parametrize("is_up", [True, False])
async def test_an_engine_elsewhere_is_reported(settings: Settings, is_up: bool) -> None:
    server = ServerThread(app_of(FakeVLLM()))
    if not is_up:
        server.close()
    engine = {"kind": "openai", "base_url": server.base_url}
    app = create_app(make_settings(settings.database.url or "", settings.data_dir, engine=engine))
    transport = httpx.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http,
    ):
        ready = as_object(await http.get("/readyz"))
        metrics = (await http.get("/metrics")).text
        status = as_object(await http.get("/api/status"))
    if is_up:
        server.close()
    assert ready["ready"] == is_up
    detail = "index-character answers."
    if not is_up:
        detail = "The engine's server cannot be reached, or is still loading its model."
    assert ready["replicas"] == [{"number": 1, "ok": is_up, "detail": detail, "outstanding": 0}]
    assert status["engine"]["state"] == ("ready" if is_up else "unavailable")
    assert f'offbook_engine_replica_available{{replica="1"}} {float(is_up)}' in metrics
    assert 'offbook_engine_replica_failures_total{replica="1"} 0.0' in metrics
    # Anybody may read these; where the engine listens is the operator's business.
    assert server.base_url not in f"{ready}{metrics}{status}"
