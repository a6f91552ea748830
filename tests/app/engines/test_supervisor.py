"""Which model answers: at the first start, at the next, on request, and when something breaks."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from app.engines.adapters import ServedAdapter
from app.engines.choice import Choice, read_choice, store_choice
from app.engines.host import EngineHost, HostStatus
from app.engines.port import AdapterUnknownError, EngineUnavailableError, Sampling
from app.engines.speed import Speed
from app.settings import EngineSettings, Settings
from tests.app.engines.contract import PROMPT, collect, text_of
from tests.app.engines.embedded_fake import QUICK, ROOMY, SLOW, World, pretend
from tests.app.engines.fake_vllm import ServerThread
from tests.app.engines.model_hub import ModelHub
from tests.app.running import until

pytestmark = pytest.mark.anyio

CLASSES = {"demo": "free", "demo-large": "free", "index": "registration", "poem": "free"}
WHOLE = Sampling(max_tokens=100)


@pytest.fixture(scope="module")
def hub_server() -> Iterator[tuple[ModelHub, str]]:
    hub = ModelHub()
    thread = ServerThread(hub.app())
    yield hub, thread.base_url
    thread.close()


@dataclass
class Place:
    """A models' directory with its hub, and the services that run in it, one after another."""

    hub: ModelHub
    world: World
    settings: Settings
    index: bytes
    """File that the hub gets in some tests."""
    seen: list[HostStatus] = field(default_factory=list)

    @property
    def folder(self) -> Path:
        return self.settings.engine.models_dir

    @asynccontextmanager
    async def service(self, **engine: object) -> AsyncIterator[EngineHost]:
        changed = self.settings.engine.model_copy(update=engine)
        settings = self.settings.model_copy(update={"engine": changed})
        host = EngineHost(settings, on_change=lambda status: self.seen.append(replace(status)))
        host.start()
        try:
            yield host
        finally:
            await host.aclose()


@pytest.fixture
def place(
    tmp_path: Path, hub_server: tuple[ModelHub, str], monkeypatch: pytest.MonkeyPatch
) -> Place:
    """A place whose hub lacks ``index``: as where no hub of the role-play model answers."""
    hub, address = hub_server
    hub.__dict__.update(ModelHub().__dict__)
    sizes = {"demo": 400_000, "demo-large": 900_000, "index": 700_000, "poem": 500_000}
    hub.files = {name: name.encode().ljust(size, b".") for name, size in sizes.items()}
    catalogue = hub.catalogue(tmp_path / "own.toml", CLASSES)
    index = hub.files.pop("index")
    engine = EngineSettings(models_dir=tmp_path / "models", catalogue=catalogue)
    monkeypatch.setenv("HF_ENDPOINT", address)
    return Place(hub, pretend(monkeypatch), Settings(engine=engine), index)


async def answering(host: EngineHost, name: str) -> None:
    """Until this model answers."""
    assert host.supervisor is not None
    running = host.supervisor.running
    await until(lambda: running.engine and running.model and running.model.name == name)


async def settled(host: EngineHost) -> None:
    """Until nothing is improved any more."""
    assert host.supervisor is not None
    supervisor = host.supervisor
    await until(lambda: supervisor._improving is not None and supervisor._improving.done())


async def test_the_small_model_answers_first_and_the_large_one_follows(place: Place) -> None:
    place.world.speeds = {"demo": QUICK, "demo-large": Speed(70.0, 17.0)}
    place.hub.delay = 0.01
    async with place.service() as host:
        await answering(host, "demo")
        assert text_of(await collect(host, PROMPT, WHOLE)).startswith("I am demo.")
        await answering(host, "demo-large")
        await settled(host)
        assert (await host.status()).detail.startswith("The demo-large one answers.")
    assert place.world.started == ["demo", "demo-large"]
    plans = [status.plan for status in place.seen if status.plan]
    assert "is pulled in the background" in plans[0]
    choice = read_choice(place.folder)
    assert (choice.answering, choice.model) == ("demo-large", "auto")
    assert set(choice.speeds) == {"demo", "demo-large"}


async def test_the_next_start_is_instant_and_measures_nothing(place: Place) -> None:
    place.world.speeds = {"demo": QUICK, "demo-large": Speed(70.0, 17.0)}
    async with place.service() as host:
        await answering(host, "demo-large")
        await settled(host)
    place.world.started.clear()
    place.world.measured.clear()
    place.hub.ranges.clear()
    async with place.service() as host:
        await answering(host, "demo-large")
        await settled(host)
    assert place.world.started == ["demo-large"]
    assert place.world.measured == []
    assert place.hub.ranges == []


async def test_a_slow_machine_keeps_the_small_model(place: Place) -> None:
    place.world.speeds = {"demo": SLOW}
    async with place.service() as host:
        await answering(host, "demo")
        await settled(host)
    assert place.world.started == ["demo"]
    reason = read_choice(place.folder).reason
    assert reason is not None
    assert reason.code == "slow_predicted"


async def test_a_large_model_that_disappoints_is_taken_back(place: Place) -> None:
    place.world.speeds = {"demo": QUICK, "demo-large": SLOW}
    async with place.service() as host:
        await until(lambda: place.world.started == ["demo", "demo-large", "demo"])
        await settled(host)
        reason = read_choice(place.folder).reason
        assert reason is not None
        assert (reason.code, reason.figures["reply"]) == ("slow", 2.0)


async def test_a_busy_machine_is_measured_later(place: Place) -> None:
    place.world.busy = True
    place.world.speeds = {"demo": QUICK, "demo-large": QUICK}
    async with place.service() as host:
        await answering(host, "demo")
        assert place.world.measured == []
        place.world.busy = False
        await answering(host, "demo-large")


async def test_little_memory_keeps_the_small_model(place: Place) -> None:
    place.world.speeds = {"demo": QUICK}
    place.world.machine = replace(ROOMY, memory=1_500_000_000)
    async with place.service() as host:
        await answering(host, "demo")
        await settled(host)
    assert place.world.started == ["demo"]


async def test_the_role_play_model_comes_first_where_a_hub_answers(place: Place) -> None:
    place.hub.files["index"] = place.index
    async with place.service() as host:
        await answering(host, "index")
        await settled(host)
    assert place.world.started == ["index"]
    assert place.world.measured == []  # only stand-ins are compared
    assert "register with its authors" in place.seen[-1].detail
    # Not before it is so.
    said = [(each.state, "answers" in each.detail) for each in place.seen]
    assert all(answers == (state == "ready") for state, answers in said), said


async def test_a_hub_that_answers_later_brings_it_in_the_background(place: Place) -> None:
    place.world.speeds = {"demo": SLOW}
    async with place.service() as host:
        await answering(host, "demo")
        await settled(host)
    place.hub.files["index"] = place.index
    async with place.service() as host:
        await answering(host, "index")
        await settled(host)
    assert place.world.started == ["demo", "demo", "index"]


async def test_a_named_model_is_neither_measured_nor_replaced(place: Place) -> None:
    async with place.service(model="demo") as host:
        await answering(host, "demo")
    assert place.world.measured == []
    assert place.world.started == ["demo"]
    assert not [status for status in place.seen if status.plan]


async def test_an_operator_chooses_and_the_choice_stays(place: Place) -> None:
    place.world.speeds = {"demo": SLOW}
    async with place.service() as host:
        await answering(host, "demo")
        await settled(host)
        assert host.supervisor is not None
        switch = host.supervisor.begin_switch("poem")
        await answering(host, "poem")
        await until(lambda: switch.state == "done")
        assert text_of(await collect(host, PROMPT, WHOLE)).startswith("I am poem.")
    async with place.service() as host:
        await answering(host, "poem")
        assert host.supervisor is not None
        switch = host.supervisor.begin_switch("auto")
        await answering(host, "demo")
        await until(lambda: switch.state == "done")
    assert read_choice(place.folder).model == "auto"


async def test_a_reply_that_is_being_written_ends_before_the_exchange(place: Place) -> None:
    place.world.speeds = {"demo": SLOW}
    async with place.service() as host:
        await answering(host, "demo")
        await settled(host)
        assert host.supervisor is not None
        place.world.engines[-1].delay = 0.02
        stream = host.stream(PROMPT, WHOLE)
        said = [(await anext(stream)).text]
        host.supervisor.begin_switch("poem")
        await until(lambda: not host._gate.is_open)
        late = asyncio.create_task(collect(host, PROMPT, WHOLE))
        assert await host.ready()  # a turn is accepted, and waits
        said += [delta.text async for delta in stream]
        assert "".join(said) == "I am demo. I speak until the end of it."
        assert text_of(await late) == "I am poem. I speak until the end of it."


async def test_a_model_that_cannot_be_loaded_leaves_the_one_before_it(place: Place) -> None:
    place.world.speeds = {"demo": SLOW}
    place.world.broken = {"poem"}
    async with place.service() as host:
        await answering(host, "demo")
        await settled(host)
        assert host.supervisor is not None
        switch = host.supervisor.begin_switch("poem")
        await until(lambda: switch.state == "failed")
        assert "cannot load poem" in switch.error
        assert text_of(await collect(host, PROMPT, WHOLE)).startswith("I am demo.")
    assert read_choice(place.folder).model == "auto"


async def test_a_model_that_died_is_loaded_again(place: Place) -> None:
    async with place.service(model="poem") as host:
        await answering(host, "poem")
        place.world.engines[-1].die()
        await until(lambda: place.world.started == ["poem", "poem"])
        await answering(host, "poem")


async def test_a_large_stand_in_that_cannot_be_loaded_gives_way(place: Place) -> None:
    place.world.broken = {"demo-large"}
    place.world.speeds = {"demo": QUICK}
    async with place.service() as host:
        await until(lambda: "demo-large" in place.world.started)
        await answering(host, "demo")
    async with place.service() as host:
        await until(lambda: len(place.world.started) >= 4)
        await answering(host, "demo")


async def test_without_any_source_it_says_why_and_an_operator_can_still_choose(
    place: Place,
) -> None:
    place.world.speeds = {"demo": SLOW}
    demo = place.hub.files.pop("demo")
    async with place.service() as host:
        await until(lambda: place.seen and place.seen[-1].state == "unavailable")
        assert "No source has demo" in place.seen[-1].detail
        with pytest.raises(EngineUnavailableError):
            await host.limits()
        assert host.supervisor is not None
        place.hub.files["demo"] = demo
        host.supervisor.begin_switch("demo")
        await answering(host, "demo")
        assert await host.ready()


async def test_a_cancelled_download_is_not_begun_again(place: Place) -> None:
    place.world.speeds = {"demo": QUICK}
    place.hub.delay = 0.02
    async with place.service() as host:
        await answering(host, "demo")
        assert host.supervisor is not None
        pulls = host.supervisor.pulls
        await until(lambda: pulls.is_pulling("demo-large"))
        assert pulls.cancel("demo-large")
        host.supervisor.decline("demo-large")
        await settled(host)
        assert pulls.job is not None
        assert pulls.job.state == "cancelled"
    place.hub.ranges.clear()
    async with place.service() as host:
        await answering(host, "demo")
        await settled(host)
    assert place.hub.ranges == []


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"model": 7}', b"\xff" * 200_000])
def test_a_damaged_choice_counts_as_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "choice.json").write_bytes(content)
    assert read_choice(tmp_path) == Choice()
    store_choice(tmp_path, Choice(model="poem"))
    assert read_choice(tmp_path).model == "poem"


def test_speeds_of_another_machine_do_not_count() -> None:
    choice = Choice().measured("demo", QUICK, 4)
    assert choice.speeds_on(2) == {}
    assert choice.measured("poem", SLOW, 4).speeds_on(4) == {"demo": QUICK, "poem": SLOW}
    assert choice.measured("poem", SLOW, 2).speeds_on(2) == {"poem": SLOW}


def test_a_model_that_did_not_answer_is_tried_again_a_day_later() -> None:
    day, dead = 24 * 3_600.0, Speed(0.0, 0.0)
    choice = Choice().measured("demo", QUICK, 2, now=0.0).measured("demo-large", dead, 2, now=0.0)
    assert choice.speeds_on(2, now=day - 1) == {"demo": QUICK, "demo-large": dead}
    assert choice.speeds_on(2, now=day + 1) == {"demo": QUICK}
    again = choice.measured("demo-large", SLOW, 2, now=day + 2)
    assert again.speeds_on(2, now=3 * day) == {"demo": QUICK, "demo-large": SLOW}


def adapters_of(*names: str) -> list[ServedAdapter]:
    return [ServedAdapter(name, Path("/adapters") / name, "demo") for name in names]


async def test_adapters_registered_before_the_start_are_loaded_with_the_model(
    place: Place,
) -> None:
    settings = place.settings.model_copy(
        update={"engine": place.settings.engine.model_copy(update={"model": "demo"})}
    )
    host = EngineHost(settings, on_change=lambda _: None)
    await host.serve_adapters(adapters_of("mei"))
    assert [each.served for each in host.adapter_states()] == [False]
    host.start()
    await answering(host, "demo")
    assert (await host.limits()).adapters == ("mei",)
    assert place.world.started == ["demo"]
    await host.aclose()


async def test_a_new_adapter_restarts_the_server_between_replies(place: Place) -> None:
    async with place.service(model="demo") as host:
        await answering(host, "demo")
        place.world.engines[-1].delay = 0.02
        reading = asyncio.create_task(collect(host, PROMPT, WHOLE))
        await until(lambda: place.world.engines[-1].running)
        await host.serve_adapters(adapters_of("mei"))
        assert text_of(await reading).endswith("until the end of it.")
        assert place.world.started == ["demo", "demo"]
        assert [each.served for each in host.adapter_states()] == [True]
        # What it has already, and what is retired, needs no restart.
        await host.serve_adapters(adapters_of("mei"))
        await host.serve_adapters([])
        assert place.world.started == ["demo", "demo"]
        with pytest.raises(AdapterUnknownError, match="mei"):
            [delta async for delta in host.stream(PROMPT, WHOLE, adapter="mei")]
        # A name that was retired is loaded anew.
        await host.serve_adapters(adapters_of("mei", "lan"))
        assert place.world.started == ["demo", "demo", "demo"]


async def test_a_process_that_dies_comes_back_with_its_adapters(place: Place) -> None:
    async with place.service(model="demo") as host:
        await answering(host, "demo")
        await host.serve_adapters(adapters_of("mei"))
        place.world.engines[-1].die()
        await until(lambda: len(place.world.started) == 3)
        await answering(host, "demo")
        assert (await host.limits()).adapters == ("mei",)
