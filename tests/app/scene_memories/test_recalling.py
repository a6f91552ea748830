"""What a character remembers of a scene is in the prompt when the newest line is about it."""

from pathlib import Path
from uuid import UUID

import numpy as np
import pytest
from sqlalchemy import delete, select

from app.db.migrate import upgrade
from app.db.models import KeyVector
from app.engines.tokens import estimate_tokens
from app.search.repository import ExampleRepository
from app.search.scene_memories import (
    SceneMemory,
    SceneMemoryHit,
    SceneMemoryHits,
    SceneMemoryIndex,
)
from app.settings import Settings
from app.turns.prompt_budget import PromptBudget
from app.turns.scene_memories import select_scene_memories
from characters.prompting import CompletionDraft, Persona, Utterance
from tests.app.conftest import make_settings
from tests.app.embedders import WatchedEmbedder
from tests.app.running import Json, Running, as_object, running, until
from tests.app.scene_memories.memories import (
    PLAY,
    SCENES,
    URL,
    RememberingEngine,
    is_question,
    listed,
    make,
    texts_of,
    write_all,
)

pytestmark = pytest.mark.anyio

NETS = [
    f"# Nets {number}\nAnna: {asked}\nBen: {answered}\n"
    for number, (asked, answered) in enumerate(
        [
            ("Will you mend the nets?", "The nets can wait for spring."),
            ("Who pays for the oil?", "The harbour office pays for the oil."),
            ("What will you do in winter?", "In winter I shall read by the stove."),
            ("Do you want bread?", "Bread, and herring from the barrel."),
        ]
    )
]
"""More scenes, so that the usual cosine can be estimated."""

LONG_PLAY = "\n".join([PLAY, *NETS])
PURPLE = "I saw Gregor paint the bakery with a purple brush."
SHOWN = f"Ben remembers: {PURPLE}"
ASKED = "Did Gregor paint the bakery with a purple brush?"
BAKERY = 4
"""The number of its scene among all."""


@pytest.fixture(params=["fused", "selector"])
def mode(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def on() -> bool:
    return True


@pytest.fixture
def settings(settings: Settings, mode: str, on: bool) -> Settings:
    retrieval = settings.retrieval.model_copy(update={"mode": mode, "scene_memories": on})
    return settings.model_copy(update={"retrieval": retrieval})


async def prepare(stage: Running, play: str = LONG_PLAY) -> None:
    """Ben, with a memory of every scene that the engine knows something to say about."""
    await make(stage, play)
    await write_all(stage)


def prompt_of(stage: Running) -> str:
    prompts = [call.prompt for call in stage.engine.calls]
    last = prompts[-1]
    text = last if isinstance(last, str) else "\n".join(each.content for each in last)
    assert not is_question(text)
    return text


def remembered(reply: Json) -> list[Json]:
    return [used for used in reply["examples"] if used["kind"] == "scene_memory"]


async def ask(stage: Running, said: str = ASKED, until_scene: int | None = None) -> list[Json]:
    """What the reply to a message in a new conversation says that its prompt showed."""
    return remembered((await stage.say(await stage.open(until_scene=until_scene), said))["reply"])


async def test_it_stands_before_the_line_that_is_about_it(settings: Settings) -> None:
    async with running(settings, engine=RememberingEngine()) as stage:
        await prepare(stage)
        conversation = await stage.open()
        events = await stage.stream(conversation, ASKED)
        assert f"{SHOWN}\nuser:{ASKED}\n" in prompt_of(stage)
        (shown,) = [data["items"] for name, data in events if name == "examples"]
        (used,) = remembered({"examples": shown})
        assert (used["lines"], used["id"], used["name"]) == ([PURPLE], BAKERY, "Five")
        assert 0 < used["score"] <= 1
        assert remembered((await stage.read(conversation))["messages"][-1]) == [used]


async def test_models_that_chat_get_it_in_front_of_the_line(settings: Settings) -> None:
    async with running(settings, engine=RememberingEngine(prompt_style="chat")) as stage:
        await prepare(stage)
        assert await ask(stage)
        newest = stage.engine.calls[-1].prompt[-1]
        assert f"({SHOWN})\n{ASKED}" in getattr(newest, "content", "")


async def test_clients_of_the_openai_api_are_answered_with_it(settings: Settings) -> None:
    async with running(settings, engine=RememberingEngine()) as stage:
        await prepare(stage)
        body = {"model": "ben", "messages": [{"role": "user", "content": ASKED}]}
        assert (await stage.http.post("/v1/chat/completions", json=body)).status_code == 200
        assert SHOWN in prompt_of(stage)


async def test_nothing_is_remembered_that_the_line_is_not_about(settings: Settings) -> None:
    async with running(settings, engine=RememberingEngine()) as stage:
        await prepare(stage)
        assert await ask(stage, "Will you mend the nets?") == []
        assert "Ben remembers" not in prompt_of(stage)


@pytest.mark.parametrize("on", [False])
async def test_nothing_is_remembered_without_the_setting(settings: Settings) -> None:
    async with running(settings, engine=RememberingEngine()) as stage:
        await prepare(stage)
        shown = await listed(stage)
        assert (shown["run"]["shown"], shown["run"]["remembered"]) == (False, 4)
        assert await ask(stage) == []
        assert PURPLE not in prompt_of(stage)


@pytest.mark.parametrize("mode", ["reference"])
async def test_nor_in_the_mode_of_the_reference(settings: Settings) -> None:
    async with running(settings, engine=RememberingEngine()) as stage:
        await prepare(stage)
        assert await ask(stage) == []
        assert PURPLE not in prompt_of(stage)


async def test_nothing_is_remembered_before_its_scene(settings: Settings) -> None:
    async with running(settings, engine=RememberingEngine()) as stage:
        await prepare(stage)
        for until_scene, known in ((0, False), (BAKERY, False), (BAKERY + 1, True), (None, True)):
            assert bool(await ask(stage, until_scene=until_scene)) == known
            assert (PURPLE in prompt_of(stage)) == known
        # A conversation that goes back in time forgets it.
        conversation = await stage.open()
        assert remembered((await stage.say(conversation, ASKED))["reply"])
        await stage.http.patch(
            f"/api/conversations/{conversation['id']}", json={"until_scene": BAKERY}
        )
        assert remembered((await stage.say(conversation, ASKED))["reply"]) == []
        assert PURPLE not in prompt_of(stage)


async def test_its_scene_may_move_with_the_script(settings: Settings) -> None:
    """A prologue of two scenes is put first: what was the fifth scene is the seventh."""
    async with running(settings, engine=RememberingEngine()) as stage:
        await prepare(stage)
        assert await ask(stage, until_scene=BAKERY + 1)
        prologue = "# A\nAnna: The sea is calm.\nClara: It is.\n\n# B\nAnna: Come.\nBen: Yes.\n\n"
        await stage.upload(prologue + LONG_PLAY)
        await stage.indexed("ben")
        for until_scene, known in ((BAKERY + 1, False), (BAKERY + 2, False), (BAKERY + 3, True)):
            assert bool(await ask(stage, until_scene=until_scene)) == known
            assert (PURPLE in prompt_of(stage)) == known
        assert [used["id"] for used in await ask(stage)] == [BAKERY + 2]


async def test_it_is_not_the_memory_of_a_scene_that_was_changed(settings: Settings) -> None:
    async with running(settings, engine=RememberingEngine()) as stage:
        await prepare(stage)
        changed = LONG_PLAY.replace("I saw Gregor with", "I saw Anna with")
        await stage.upload(changed)
        await stage.indexed("ben")
        assert await ask(stage) == []
        assert PURPLE not in prompt_of(stage)
        run = (await listed(stage))["run"]
        assert (run["remembered"], run["outdated"]) == (3, 1)
        await stage.upload(LONG_PLAY)  # and back: nothing has to be written again
        await stage.indexed("ben")
        assert await ask(stage)


async def test_it_is_not_the_memory_of_a_scene_that_another_speaks_in(settings: Settings) -> None:
    """Ben plays Clara from now on: her scenes are others, with other lines of his own."""
    async with running(settings, engine=RememberingEngine()) as stage:
        await prepare(stage)
        response = await stage.http.patch(
            "/api/admin/characters/ben", json={"speakers": ["Ben", "Clara"]}
        )
        assert response.status_code == 200, response.text
        await stage.indexed("ben")
        assert await ask(stage) == []
        assert PURPLE not in prompt_of(stage)
        shown = await listed(stage)
        assert [item["scene"] for item in shown["items"]][:3] == [0, 1, 2]
        assert texts_of(shown)[2:5] == [
            None,
            "I let the lamp burn all night, as Anna wished.",
            None,
        ]


async def test_a_scene_without_a_line_of_its_own_is_never_remembered(settings: Settings) -> None:
    engine = RememberingEngine()
    engine.answers["The doctor prescribed"] = " heard the doctor prescribe cherry syrup."
    async with running(settings, engine=engine) as stage:
        await prepare(stage)
        shown = await listed(stage)
        assert 1 not in [item["scene"] for item in shown["items"]]
        assert await ask(stage, "Did the doctor prescribe cherry syrup?") == []
        assert not any("The doctor prescribed" in asked for asked in engine.asked)


async def test_an_edit_is_shown_from_the_next_turn_on(settings: Settings) -> None:
    async with running(settings, engine=RememberingEngine()) as stage:
        await prepare(stage)
        assert await ask(stage)
        (item,) = [each for each in (await listed(stage))["items"] if each["scene"] == BAKERY]
        mine = "I saw Gregor paint the bakery with a purple brush, and never said so."
        await stage.http.put(f"{URL}/{item['id']}", json={"text": mine})
        await ask(stage)  # which notices that it has no vector
        await stage.services.scene_memory_indexes.settled()
        (used,) = await ask(stage)
        assert used["lines"] == [mine]
        assert PURPLE not in prompt_of(stage)
        await stage.http.delete(f"{URL}/{item['id']}")
        assert await ask(stage) == []
        await stage.http.put(f"{URL}/{item['id']}", json={"text": PURPLE})
        assert [used["lines"] for used in await ask(stage)] == [[PURPLE]]  # its vector was kept


async def test_all_are_forgotten_once_removed(settings: Settings) -> None:
    async with running(settings, engine=RememberingEngine()) as stage:
        await prepare(stage)
        assert await ask(stage)
        await stage.http.delete(URL, params={"remove": "all"})
        assert await ask(stage) == []
        assert PURPLE not in prompt_of(stage)


async def test_another_process_notices(settings: Settings) -> None:
    async with (
        running(settings, engine=RememberingEngine()) as stage,
        running(settings, engine=RememberingEngine()) as other,
    ):
        await make(stage, LONG_PLAY)
        assert await ask(other) == []
        await write_all(stage)
        assert await ask(other)
        await stage.http.delete(URL, params={"remove": "all"})
        assert await ask(other) == []


async def test_a_restart_and_another_embedder_find_it(settings: Settings) -> None:
    async with running(settings, engine=RememberingEngine(), embedder=WatchedEmbedder()) as stage:
        await prepare(stage)
    async with running(settings, engine=RememberingEngine(), embedder=WatchedEmbedder()) as stage:
        assert await ask(stage)
    other = WatchedEmbedder("watched:b")
    async with running(settings, engine=RememberingEngine(), embedder=other) as stage:
        await until(lambda: other.keys)
        await stage.indexed("ben")
        assert await ask(stage) == []  # not embedded yet, and the turn does not wait
        await stage.services.scene_memory_indexes.settled()
        assert await ask(stage)


async def test_its_vectors_outlive_the_hourly_cleaning(settings: Settings) -> None:
    async with running(settings, engine=RememberingEngine()) as stage:
        await prepare(stage)
        embedder = stage.services.embedder.model_id
        keys = stage.services.passages
        async with stage.services.database.write() as session:
            await ExampleRepository(session).delete_orphaned_vectors()
        assert set(await keys.vectors([PURPLE])) == {PURPLE}
        await stage.http.delete(URL, params={"remove": "all"})
        async with stage.services.database.write() as session:
            await ExampleRepository(session).delete_orphaned_vectors()
            left = await session.scalar(select(KeyVector).where(KeyVector.embedder == embedder))
        assert await keys.vectors([PURPLE]) == {}
        assert left is not None  # the examples' own


async def test_vectors_that_are_lost_are_made_again(settings: Settings) -> None:
    async with running(settings, engine=RememberingEngine()) as stage:
        await prepare(stage)
        async with stage.services.database.write() as session:
            await session.execute(delete(KeyVector))
        assert await ask(stage) == []
        await stage.services.scene_memory_indexes.settled()
        assert await ask(stage)


async def test_the_share_of_the_prompt_is_the_same_whether_it_is_shown(settings: Settings) -> None:
    """Or an engine would have to read the examples again."""
    async with running(settings, engine=RememberingEngine()) as stage:
        await prepare(stage)
        conversation = await stage.open()
        prompts = []
        for said in ("Will you mend the nets?", ASKED, "Will you mend the nets?"):
            await stage.say(conversation, said)
            prompts.append(prompt_of(stage))
        assert [SHOWN in prompt for prompt in prompts] == [False, True, False]
        start = [prompt[: prompt.index("Will you mend the nets?\n")] for prompt in prompts]
        assert start[0] == start[1] == start[2]


async def test_it_never_takes_more_than_its_share(settings: Settings) -> None:
    engine = RememberingEngine(context_length=1_200)
    engine.answers["Who painted the bakery?"] = (
        " saw Gregor paint the bakery with a purple brush, " + "and again, " * 40 + "twice."
    )
    async with running(settings, engine=engine) as stage:
        await prepare(stage)
        (item,) = [each for each in (await listed(stage))["items"] if each["scene"] == BAKERY]
        long = "I saw Gregor paint the bakery with a purple brush, " + "and again, " * 38 + "twice."
        assert estimate_tokens(long) > (1_200 - 512) / 12
        await stage.http.put(f"{URL}/{item['id']}", json={"text": long})
        await ask(stage)
        await stage.services.scene_memory_indexes.settled()
        assert await ask(stage) == []
        assert "twice" not in prompt_of(stage)


@pytest.mark.parametrize(("until_scene", "expected"), [(None, {31, 32, 35}), (34, {31, 32, 33})])
def test_at_most_three_are_found_the_nearest_ones(
    until_scene: int | None, expected: set[int]
) -> None:
    """Forty memories at right angles; the query is nearest to the 35th, then 31st to 34th."""
    axes = np.eye(64, dtype=np.float32)
    memories = [SceneMemory(UUID(int=scene), scene, "", str(scene)) for scene in range(40)]
    index = SceneMemoryIndex(memories, axes[:40])
    query = axes[31] + 0.99 * axes[32] + 0.9 * axes[33] + 0.8 * axes[34] + 1.1 * axes[35]
    query /= np.linalg.norm(query)
    found = index.find(query, axes[40:60], until_scene)
    assert found.any_known
    assert {hit.memory.scene for hit in found.hits} == expected
    scores = [hit.score for hit in found.hits]
    assert scores == sorted(scores, reverse=True)
    assert index.find(query, axes[40:60], 0) == SceneMemoryHits()
    assert index.find(axes[63], axes[40:60], until_scene).hits == []


def test_what_is_shown_fits_its_share_and_stands_in_the_order_of_the_script() -> None:
    hits = [
        SceneMemoryHit(score, SceneMemory(UUID(int=scene), scene, "", text))
        for score, scene, text in ((0.9, 7, "I saw it."), (0.8, 3, "word " * 200), (0.7, 2, "So."))
    ]
    persona = Persona("Ben", "Keeper of the lamp.", "en")
    frame = CompletionDraft(persona, [], [Utterance("user", "Hello?")])
    budget = PromptBudget(prompt=2_400)
    found = SceneMemoryHits(any_known=True, hits=hits)
    shown = select_scene_memories(found, persona, frame, estimate_tokens, budget)
    assert [(each.scene, each.text) for each in shown] == [(2, "So."), (7, "I saw it.")]
    assert budget.scene_memories == 200  # a twelfth
    tight = PromptBudget(prompt=sum(map(estimate_tokens, frame.pieces())) + 1)
    assert select_scene_memories(found, persona, frame, estimate_tokens, tight) == []
    assert tight.scene_memories == 0
    nothing = PromptBudget(prompt=2_400)
    assert select_scene_memories(SceneMemoryHits(), persona, frame, estimate_tokens, nothing) == []
    assert nothing.scene_memories == 0


async def test_the_inspector_lists_it(settings: Settings) -> None:
    async with running(settings, engine=RememberingEngine()) as stage:
        await prepare(stage)
        url = "/api/characters/ben/examples"
        (found,) = as_object(await stage.http.get(url, params={"query": ASKED}))["scene_memories"]
        assert (found["lines"], found["id"], found["name"]) == ([PURPLE], BAKERY, "Five")
        assert found["shown"] is True
        response = await stage.http.get(url, params={"query": "Will you mend the nets?"})
        assert as_object(response)["scene_memories"] == []


async def test_what_is_not_in_use_changes_no_prompt(
    settings: Settings, tmp_path: Path, database_url: str
) -> None:
    """Without memories, prompts are byte for byte those of a service without the setting."""
    prompts = []
    for name, on in (("off", False), ("on", True)):
        url = database_url if name == "off" else f"sqlite:///{tmp_path}/other.sqlite3"
        if name == "on":
            upgrade(f"sqlite+aiosqlite:///{tmp_path}/other.sqlite3")
        retrieval = settings.retrieval.model_copy(update={"scene_memories": on})
        fresh = make_settings(url, tmp_path).model_copy(update={"retrieval": retrieval})
        async with running(fresh) as stage:
            await make(stage, LONG_PLAY)
            await ask(stage)
            prompts.append(prompt_of(stage))
    assert prompts[0] == prompts[1]


def test_the_play_has_the_scenes_that_the_tests_count_on() -> None:
    assert list(SCENES)[BAKERY] == "bakery"
