"""How likely the engine finds a character's real replies, measured on request between turns."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import update

from app.auditions.likelihood import between_turns
from app.auditions.likelihood.repository import LikelihoodRepository
from app.db.base import utc_now
from app.db.models import LikelihoodAudition
from app.engines.port import (
    EnginePrompt,
    EngineUnavailableError,
    ScoringUnsupportedError,
)
from app.engines.scripted import ScriptedEngine
from app.settings import Settings
from tests.app.auditions.test_auditions import ben
from tests.app.conftest import make_settings
from tests.app.running import Json, Running, as_object, code_of, error_of, running, until

pytestmark = pytest.mark.anyio

URL = "/api/admin/characters/ben/audition/likelihood"
PROOF = "/api/characters/ben/proof"


class GatedEngine(ScriptedEngine):
    """Scores wait after the first ``free``; counts those asked for, and those cut off."""

    def __init__(self, free: int = 1_000_000) -> None:
        super().__init__()
        self.free = free
        self.asked: list[tuple[str, str]] = []
        self.cut_off = 0
        self.opened = asyncio.Event()

    async def score(
        self,
        prompt: EnginePrompt,
        continuation: str,
        *,
        affinity: str | None = None,
        adapter: str | None = None,
    ) -> list[float]:
        assert isinstance(prompt, str)
        self.asked.append((prompt, continuation))
        if len(self.asked) > self.free:
            try:
                await self.opened.wait()
            except asyncio.CancelledError:
                self.cut_off += 1
                raise
        return await super().score(prompt, continuation, affinity=affinity, adapter=adapter)

    def open(self) -> None:
        self.free = 1_000_000
        self.opened.set()


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(between_turns, "_QUIET_SECONDS", 0.0)


async def shown(stage: Running) -> Json:
    response = await stage.http.get(URL)
    assert response.status_code == 200, response.text
    return as_object(response)


async def begin(stage: Running) -> Json:
    response = await stage.http.post(URL)
    assert response.status_code == 202, response.text
    return as_object(response)


async def stop(stage: Running) -> Json:
    response = await stage.http.delete(URL)
    assert response.status_code == 200, response.text
    return as_object(response)


async def over(stage: Running) -> Json:
    """The measurement once it does not run any more."""
    async with asyncio.timeout(20):
        while True:
            if (found := await shown(stage))["status"] != "running":
                return found
            await asyncio.sleep(0.01)


async def test_the_cost_is_said_before_and_the_result_after(stage: Running) -> None:
    await ben(stage)
    before = await shown(stage)
    assert (before["status"], before["result"], before["finished_at"]) == ("never", None, None)
    # 12 replies, each behind four prompts.
    assert (before["cost"]["replies"], before["cost"]["scores"]) == (12, 48)
    # The profile and the dialogue of 48 prompts, and of 36 the examples.
    assert before["cost"]["tokens"] > 48 * 300
    assert before["cost"]["minutes"] is None
    begun = await begin(stage)
    assert (begun["status"], begun["progress"], begun["cost"]) == ("running", 0, None)
    done = await over(stage)
    assert (done["status"], done["progress"], done["error"]) == ("done", None, None)
    result = done["result"]
    assert (result["replies"], result["scenes"], result["mode"]) == (12, 12, "reference")
    assert (result["model"], result["prompt_style"]) == ("scripted", "completion")
    # Ben says “is here, in its place” in every scene: what was said before is likelier.
    rag = result["rag"]
    assert rag["bits_a_reply"]["low"] > 0
    assert rag["is_significant"]
    assert result["example_tokens"]["none"] == 0
    assert result["example_tokens"]["other"] > 0
    # What is over the profile adds up: own lines, and what choosing them adds.
    total = result["own"]["bits_a_reply"]["value"] + result["lift"]["bits_a_reply"]["value"]
    assert rag["bits_a_reply"]["value"] == pytest.approx(total)
    assert done["cost"]["minutes"] >= 0


@pytest.mark.one_database
async def test_everyone_sees_the_result_in_short(stage: Running) -> None:
    await ben(stage)
    assert as_object(await stage.http.get(PROOF)) == {"proof": None}
    await begin(stage)
    result = (await over(stage))["result"]
    async with stage.client() as visitor:
        proof = as_object(await visitor.get(PROOF))["proof"]
    assert proof["bits_a_reply"] == result["rag"]["bits_a_reply"]
    assert (proof["is_significant"], proof["replies"]) == (True, 12)


@pytest.mark.one_database
async def test_only_admins_measure(database_url: str, settings: Settings) -> None:
    key = "k" * 40
    closed = make_settings(database_url, settings.data_dir, access={"admin_key": key})
    async with running(closed) as stage:
        admin = {"Authorization": f"Bearer {key}"}
        for method in ("GET", "POST", "DELETE"):
            refused = await stage.http.request(method, URL)
            assert code_of(refused) == "401 admin_key_needed"
            known = await stage.http.request(method, URL, headers=admin)
            assert code_of(known) == "404 character_not_found"
        assert code_of(await stage.http.get(PROOF)) == "404 character_not_found"


async def test_visitors_see_nothing_of_who_is_not_published(
    database_url: str, settings: Settings
) -> None:
    key = "k" * 40
    async with running(settings) as stage:
        await ben(stage)
        await begin(stage)
        await over(stage)
        await stage.http.post("/api/admin/characters/ben/unpublish")
    closed = make_settings(database_url, settings.data_dir, access={"admin_key": key})
    async with running(closed) as stage:
        assert code_of(await stage.http.get(PROOF)) == "404 character_not_found"
        admin = {"Authorization": f"Bearer {key}"}
        assert as_object(await stage.http.get(PROOF, headers=admin))["proof"] is not None


async def test_it_is_stopped_and_goes_on_where_it_was(settings: Settings) -> None:
    engine = GatedEngine(free=10)
    async with running(settings, engine=engine) as stage:
        await ben(stage)
        await begin(stage)
        await until(lambda: len(engine.asked) == 11)
        stopped = await stop(stage)
        assert (stopped["status"], stopped["progress"]) == ("stopped", None)
        assert stopped["cost"]["scores"] == 48
        assert (engine.cut_off, engine.running) == (1, 0)
        engine.open()
        await begin(stage)
        assert (await over(stage))["status"] == "done"
    # Ten, the one that was cut off, and the other 38.
    assert len(engine.asked) == 10 + 1 + 38


async def test_what_was_measured_survives_the_service(settings: Settings) -> None:
    engine = GatedEngine(free=10)
    async with running(settings, engine=engine) as stage:
        await ben(stage)
        await begin(stage)
        await until(lambda: len(engine.asked) == 11)
    again = GatedEngine()
    async with running(settings, engine=again) as stage:
        assert (await shown(stage))["status"] == "interrupted"
        await begin(stage)
        assert (await over(stage))["status"] == "done"
    assert len(again.asked) == 38


async def test_other_lines_are_measured_anew(settings: Settings) -> None:
    engine = GatedEngine(free=10)
    async with running(settings, engine=engine) as stage:
        await ben(stage)
        await begin(stage)
        await until(lambda: len(engine.asked) == 11)
        await stop(stage)
        engine.open()
        changed = {"profile": "Keeps the lamp."}
        await stage.http.patch("/api/admin/characters/ben", json=changed)
        await begin(stage)
        assert (await over(stage))["status"] == "done"
    assert len(engine.asked) == 11 + 48
    assert "Keeps the lamp." in engine.asked[-1][0]


async def test_one_runs_at_a_time_and_the_last_result_stays(settings: Settings) -> None:
    engine = GatedEngine()
    async with running(settings, engine=engine) as stage:
        await ben(stage)
        await ben(stage, "Anna")
        await begin(stage)
        before = await over(stage)
        engine.free = 0
        await begin(stage)
        again = await begin(stage)
        assert (again["status"], again["result"]) == ("running", before["result"])
        other = await stage.http.post(URL.replace("ben", "anna"))
        assert code_of(other) == "409 likelihood_running"
        engine.open()
        assert (await over(stage))["finished_at"] > before["finished_at"]


async def test_it_can_be_stopped_from_another_process(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.auditions.likelihood.running._REPORT_SECONDS", 0.01)
    engine = GatedEngine(free=10)
    async with running(settings, engine=engine) as stage:
        character = await ben(stage)
        await begin(stage)
        await until(lambda: len(engine.asked) == 11)
        async with stage.services.database.write() as session:
            await LikelihoodRepository(session).stop(UUID(character["id"]))
        await until(lambda: engine.cut_off == 1)
        assert (await shown(stage))["status"] == "stopped"


async def test_what_a_killed_process_left_can_be_begun_again(settings: Settings) -> None:
    engine = GatedEngine(free=10)
    async with running(settings, engine=engine) as stage:
        await ben(stage)
        await ben(stage, "Anna")
        await begin(stage)
        await until(lambda: len(engine.asked) == 11)
        await stop(stage)
        async with stage.services.database.write() as session:
            # As a process leaves it that is killed: running, but with a lease of long ago.
            await session.execute(
                update(LikelihoodAudition).values(
                    running=True, stopped=False, lease_until=utc_now() - timedelta(minutes=1)
                )
            )
        assert (await shown(stage))["status"] == "interrupted"
        engine.open()
        other = await stage.http.post(URL.replace("ben", "anna"))
        assert other.status_code == 202, other.text
        await stage.http.delete(URL.replace("ben", "anna"))
        await begin(stage)
        assert (await over(stage))["status"] == "done"


async def test_the_minutes_are_known_from_another_character_s_measurement(
    stage: Running,
) -> None:
    await ben(stage)
    await ben(stage, "Anna")
    await begin(stage)
    await over(stage)
    other = as_object(await stage.http.get(URL.replace("ben", "anna")))
    assert other["status"] == "never"
    assert other["cost"]["minutes"] is not None


async def test_progress_and_the_minutes_left_are_shown(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.auditions.likelihood.running._REPORT_SECONDS", 0.01)
    engine = GatedEngine(free=12)
    async with running(settings, engine=engine) as stage:
        await ben(stage)
        await begin(stage)
        async with asyncio.timeout(10):
            while True:
                if (await shown(stage))["progress"] == 0.25:
                    break
                await asyncio.sleep(0.01)
        assert (await shown(stage))["minutes_left"] >= 0
        await stop(stage)


async def test_a_turn_comes_first(database_url: str, settings: Settings) -> None:
    shared = make_settings(
        database_url, settings.data_dir, engine={"kind": "embedded"}, retrieval={"mode": "fused"}
    )
    engine = GatedEngine(free=10)
    async with running(shared, engine=engine) as stage:
        await ben(stage)
        conversation = await stage.open()
        await begin(stage)
        await until(lambda: len(engine.asked) == 11)
        # The score would wait for ever: the turn is answered because the score gives way.
        await stage.say(conversation, "Where is the ferry?")
        assert engine.cut_off == 1
        engine.open()
        done = await over(stage)
    assert (done["status"], done["result"]["mode"]) == ("done", "fused")
    assert len(engine.asked) == 10 + 1 + 38


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (ScoringUnsupportedError("There is no /score."), "engine_cannot_score"),
        (EngineUnavailableError("The engine cannot be reached."), "engine_unavailable"),
    ],
)
async def test_why_it_failed_is_said_and_what_was_measured_is_kept(
    settings: Settings, failure: Exception, code: str
) -> None:
    class Failing(GatedEngine):
        async def score(
            self,
            prompt: EnginePrompt,
            continuation: str,
            *,
            affinity: str | None = None,
            adapter: str | None = None,
        ) -> list[float]:
            found = await super().score(prompt, continuation, affinity=affinity, adapter=adapter)
            if len(self.asked) == 5:
                raise failure
            return found

    engine = Failing()
    async with running(settings, engine=engine) as stage:
        await ben(stage)
        await begin(stage)
        failed = await over(stage)
        assert (failed["status"], failed["error"]["code"]) == ("failed", code)
        assert str(failure) in failed["error"]["message"]
        await begin(stage)
        assert (await over(stage))["status"] == "done"
    assert len(engine.asked) == 5 + 44


async def test_while_the_engine_is_away_it_is_refused_and_the_cost_still_shown(
    stage: Running,
) -> None:
    await ben(stage)
    await stage.engine.aclose()
    assert (await shown(stage))["cost"]["scores"] == 48
    assert code_of(await stage.http.post(URL)) == "503 engine_unavailable"
    assert (await shown(stage))["status"] == "never"


async def test_who_says_too_little_cannot_be_measured(stage: Running) -> None:
    await stage.make_character()  # three lines
    assert (await shown(stage))["cost"] is None
    refused = await stage.http.post(URL)
    assert code_of(refused) == "422 too_few_lines"
    assert error_of(refused)["detail"] == {"lines": 3, "least": 10}
