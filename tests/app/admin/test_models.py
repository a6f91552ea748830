"""Operators list, pull, choose and delete models over the API; the hub is on loopback."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from app.engines.pull_errors import PullError
from app.main import create_app
from app.settings import Settings
from tests.app.conftest import make_settings
from tests.app.engines.embedded_fake import SLOW, World, pretend
from tests.app.engines.fake_vllm import ServerThread
from tests.app.engines.model_hub import ModelHub
from tests.app.running import Json, as_object, code_of, until

pytestmark = [pytest.mark.anyio, pytest.mark.one_database]

CLASSES = {"demo": "free", "demo-large": "free", "index": "registration", "poem": "gated"}
ROOT = "/api/admin/models"
SIZE = 4_000_000
"""Bytes of each file: progress is reported for every mebibyte."""
KEY = "the-key-under-the-mat"


@pytest.fixture(scope="module")
def hub_server() -> Iterator[tuple[ModelHub, str]]:
    hub = ModelHub()
    thread = ServerThread(hub.app())
    yield hub, thread.base_url
    thread.close()


@dataclass
class Office:
    """A running service and its hub."""

    http: httpx.AsyncClient
    hub: ModelHub
    world: World
    folder: Path

    async def read(self) -> Json:
        response = await self.http.get(ROOT)
        assert response.status_code == 200, response.text
        return as_object(response)

    async def model(self, name: str) -> Json:
        items: list[Json] = (await self.read())["items"]
        return next(item for item in items if item["name"] == name)

    async def pulled(self, name: str, state: str = "done") -> Json:
        """The pull of this model once it has ended so."""
        for _ in range(2_000):
            shown = await self.read()
            pull = shown["pull"]
            if pull is not None and pull["model"] == name and pull["state"] == state:
                return dict(pull)
            await _tick()
        raise AssertionError(f"{name} is not {state}: {shown['pull']}")

    async def switched(self, state: str = "done") -> Json:
        for _ in range(2_000):
            shown = await self.read()
            if shown["switch"] is not None and shown["switch"]["state"] == state:
                return shown
            await _tick()
        raise AssertionError(f"not {state}: {shown['switch']}")


async def _tick() -> None:
    await asyncio.sleep(0.005)


@asynccontextmanager
async def running(settings: Settings, hub: ModelHub, world: World) -> AsyncIterator[Office]:
    app = create_app(settings)
    transport = httpx.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http,
    ):
        office = Office(http, hub, world, settings.engine.models_dir)
        if settings.engine.kind == "embedded":
            supervisor = app.state.services.engine.supervisor
            await until(lambda: supervisor.running.engine is not None)
        yield office


@pytest.fixture
def hub(hub_server: tuple[ModelHub, str], monkeypatch: pytest.MonkeyPatch) -> ModelHub:
    hub, address = hub_server
    hub.__dict__.update(ModelHub().__dict__)
    hub.files = {name: name.encode().ljust(SIZE, b".") for name in CLASSES}
    monkeypatch.setenv("HF_ENDPOINT", address)
    return hub


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    world = pretend(monkeypatch)
    world.speeds = {"demo": SLOW}
    monkeypatch.setattr("app.admin.models.read_machine", lambda _: world.machine)
    return world


@pytest.fixture
def embedded(database_url: str, tmp_path: Path, hub: ModelHub) -> Settings:
    catalogue = hub.catalogue(tmp_path / "own.toml", CLASSES)
    del hub.files["index"]
    engine = {
        "kind": "embedded",
        "catalogue": catalogue,
        "models_dir": tmp_path / "models",
    }
    return make_settings(database_url, tmp_path, engine=engine)


@pytest.fixture
async def office(embedded: Settings, hub: ModelHub, world: World) -> AsyncIterator[Office]:
    async with running(embedded, hub, world) as office:
        yield office


async def test_the_list_has_licence_size_languages_and_what_suits(office: Office) -> None:
    shown = await office.read()
    assert (shown["kind"], shown["setting"], shown["chosen"]) == ("embedded", "auto", "auto")
    assert shown["machine"]["cores"] == 4
    poem = await office.model("poem")
    assert (poem["licence_class"], poem["size"]) == ("gated", SIZE)
    assert (poem["languages"], poem["present"], poem["answering"]) == (["en", "zh"], False, False)
    assert poem["vllm_command"][0].startswith("vllm serve team/poem --max-model-len 512")
    demo = await office.model("demo")
    assert (demo["present"], demo["answering"], demo["stand_in"]) == (True, True, True)
    coser = await office.model("coser-8b")
    assert (coser["engines"], coser["size"], coser["fit"]) == (["vllm"], None, None)


async def test_a_licence_that_is_not_free_is_confirmed_first(office: Office) -> None:
    for body in ({}, {"accept_licence": False}):
        refused = await office.http.post(f"{ROOT}/poem/pull", json=body)
        assert code_of(refused) == "409 licence_not_accepted"
        assert as_object(refused)["error"]["detail"]["licence"] == "Its own licence"
    refused = await office.http.put(f"{ROOT}/choice", json={"model": "poem"})
    assert code_of(refused) == "409 licence_not_accepted"
    assert (await office.read())["pull"]["model"] != "poem"
    accepted = await office.http.post(f"{ROOT}/poem/pull", json={"accept_licence": True})
    assert accepted.status_code == 202
    await office.pulled("poem")
    assert (await office.model("poem"))["present"]


async def test_a_pull_shows_progress_is_cancelled_and_goes_on(office: Office) -> None:
    office.hub.delay, office.hub.piece = 0.1, 100_000
    await office.http.post(f"{ROOT}/poem/pull", json={"accept_licence": True})
    for _ in range(2_000):
        pull = (await office.read())["pull"]
        if pull["model"] == "poem" and pull["done"]:
            break
        await _tick()
    assert 0 < pull["done"] < pull["total"] == SIZE
    other = await office.http.post(f"{ROOT}/demo-large/pull", json={})
    assert code_of(other) == "409 pull_running"
    deleting = await office.http.delete(f"{ROOT}/poem")
    assert code_of(deleting) == "409 pull_running"
    cancelled = await office.http.delete(f"{ROOT}/poem/pull")
    assert cancelled.status_code == 202
    await office.pulled("poem", "cancelled")
    partial = (await office.model("poem"))["partial"]
    assert 0 < partial < SIZE
    office.hub.delay = 0.0
    office.hub.ranges.clear()
    await office.http.post(f"{ROOT}/poem/pull", json={"accept_licence": True})
    await office.pulled("poem")
    assert office.hub.ranges == [f"bytes={partial}-"]
    again = await office.http.delete(f"{ROOT}/poem/pull")
    assert code_of(again) == "409 no_pull"


async def test_a_pull_that_fails_says_why(office: Office) -> None:
    await office.http.post(f"{ROOT}/index/pull", json={"accept_licence": True})
    pull = await office.pulled("index", "failed")
    assert "404" in pull["error"]


async def test_a_choice_pulls_loads_and_stays(office: Office) -> None:
    asked = await office.http.put(f"{ROOT}/choice", json={"model": "poem", "accept_licence": True})
    assert asked.status_code == 202
    shown = await office.switched()
    assert shown["chosen"] == "poem"
    assert (await office.model("poem"))["answering"]
    assert shown["reason"]["code"] == "operator"
    back = await office.http.put(f"{ROOT}/choice", json={"model": "auto"})
    assert back.status_code == 202
    await office.switched()
    assert (await office.model("demo"))["answering"]


async def test_a_model_that_cannot_be_loaded_changes_nothing(office: Office) -> None:
    office.world.broken = {"poem"}
    await office.http.put(f"{ROOT}/choice", json={"model": "poem", "accept_licence": True})
    shown = await office.switched("failed")
    assert "cannot load poem" in shown["switch"]["error"]
    assert shown["chosen"] == "auto"
    assert (await office.model("demo"))["answering"]


async def test_files_are_deleted_unless_they_answer(office: Office) -> None:
    in_use = await office.http.delete(f"{ROOT}/demo")
    assert code_of(in_use) == "409 model_in_use"
    missing = await office.http.delete(f"{ROOT}/poem")
    assert code_of(missing) == "404 model_not_here"
    await office.http.post(f"{ROOT}/poem/pull", json={"accept_licence": True})
    await office.pulled("poem")
    assert (await office.http.delete(f"{ROOT}/poem")).status_code == 204
    assert not list(office.folder.glob("poem*"))
    assert (office.folder / "demo.gguf").is_file()


@pytest.mark.parametrize(
    "name",
    ["..%2F..%2Fetc%2Fpasswd", "%2e%2e", "demo.gguf", "/etc/passwd", "DEMO", "x" * 5_000, "%00"],
)
async def test_nothing_but_a_name_of_the_catalogue_is_understood(office: Office, name: str) -> None:
    before = sorted(office.folder.iterdir())
    for method, path in (
        ("POST", f"{ROOT}/{name}/pull"),
        ("DELETE", f"{ROOT}/{name}/pull"),
        ("DELETE", f"{ROOT}/{name}"),
    ):
        response = await office.http.request(
            method, path, json={"accept_licence": True} if method == "POST" else None
        )
        assert response.status_code in {404, 405, 414, 431}, (method, path, response.text)
    chosen = await office.http.put(f"{ROOT}/choice", json={"model": name, "accept_licence": True})
    assert chosen.status_code in {404, 422}
    assert sorted(office.folder.iterdir()) == before


async def test_a_model_without_a_file_needs_vllm(office: Office) -> None:
    for response in (
        await office.http.post(f"{ROOT}/coser-8b/pull", json={"accept_licence": True}),
        await office.http.put(f"{ROOT}/choice", json={"model": "coser-8b"}),
    ):
        assert code_of(response) == "422 model_needs_vllm"


async def test_a_named_model_is_changed_by_the_settings_alone(
    embedded: Settings, hub: ModelHub, world: World
) -> None:
    engine = embedded.engine.model_copy(update={"model": "demo"})
    async with running(embedded.model_copy(update={"engine": engine}), hub, world) as office:
        assert (await office.read())["setting"] == "demo"
        refused = await office.http.put(f"{ROOT}/choice", json={"model": "demo-large"})
        assert code_of(refused) == "409 model_set_by_settings"
        assert (await office.http.post(f"{ROOT}/demo-large/pull", json={})).status_code == 202
        await office.pulled("demo-large")


async def test_a_server_of_its_own_is_described_and_not_touched(
    settings: Settings, hub: ModelHub, world: World
) -> None:
    async with running(settings, hub, world) as office:
        shown = await office.read()
        assert (shown["kind"], shown["pull"], shown["switch"]) == ("scripted", None, None)
        for response in (
            await office.http.post(f"{ROOT}/demo/pull", json={}),
            await office.http.put(f"{ROOT}/choice", json={"model": "demo"}),
            await office.http.delete(f"{ROOT}/demo/pull"),
            await office.http.delete(f"{ROOT}/demo"),
        ):
            assert code_of(response) == "409 engine_not_embedded"


async def test_everything_needs_the_admin_key(
    embedded: Settings, hub: ModelHub, world: World
) -> None:
    access = embedded.access.model_copy(update={"admin_key": KEY})
    settings = Settings.model_validate(
        {**embedded.model_dump(), "access": {**access.model_dump(), "admin_key": KEY}}
    )
    async with running(settings, hub, world) as office:
        for method, path, body in (
            ("GET", ROOT, None),
            ("POST", f"{ROOT}/poem/pull", {"accept_licence": True}),
            ("DELETE", f"{ROOT}/poem/pull", None),
            ("DELETE", f"{ROOT}/demo", None),
            ("PUT", f"{ROOT}/choice", {"model": "poem"}),
            ("POST", f"{ROOT}/no-such/pull", {}),
        ):
            response = await office.http.request(method, path, json=body)
            assert code_of(response) == "401 admin_key_needed", (method, path)
        allowed = await office.http.get(ROOT, headers={"Authorization": f"Bearer {KEY}"})
        assert allowed.status_code == 200


async def test_a_file_that_cannot_be_deleted_is_an_answer(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> bool:
        raise PullError("The disk is read-only.")

    monkeypatch.setattr("app.admin.models.delete_model", fail)
    response = await office.http.delete(f"{ROOT}/poem")
    assert code_of(response) == "409 model_not_deleted"
