"""The engine writes what a character remembers of its scenes, in the background."""

import json
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import delete, update

from app.db.base import utc_now
from app.db.models import IndexJob, SceneMemoryJob
from app.engines.port import (
    EngineRequestError,
    EngineTimeoutError,
    EngineUnavailableError,
)
from app.scene_memories import worker, writing_jobs
from app.scene_memories.repository import SceneMemoryJobRepository
from app.search.scene_memories import SceneMemory, SceneMemoryHit, SceneMemoryHits
from app.settings import Settings
from app.turns.card_texts import expand_scene_memories
from characters.macros import MacroValues
from tests.app.running import Running, code_of, running, until
from tests.app.scene_memories.memories import (
    MEMORIES,
    PLAY,
    REMEMBERED,
    SCENES,
    URL,
    RememberingEngine,
    begin,
    listed,
    make,
    over,
    texts_of,
    write_all,
)

pytestmark = pytest.mark.anyio


@pytest.fixture
def engine() -> RememberingEngine:
    return RememberingEngine()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses are short."""
    monkeypatch.setattr(writing_jobs, "_SLOT_SECONDS", 0.01)
    monkeypatch.setattr(writing_jobs, "_INDEXING_SECONDS", 0.02)
    monkeypatch.setattr(writing_jobs, "_LONGEST_PAUSE", 0.02)
    monkeypatch.setattr(worker, "_POLL_SECONDS", 0.02)


async def test_every_scene_with_a_line_of_the_character_is_remembered(
    settings: Settings, engine: RememberingEngine
) -> None:
    async with running(settings, engine=engine) as stage:
        await make(stage)
        before = await listed(stage)
        assert before["run"]["status"] == "never"
        assert [(item["scene"], item["heading"]) for item in before["items"]] == [
            (0, "One"),
            (2, "Three"),
            (3, "Four"),
            (4, "Five"),
        ]
        assert texts_of(before) == [None] * 4
        assert (before["run"]["scenes"], before["run"]["remembered"]) == (4, 0)
        assert before["run"]["seconds_left"] is None
        begun = await begin(stage)
        assert (begun["status"], begun["done"], begun["total"]) == ("waiting", 0, 4)
        done = await over(stage)
        assert texts_of(done) == REMEMBERED
        assert {(item["origin"], item["model"]) for item in done["items"]} == {
            ("written", "scripted")
        }
        run = done["run"]
        assert (run["status"], run["done"], run["failed"], run["total"]) == ("done", 4, 0, 4)
        assert (run["remembered"], run["tokens_left"], run["seconds_left"]) == (4, 0, 0)
        assert len(engine.asked) == 4
        assert not any("prescribed syrup" in asked for asked in engine.asked)  # Ben was not there
        assert before["run"]["tokens_left"] >= sum(len(asked.split()) for asked in engine.asked)


@pytest.mark.parametrize("style", ["completion", "chat"])
async def test_each_scene_is_asked_about_alone(settings: Settings, style: str) -> None:
    engine = RememberingEngine(prompt_style=style)
    async with running(settings, engine=engine) as stage:
        await make(stage)
        assert texts_of(await write_all(stage)) == REMEMBERED
    for number, asked in enumerate(engine.asked):
        lines = [line for line in MEMORIES if line in asked]
        assert lines == [list(MEMORIES)[number]]


async def test_what_is_no_memory_is_left_out_and_counted(settings: Settings) -> None:
    refusing = {**MEMORIES, "Is the lamp burning?": "'m sorry, but I cannot help with that."}
    engine = RememberingEngine(refusing)
    async with running(settings, engine=engine) as stage:
        await make(stage)
        done = await write_all(stage)
        assert texts_of(done) == [*REMEMBERED[:2], None, REMEMBERED[3]]
        run = done["run"]
        assert (run["status"], run["done"], run["failed"]) == ("done", 4, 1)
        assert (run["remembered"], run["scenes"]) == (3, 4)
        engine.answers, engine.asked = dict(MEMORIES), []
        again = await write_all(stage)
        assert texts_of(again) == REMEMBERED
        assert len(engine.asked) == 1  # only what was missing
        assert (again["run"]["total"], again["run"]["failed"]) == (1, 0)


async def test_what_a_person_wrote_is_never_overwritten(
    settings: Settings, engine: RememberingEngine
) -> None:
    async with running(settings, engine=engine) as stage:
        await make(stage)
        first, second, *_ = (await listed(stage))["items"]
        await stage.http.put(f"{URL}/{first['id']}", json={"text": "I lied about the letter."})
        engine.gate.clear()
        await begin(stage)
        await until(lambda: engine.waiting)
        assert "Twelve geese" in engine.asked[0]  # while the engine writes about them
        await stage.http.put(f"{URL}/{second['id']}", json={"text": "I love geese."})
        engine.gate.set()
        done = await over(stage)
        assert texts_of(done) == ["I lied about the letter.", "I love geese.", *REMEMBERED[2:]]
        assert [item["origin"] for item in done["items"]] == ["edited"] * 2 + ["written"] * 2
        assert (await write_all(stage))["items"] == done["items"]


async def test_one_run_at_a_time(settings: Settings, engine: RememberingEngine) -> None:
    async with running(settings, engine=engine) as stage:
        await make(stage)
        engine.gate.clear()
        await begin(stage)
        await until(lambda: engine.waiting)
        again = await begin(stage)
        assert (again["status"], again["total"]) == ("running", 4)
        engine.gate.set()
        assert (await over(stage))["run"]["done"] == 4
        assert len(engine.asked) == 4


async def test_a_restart_goes_on_where_it_stopped(
    settings: Settings, engine: RememberingEngine
) -> None:
    async with running(settings, engine=engine) as stage:
        await make(stage)
        engine.answers["Twelve geese crossed"] = "…"
        await begin(stage)
        await until(lambda: len(engine.asked) >= 2)
        engine.gate.clear()
        await until(lambda: engine.waiting)
    assert engine.running == 0
    asked = len(engine.asked) - 1  # the last was given up
    other = RememberingEngine()
    async with running(settings, engine=other) as stage:
        done = await over(stage)
        assert texts_of(done) == REMEMBERED
        run = done["run"]
        assert (run["status"], run["done"], run["total"], run["failed"]) == ("done", 4, 4, 0)
    # What was written is not written again; what failed is.
    assert len(other.asked) == 4 - asked + 1


async def test_a_process_that_died_leaves_its_job_to_another(
    settings: Settings, engine: RememberingEngine, monkeypatch: pytest.MonkeyPatch, quick: None
) -> None:
    async with running(settings, engine=engine) as stage:
        await make(stage)
        engine.gate.clear()
        await begin(stage)
        await until(lambda: engine.waiting)
        stage.services.scene_memory_worker._main.cancel()  # type: ignore[union-attr]  # as killed
        monkeypatch.setattr(SceneMemoryJobRepository, "release", _keep)
        await until(lambda: engine.stopped)
        assert (await listed(stage))["run"]["status"] == "running"  # its lease is not over
    async with running(settings, engine=RememberingEngine()) as stage:
        assert (await listed(stage))["run"]["status"] == "running"
        await _expire_leases(stage)
        assert texts_of(await over(stage)) == REMEMBERED


async def _keep(*_: object) -> bool:
    return True


async def _expire_leases(stage: Running) -> None:
    async with stage.services.database.write() as session:
        await session.execute(update(SceneMemoryJob).values(lease_until=utc_now()))


async def test_stopping_stops_the_engine_and_keeps_what_is_written(
    settings: Settings, engine: RememberingEngine
) -> None:
    async with running(settings, engine=engine) as stage:
        await make(stage)
        await begin(stage)
        await until(lambda: len(engine.asked) >= 2)
        engine.gate.clear()
        await until(lambda: engine.waiting)
        asked = len(engine.asked)
        stopped = (await stage.http.delete(URL)).json()
        assert stopped["status"] == "stopped"
        await until(lambda: engine.stopped)
        engine.gate.set()
        shown = await listed(stage)
        assert texts_of(shown) == [*REMEMBERED[: asked - 1], *[None] * (5 - asked)]
        assert (shown["run"]["status"], shown["run"]["done"]) == ("stopped", asked - 1)
        await stage.say(await stage.open(), "Hello.")  # nothing goes on behind it
        assert len(engine.asked) == asked
        assert texts_of(await write_all(stage)) == REMEMBERED


async def test_the_next_character_gets_its_turn(
    settings: Settings, engine: RememberingEngine
) -> None:
    async with running(settings, engine=engine) as stage:
        await make(stage)
        clara = await stage.make_character("Clara", script_ids=[(await stage.upload(PLAY))["id"]])
        other = URL.replace("ben", clara["slug"])
        await begin(stage)
        await begin(stage, other)
        await over(stage)
        done = await over(stage, other)
        assert [item["scene"] for item in done["items"]] == [1, 2, 4]
        # Nothing is known about the syrup, and Clara does not speak of herself by name.
        assert done["run"]["failed"] == 2


async def test_turns_go_first(settings: Settings, engine: RememberingEngine, quick: None) -> None:
    """Scripted, the engine has room for many; with one place, a turn takes it."""
    settings = settings.model_copy(
        update={"limits": settings.limits.model_copy(update={"running_turns": 1})}
    )
    async with running(settings, engine=engine) as stage:
        await make(stage)
        conversation = await stage.open()
        engine.gate.clear()
        await begin(stage)
        await until(lambda: engine.waiting)
        reply = await stage.say(conversation, "Is anybody at home?")
        assert reply["reply"]["state"] == "complete"
        assert engine.stopped >= 1
        engine.gate.set()
        assert texts_of(await over(stage)) == REMEMBERED


@pytest.mark.parametrize(
    "error", [EngineUnavailableError("gone"), EngineUnavailableError("busy", retry_after=3)]
)
async def test_an_engine_that_is_away_is_waited_for(
    settings: Settings, engine: RememberingEngine, quick: None, error: Exception
) -> None:
    engine.fail_before = error  # type: ignore[assignment]  # one of the engine's
    async with running(settings, engine=engine) as stage:
        await make(stage)
        await begin(stage)
        await until(lambda: len(engine.asked) > 3)
        assert (await listed(stage))["run"]["done"] == 0
        engine.fail_before = None
        done = await over(stage)
        assert texts_of(done) == REMEMBERED
        assert done["run"]["failed"] == 0


async def test_an_engine_that_is_too_slow_for_a_scene_is_asked_twice(
    settings: Settings, engine: RememberingEngine, quick: None
) -> None:
    engine.fail_before = EngineTimeoutError("slow")
    async with running(settings, engine=engine) as stage:
        await make(stage)
        done = await write_all(stage)
        assert (done["run"]["status"], done["run"]["failed"]) == ("done", 4)
        assert len(engine.asked) == 8


async def test_an_engine_that_refuses_everything_ends_the_run(
    settings: Settings, engine: RememberingEngine, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing_jobs, "_MANY_FAILURES", 3)
    engine.fail_before = EngineRequestError("no such parameter")
    async with running(settings, engine=engine) as stage:
        await make(stage)
        failed = await write_all(stage)
        assert failed["run"]["status"] == "failed"
        assert failed["run"]["error"] == "EngineRequestError: no such parameter"
        assert len(engine.asked) == 3
        engine.fail_before = None
        assert texts_of(await write_all(stage)) == REMEMBERED


async def test_a_character_without_scenes_has_nothing_to_remember(stage: Running) -> None:
    card = {"spec": "chara_card_v2", "spec_version": "2.0", "data": {"name": "Dora"}}
    made = await stage.http.post(
        "/api/characters/import", files={"file": ("dora.json", json.dumps(card).encode())}
    )
    slug = made.json()["character"]["slug"]
    refused = await stage.http.post(URL.replace("ben", slug))
    assert code_of(refused) == "422 no_scenes"


async def test_macros_of_a_card_are_expanded_but_for_who_it_will_talk_to(
    settings: Settings,
) -> None:
    talk = "<START>\n{{user}}: Where is {{char}}?\n{{char}}: {{char}} waits for {{user}} at sea.\n"
    data = {"name": "Dora", "mes_example": talk, "first_mes": "Hello, {{user}}."}
    card = {"spec": "chara_card_v2", "spec_version": "2.0", "data": data}
    engine = RememberingEngine({"waits for": " waited for {{user}} at sea."})
    async with running(settings, engine=engine) as stage:
        file = {"file": ("dora.json", json.dumps(card).encode())}
        made = await stage.http.post("/api/characters/import", files=file)
        slug = made.json()["character"]["slug"]
        await stage.indexed(slug)
        done = await write_all(stage, URL.replace("ben", slug))
        assert texts_of(done) == ["I waited for {{user}} at sea."]
        assert "Dora waits for {{user}} at sea." in engine.asked[0]
    hit = SceneMemoryHit(0.9, SceneMemory(UUID(int=1), 0, "", "I waited for {{user}} at sea."))
    found = SceneMemoryHits(any_known=True, hits=[hit])
    (shown,) = expand_scene_memories(found, MacroValues("Dora", "Sam")).hits
    assert shown.memory.text == "I waited for Sam at sea."


async def test_indexing_goes_first(
    settings: Settings, engine: RememberingEngine, quick: None
) -> None:
    async with running(settings, engine=engine) as stage:
        character = await make(stage)
        async with stage.services.database.write() as session:
            later = utc_now() + timedelta(hours=1)  # another process works on it
            session.add(IndexJob(character_id=UUID(character["id"]), lease_until=later))
        await begin(stage)
        worker_ = stage.services.scene_memory_worker
        await until(lambda: worker_._running is not None)
        await stage.say(await stage.open(), "Hello.")
        assert engine.asked == []
        async with stage.services.database.write() as session:
            await session.execute(delete(IndexJob))
        assert texts_of(await over(stage)) == REMEMBERED


async def test_a_script_uploaded_again_meanwhile_is_followed(
    settings: Settings, engine: RememberingEngine
) -> None:
    async with running(settings, engine=engine) as stage:
        await make(stage)
        engine.gate.clear()
        await begin(stage)
        await until(lambda: engine.waiting)
        changed = PLAY.replace("Is the lamp burning?", "Is the lamp out?")
        engine.answers["Is the lamp out?"] = " said that the lamp was not out."
        await stage.upload(changed)
        engine.gate.set()
        done = await over(stage)
        expected = [*REMEMBERED[:2], "I said that the lamp was not out.", REMEMBERED[3]]
        assert texts_of(done) == expected
        assert (done["run"]["outdated"], done["run"]["done"], done["run"]["total"]) == (0, 4, 4)


async def test_a_character_deleted_meanwhile_ends_it(
    settings: Settings, engine: RememberingEngine
) -> None:
    async with running(settings, engine=engine) as stage:
        await make(stage)
        engine.gate.clear()
        await begin(stage)
        await until(lambda: engine.waiting)
        assert (await stage.http.delete("/api/admin/characters/ben")).status_code == 204
        engine.gate.set()
        await make(stage)
        shown = await listed(stage)
        assert (shown["run"]["status"], texts_of(shown)) == ("never", [None] * 4)
        assert texts_of(await write_all(stage)) == REMEMBERED


async def test_scenes_that_repeat_are_one_memory(
    settings: Settings, engine: RememberingEngine
) -> None:
    play = "\n".join([SCENES["letter"], SCENES["geese"], SCENES["letter"].replace("One", "Six")])
    async with running(settings, engine=engine) as stage:
        await make(stage, play)
        done = await write_all(stage)
        assert [item["scene"] for item in done["items"]] == [0, 1]
        assert len(engine.asked) == 2
