"""What admins see of the service: its settings and its engine's health."""

import httpx
import pytest

from app.engines.openai_http import OpenAIEngine
from app.engines.port import EngineOverloadedError, Sampling
from app.health.engine_health import describe_health, summarize
from app.health.repository import StoredReply
from app.main import create_app
from tests.app.access.calling import BEARER, KEY, guarded
from tests.app.conftest import make_settings
from tests.app.engines.fake_vllm import FakeVLLM, ServerThread, app_of
from tests.app.running import Json, Running, as_object, running

pytestmark = pytest.mark.anyio


async def health(stage: Running) -> Json:
    response = await stage.http.get("/api/admin/engine")
    assert response.status_code == 200, response.text
    return as_object(response)


async def test_the_settings_of_the_process_are_shown_without_secrets(
    database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("house")
    async with running(guarded(database_url, folder)) as stage:
        stage.http.headers.update(BEARER)
        response = await stage.http.get("/api/admin/settings")
    assert response.status_code == 200
    assert KEY not in response.text
    items = {each["name"]: each for each in as_object(response)["items"]}
    assert items["access.admin_key"]["value"] == "set"
    assert items["data_dir"]["value"] == str(folder)
    assert items["engine.kind"]["about"].startswith("``embedded``")


async def test_an_engine_at_rest(stage: Running) -> None:
    found = await health(stage)
    assert found["ready"] is True
    assert (found["queue"]["running"], found["queue"]["waiting"]) == (0, 0)
    assert found["replies"]["first_token_ms"] is None
    assert (found["failures"], found["servers"]) == ([], [])
    assert found["process"]["turns"] == 0


async def test_replies_are_counted_from_what_is_stored(stage: Running) -> None:
    await stage.make_character()
    await stage.say(await stage.open(), "Is the lamp lit?")
    replies = (await health(stage))["replies"]
    assert (replies["replies"], replies["cut_off"]) == (1, 0)
    assert replies["first_token_ms"] > 0
    assert replies["tokens_per_second"] is None or replies["tokens_per_second"] > 0


async def test_failures_are_counted_by_kind(stage: Running) -> None:
    stage.engine.fail_before = EngineOverloadedError("No slot is free.")
    for _ in range(2):
        with pytest.raises(EngineOverloadedError):
            async for _ in stage.services.engine.stream("Hello", Sampling()):
                pass
    failure = (await health(stage))["failures"][0]
    assert (failure["kind"], failure["recent"], failure["total"]) == ("overloaded", 2, 2)
    assert failure["reason"] == "No slot is free."
    # To look at an engine that is away is no failed call of it.
    await stage.engine.aclose()
    for _ in range(3):
        found = await health(stage)
    assert found["ready"] is False
    assert [each["kind"] for each in found["failures"]] == ["overloaded"]


async def test_postgresql_counts_the_processes_and_sqlite_does_not(
    stage: Running, database_url: str
) -> None:
    process = (await health(stage))["process"]
    is_counted = database_url.startswith("postgresql")
    assert process["others_known"] is is_counted
    if is_counted:
        async with running(make_settings(database_url, stage.services.settings.data_dir)) as other:
            assert len((await health(other))["process"]["processes"]) == 2
        assert len((await health(stage))["process"]["processes"]) == 1


@pytest.mark.one_database
async def test_a_server_elsewhere_says_what_it_does(
    database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    server = ServerThread(app_of(FakeVLLM()))
    settings = make_settings(
        database_url,
        tmp_path_factory.mktemp("vllm"),
        engine={"kind": "openai", "base_url": server.base_url},
    )
    engine = OpenAIEngine(server.base_url)
    app = create_app(settings, engine=engine)
    async with app.router.lifespan_context(app):
        found = await describe_health(app.state.services)
    server.close()
    (one,) = found.servers
    # This one has no /metrics: what it does not say stays unknown.
    assert (one.number, one.reports, one.running) == (1, False, None)
    assert found.context_length == 4_096


def test_figures_worked_out_by_hand() -> None:
    replies = [StoredReply(True, float(n), 10.0 * n) for n in range(1, 21)]
    found = summarize([*replies, StoredReply(False, None, None)])
    assert (found.replies, found.cut_off) == (21, 1)
    assert (found.first_token_ms, found.first_token_slow_ms) == (10.0, 19.0)
    assert found.tokens_per_second == 100.0
    assert summarize([]).first_token_ms is None


async def test_only_admins_see_any_of_it(
    database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    async with running(guarded(database_url, tmp_path_factory.mktemp("closed"))) as stage:
        answers: list[httpx.Response] = [
            await stage.client().get(f"/api/admin/{path}")
            for path in ("settings", "engine", "backups", "scripts")
        ]
    assert {each.status_code for each in answers} == {401}
