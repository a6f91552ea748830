"""A character at a point in time knows nothing of later scenes."""

import pytest

from app.engines.scripted import ScriptedEngine
from app.settings import Settings
from tests.app.running import Json, Running, as_object, code_of, running

pytestmark = pytest.mark.anyio

SCENES = [
    ["Anna: Did you bring the letter, Ben?", "Ben: I brought the letter in my coat."],
    ["Clara: Is the lamp burning?", "Ben: The lamp burns all night long."],
    ["Anna: The letter is gone!", "Ben: The letter must have burnt in the lamp."],
    ["Clara: Who burnt it?", "Anna: Ben did.", "Ben: I burnt the letter, and I am sorry."],
    ["Anna: Will you leave the lamp?", "Ben: I shall leave for the city at dawn."],
    [
        "(Ben sits by the stove.)",
        "Anna: A magpie stole the candlestick.",
        "Clara: The magpie nests in the belfry.",
    ],
]
"""Ben speaks in all but the last one, where he only hears what is said."""
TURNS = [
    "Who burnt the letter in the lamp?",
    "Will you leave for the city at dawn, Ben?",
    "Where does the magpie nest that stole the candlestick?",
]


WAYS = [("reference", "reference"), ("fused", "best_last"), ("selector", "cached")]
"""Each mode and each layout once."""
OTHER_WAYS = [
    (mode, layout) for mode, _ in WAYS for _, layout in WAYS if (mode, layout) not in WAYS
]


@pytest.fixture
def mode() -> str:
    return "reference"


@pytest.fixture
def layout() -> str:
    return "cached"


@pytest.fixture
def settings(settings: Settings, mode: str, layout: str) -> Settings:
    retrieval = settings.retrieval.model_copy(update={"mode": mode})
    prompt = settings.prompt.model_copy(update={"layout": layout})
    return settings.model_copy(update={"retrieval": retrieval, "prompt": prompt})


async def make(stage: Running) -> None:
    stored = await stage.upload("\n\n".join("\n".join(scene) for scene in SCENES))
    await stage.make_character(script_ids=[stored["id"]])


async def at(stage: Running, conversation: Json, until_scene: int | None) -> None:
    response = await stage.http.patch(
        f"/api/conversations/{conversation['id']}", json={"until_scene": until_scene}
    )
    assert as_object(response)["until_scene"] == until_scene


def lines_in(prompt: object) -> set[int]:
    """The scenes that have a line in the prompt."""
    text = str(prompt)
    return {
        number
        for number, scene in enumerate(SCENES)
        if any(line.partition(": ")[2] in text for line in scene if ": " in line)
    }


class _Prompts:
    """What of the script and of the conversation enters them."""

    async def test_no_later_line_enters_a_prompt(self, stage: Running, mode: str) -> None:
        await make(stage)
        entered: set[int] = set()
        for known in range(len(SCENES) + 1):
            conversation = await stage.open(until_scene=known)
            for said in TURNS:
                reply = (await stage.say(conversation, said))["reply"]
                shown = lines_in(stage.engine.calls[-1].prompt)
                assert shown <= set(range(known))
                assert bool(shown) == bool(reply["examples"])
                entered |= shown
        heard = set() if mode == "reference" else {len(SCENES) - 1}
        assert entered == {*range(len(SCENES) - 1), *heard}

    async def test_going_back_in_time_takes_what_was_shown_away(self, stage: Running) -> None:
        await make(stage)
        conversation = await stage.open()
        await stage.say(conversation, TURNS[0])
        assert lines_in(stage.engine.calls[-1].prompt) - {0, 1}
        await at(stage, conversation, 2)
        await stage.say(conversation, TURNS[0])
        assert lines_in(stage.engine.calls[-1].prompt) <= {0, 1}
        await at(stage, conversation, None)
        await stage.say(conversation, TURNS[0])
        assert lines_in(stage.engine.calls[-1].prompt) - {0, 1}

    async def test_what_was_said_later_is_not_remembered_before(self, stage: Running) -> None:
        await make(stage)
        conversation = await stage.open()
        await stage.say(conversation, "The harbour has burnt down.")
        await at(stage, conversation, 2)
        await stage.say(conversation, "What news is there?")
        assert "harbour" not in str(stage.engine.calls[-1].prompt)
        await stage.say(conversation, "Nothing else?")
        assert "What news is there?" in str(stage.engine.calls[-1].prompt)
        await at(stage, conversation, None)
        await stage.say(conversation, "And now?")
        assert "harbour" in str(stage.engine.calls[-1].prompt)

    async def test_notes_in_the_profile_have_their_time(self, stage: Running) -> None:
        stored = await stage.upload("\n\n".join("\n".join(scene) for scene in SCENES))
        profile = "Ben keeps the lamp.\n[from scene 4] Ben feels guilty."
        await stage.make_character(script_ids=[stored["id"]], profile=profile)
        conversation = await stage.open(until_scene=3)
        await stage.say(conversation, "How are you?")
        assert "guilty" not in str(stage.engine.calls[-1].prompt)
        await at(stage, conversation, 4)
        await stage.say(conversation, "How are you?")
        assert "Ben feels guilty." in str(stage.engine.calls[-1].prompt)
        assert "from scene" not in str(stage.engine.calls[-1].prompt)

    async def test_the_person_may_play_a_speaker(self, stage: Running) -> None:
        await make(stage)
        conversation = await stage.open(**{"as": "Clara"})
        assert conversation["user_name"] == "Clara"
        await stage.say(conversation, "Is the lamp burning?")
        call = stage.engine.calls[-1]
        assert "Clara:Is the lamp burning?" in str(call.prompt)
        assert "\nClara:" in call.stop


@pytest.mark.parametrize(("mode", "layout"), WAYS)
class TestPromptsOnEitherDatabase(_Prompts):
    pass


@pytest.mark.one_database
@pytest.mark.parametrize(("mode", "layout"), OTHER_WAYS)
class TestPromptsOtherwiseChosen(_Prompts):
    pass


async def test_nobody_plays_whom_the_script_does_not_know(stage: Running) -> None:
    await make(stage)
    for name in ("Ben", "Dora"):
        response = await stage.http.post(
            "/api/conversations", json={"character": "ben", "as": name}
        )
        assert code_of(response) == "422 unknown_speaker"
        assert as_object(response)["error"]["detail"]["speakers"] == ["Anna", "Clara"]


async def test_the_scenes_to_choose_among(stage: Running) -> None:
    await make(stage)
    character = as_object(await stage.http.get("/api/characters/ben"))
    assert character["scenes"] == len(SCENES)
    scene = as_object(await stage.http.get("/api/characters/ben/scenes/3"))
    assert scene == {
        "position": 3,
        "heading": None,
        "episode": None,
        "opening": "Clara: Who burnt it?",
        "read": True,
    }
    missing = await stage.http.get(f"/api/characters/ben/scenes/{len(SCENES)}")
    assert code_of(missing) == "404 scene_not_found"


async def test_a_point_in_time_is_a_number_of_scenes(settings: Settings) -> None:
    async with running(settings, engine=ScriptedEngine()) as stage:
        await make(stage)
        for wrong in (-1, 2.5, "two"):
            response = await stage.http.post(
                "/api/conversations", json={"character": "ben", "until_scene": wrong}
            )
            assert code_of(response) == "422 invalid_request"
