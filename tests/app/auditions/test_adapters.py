"""How an adapter does for a character beside what is in force, on what it was not trained on."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import select, update

from app.adapters.repository import AdapterAuditionRepository, Asked
from app.auditions.adapters import between_turns, worker
from app.auditions.adapters.figures import result_of
from app.auditions.adapters.held_out import HeldOut, TooFewHeldOutError, held_out_of
from app.auditions.adapters.held_out_replies import HeldOutReply
from app.db.models import Adapter, Character
from app.engines.port import EnginePrompt, ScoringUnsupportedError
from app.engines.scripted import ScriptedEngine
from app.search.benchmark.corpus import BenchmarkCharacter
from app.settings import Settings
from characters.scripts.model import Line, Scene
from tests.app.adapters import making
from tests.app.adapters.test_registering import register, served
from tests.app.auditions.test_auditions import SCENES, ben
from tests.app.conftest import make_settings
from tests.app.running import Json, Running, as_object, code_of, error_of, running, until

pytestmark = pytest.mark.anyio

ROOT = "/api/admin/characters/ben/adapters"
NAME = "ben-1"
URL = f"{ROOT}/{NAME}/audition"


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(between_turns, "_QUIET_SECONDS", 0.0)
    monkeypatch.setattr(worker, "_REPORT_SECONDS", 0.02)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    adapters = settings.adapters.model_copy(
        update={"least_replies": 5, "scored_replies": 10, "written_replies": 6}
    )
    return settings.model_copy(update={"adapters": adapters})


def scenes() -> list[Scene]:
    """What the script of these tests says, as it is stored."""
    found = []
    row = 1
    for text in SCENES:
        lines = []
        for at, line in enumerate(text.strip().splitlines()):
            speaker, _, said = line.partition(": ")
            lines.append(Line(speaker, said, row + at, colon=": "))
        found.append(Scene(lines, row))
        row += 3
    return found


async def prepared(stage: Running, held_out: int = 10, name: str = NAME) -> None:
    """Ben, and an adapter that was trained on all of his scenes but the last ones."""
    await ben(stage, scenes=len(SCENES))
    every = scenes()
    split = len(every) - held_out
    await register(stage, name, data=making.trained_on(every[:split], every[split:]))
    await until(lambda: served(stage) == [name])


async def begin(stage: Running, url: str = URL) -> Json:
    response = await stage.http.post(url)
    assert response.status_code == 202, response.text
    return as_object(response)


async def over(stage: Running, url: str = URL) -> Json:
    async with asyncio.timeout(60):
        while True:
            shown = as_object(await stage.http.get(url))
            if shown["status"] != "running":
                return shown
            await asyncio.sleep(0.01)


class Better(ScriptedEngine):
    """Finds every true reply twice as likely, in nats, with the adapter."""

    async def score(
        self,
        prompt: EnginePrompt,
        continuation: str,
        *,
        affinity: str | None = None,
        adapter: str | None = None,
    ) -> list[float]:
        found = await super().score(prompt, continuation, affinity=affinity)
        return [each / 2 for each in found] if adapter == NAME else found


async def test_an_audition_ends_in_figures_and_a_promotion(settings: Settings) -> None:
    async with running(settings, engine=Better()) as stage:
        await hear_and_promote(stage)


async def hear_and_promote(stage: Running) -> None:
    await prepared(stage)
    assert as_object(await stage.http.get(URL))["status"] == "never"
    begun = await begin(stage)
    assert (begun["status"], begun["progress"], begun["result"]) == ("running", 0, None)
    done = await over(stage)
    assert (done["status"], done["error"], done["against"]) == ("done", None, "")
    result = done["result"]
    # The ten replies of the ten scenes held out; six of them were written anew.
    assert (result["replies"], result["written"], result["scenes"]) == (10, 6, 10)
    assert result["trained_here"]
    assert result["speakers"] == ["Ben", "Anna"]
    gain = result["differences"]["nats_a_token"]
    assert 0 < gain["low"] <= gain["value"] <= gain["high"]
    own, other = (result[side]["nats_a_token"]["value"] for side in ("adapter", "in_force"))
    assert own == pytest.approx(other / 2)
    assert own - other == pytest.approx(gain["value"])
    assert 0 <= result["adapter"]["copied"]["value"] <= 1
    assert all(sample["adapter"].endswith("[ben-1]") for sample in result["samples"])
    assert not any("[ben-1]" in sample["in_force"] for sample in result["samples"])
    # Nothing but held-out scenes was asked, and no prompt showed one of them.
    every = scenes()
    prompts = [str(call.prompt) for call in stage.engine.calls]
    assert len(prompts) == 12
    for prompt in prompts:
        asked = [each for each in every[20:] if each.lines[0].text in prompt]
        assert len(asked) == 1
    item = as_object(await stage.http.get(ROOT))["items"][0]
    if item["reason"] is None:
        promoted = await stage.http.post(f"{ROOT}/promote", json={"adapter": NAME})
        assert as_object(promoted)["in_force"] == NAME
    else:
        assert [each["figure"] for each in item["failed"]] != ["likelihood"]


@pytest.mark.one_database
async def test_one_trained_elsewhere_is_heard_on_all_scenes(stage: Running) -> None:
    await ben(stage, scenes=len(SCENES))
    await register(stage, NAME)
    await until(lambda: served(stage) == [NAME])
    await begin(stage)
    result = (await over(stage))["result"]
    assert not result["trained_here"]
    # Ten of Ben's thirty replies, evenly spaced.
    assert (result["replies"], result["scenes"]) == (10, 10)


@pytest.mark.one_database
async def test_too_few_held_out_replies_are_refused(stage: Running) -> None:
    await prepared(stage, held_out=4)
    refused = await stage.http.post(URL)
    assert code_of(refused) == "422 too_few_held_out"
    assert error_of(refused)["detail"] == {"replies": 4, "least": 5}
    assert "4 replies are left in scenes that it was not trained on" in error_of(refused)["message"]


@pytest.mark.one_database
async def test_one_that_is_not_served_is_not_heard(stage: Running) -> None:
    await prepared(stage)
    await stage.engine.serve_adapters([])
    assert code_of(await stage.http.post(URL)) == "409 adapter_not_served"
    assert code_of(await stage.http.post(f"{ROOT}/nobody/audition")) == "404 adapter_not_found"


@pytest.mark.one_database
async def test_the_one_in_force_is_what_others_are_heard_beside(stage: Running) -> None:
    await prepared(stage)
    every = scenes()
    await register(stage, "lamp", data=making.trained_on(every[:20], every[20:]))
    await until(lambda: served(stage) == [NAME, "lamp"])
    async with stage.services.database.write() as session:
        await session.execute(update(Character).values(adapter="lamp", adapter_before=""))
    assert code_of(await stage.http.post(f"{ROOT}/lamp/audition")) == "409 adapter_in_force"
    await begin(stage)
    done = await over(stage)
    assert done["against"] == "lamp"
    assert all("[lamp]" in sample["in_force"] for sample in done["result"]["samples"])
    assert {call.adapter for call in stage.engine.calls} == {NAME, "lamp"}


class Waiting(ScriptedEngine):
    """Scores wait until it is opened."""

    def __init__(self) -> None:
        super().__init__()
        self.opened = asyncio.Event()
        self.asked = 0

    async def score(self, prompt: EnginePrompt, continuation: str, **options: Any) -> list[float]:
        self.asked += 1
        await self.opened.wait()
        return await super().score(prompt, continuation, **options)


@pytest.mark.one_database
async def test_one_at_a_time_and_it_can_be_stopped(settings: Settings) -> None:
    engine = Waiting()
    async with running(settings, engine=engine) as stage:
        await prepared(stage)
        await register(stage, "lamp")
        await until(lambda: served(stage) == [NAME, "lamp"])
        await begin(stage)
        await until(lambda: engine.asked)
        assert (await begin(stage))["status"] == "running"
        assert code_of(await stage.http.post(f"{ROOT}/lamp/audition")) == "409 audition_running"
        stopped = as_object(await stage.http.delete(URL))
        assert (stopped["status"], stopped["result"]) == ("never", None)
        engine.opened.set()
        await begin(stage)
        assert (await over(stage))["status"] == "done"


async def test_one_that_was_stopped_is_not_the_one_begun_at_once_after_it(stage: Running) -> None:
    await prepared(stage)
    await stage.services.adapter_audition_worker.aclose()
    async with stage.services.database.write() as session:
        adapter, character = select(Adapter.id), select(Character.id)
        asked = Asked(
            (await session.scalars(adapter)).one(), (await session.scalars(character)).one()
        )
        auditions = AdapterAuditionRepository(session)
        await auditions.begin(asked)
        assert await auditions.claim() == asked
        assert await auditions.report(asked, 1, 10)
        await auditions.stop(asked)
        await auditions.begin(asked)
        # The first run, which asks once a second whether it is to go on, and then ends.
        assert not await auditions.report(asked, 2, 10)
        await auditions.interrupt(asked)
        await auditions.end(asked, against="of the first")
        session.expire_all()
        assert await auditions.claim() == asked
        found = await auditions.get(asked)
        assert found is not None
        assert (found.against, found.done) == (None, 0)
        assert await auditions.report(asked, 1, 10)


@pytest.mark.one_database
async def test_an_engine_that_cannot_score_says_so(settings: Settings) -> None:
    class Mute(ScriptedEngine):
        async def score(
            self, prompt: EnginePrompt, continuation: str, **options: Any
        ) -> list[float]:
            raise ScoringUnsupportedError("No route.")

    async with running(settings, engine=Mute()) as stage:
        await prepared(stage)
        await begin(stage)
        done = await over(stage)
        assert (done["status"], done["error_code"]) == ("failed", "engine_cannot_score")
        assert "No route." in done["error"]


@pytest.mark.one_database
async def test_a_service_that_stops_interrupts_it(settings: Settings) -> None:
    engine = Waiting()
    async with running(settings, engine=engine) as stage:
        await prepared(stage)
        await begin(stage)
        await until(lambda: engine.asked)
    async with running(settings) as stage:
        assert as_object(await stage.http.get(URL))["status"] == "interrupted"
        await begin(stage)
        assert (await over(stage))["status"] == "done"


@pytest.mark.one_database
async def test_only_admins_hear_them(database_url: str, settings: Settings) -> None:
    closed = make_settings(database_url, settings.data_dir, access={"admin_key": "k" * 40})
    async with running(closed) as stage:
        for method in ("GET", "POST", "DELETE"):
            assert code_of(await stage.http.request(method, URL)) == "401 admin_key_needed"


def subject(every: list[Scene]) -> BenchmarkCharacter:
    return BenchmarkCharacter(every, "Ben", frozenset({"Ben"}))


def test_how_many_replies_are_left() -> None:
    every = scenes()
    card = {"data": making.trained_on(every[:24], every[24:])}
    left = held_out_of(card, subject(every), ["play"])
    assert left == HeldOut(trained_here=True, scenes=frozenset(range(24, 30)))
    assert left.check_enough(subject(every), 6) == 6
    with pytest.raises(TooFewHeldOutError, match="6 replies are left in scenes"):
        left.check_enough(subject(every), 7)
    # A card that says nothing of its data could have been trained on anything.
    assert held_out_of({}, subject(every), ["play"]).scenes == frozenset()


def held_out(scene: int, scores: list[float], right: tuple[float, float, float]) -> HeldOutReply:
    """One of four tokens and sixteen bytes, whose prompt shows one line of six words."""
    return HeldOutReply(
        fold=0,
        scene=scene,
        said_before="Where is it?",
        truth="It is over there",
        prepared=None,  # type: ignore[arg-type]  # figures do not look at it
        shown=["Ben: one two three four five six"],
        scores=scores,
        tokens=4,
        written=["one two three four five and more here", "nothing of that"],
        right=right,
    )


def test_the_figures_of_two_moments() -> None:
    replies = [
        held_out(0, [-4.0, -8.0], (0.9, 0.5, 0.4)),
        held_out(1, [-8.0, -8.0], (0.7, 0.3, 0.4)),
    ]
    found = result_of(
        replies, trained_here=True, most_copying=0.5, model="m", speakers=["Ben", "Anna"]
    )
    # (4 + 0) nats more over eight tokens; each scene alone: 1 and 0.
    gain = found.differences.nats_a_token
    assert (gain.value, gain.low, gain.high) == pytest.approx((0.5, 0.0, 1.0))
    assert found.adapter.nats_a_token.value == pytest.approx(-12 / 8)
    assert found.in_force.nats_a_token.value == pytest.approx(-16 / 8)
    assert found.adapter.right.value == pytest.approx(0.4)
    # 0.1 and -0.1.
    right = found.differences.right
    assert (right.value, right.low, right.high) == pytest.approx((0.0, -0.1, 0.1))
    # Five of its eight words are a run of the line shown.
    assert found.adapter.copied.value == pytest.approx(5 / 8)
    assert found.in_force.copied.value == 0
    assert (found.true_right, found.true_copied) == pytest.approx((0.8, 0.0))
    assert (found.replies, found.written, found.scenes) == (2, 2, 2)
    assert [each.scene for each in found.samples] == [1, 2]
