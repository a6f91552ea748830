"""What reaches the prompts of a stage's participants: what they witnessed, and nothing else."""

from uuid import UUID

import pytest
from sqlalchemy import update

from app.db.models import Message
from app.engines.scripted import ScriptedEngine
from app.settings import Settings
from tests.app.running import Json, Running, code_of, parse_events, running
from tests.app.stage.staging import (
    act,
    ask,
    last_prompt,
    look,
    make_cast,
    open_stage,
    speaker,
)

pytestmark = pytest.mark.anyio


async def test_others_are_dialogue_labelled_by_name(stage: Running) -> None:
    await make_cast(stage)
    opened = await open_stage(stage)
    stage.engine.reply = "The lamp is lit."
    await act(stage, opened, "messages", content="Good evening.", speaker="ben")
    stage.engine.reply = "I see it."
    await act(stage, opened, "go-on", speaker="clara")
    prompt = last_prompt(stage)
    assert "Clara of the island." in prompt
    assert "Ben of the island." not in prompt
    assert prompt.endswith(
        "(On stage: Anna, Ben and Clara.)\nMara:Good evening.\nBen:The lamp is lit.\n\nClara:"
    )
    stops = stage.engine.calls[-1].stop
    assert {"\nMara:", "\nAnna:", "\nBen:", "\nClara:"} <= set(stops)


async def test_a_whisper_is_answered_in_a_whisper_and_unknown_to_the_others(
    stage: Running,
) -> None:
    await make_cast(stage)
    opened = await open_stage(stage)
    stage.engine.reply = "I shall keep it."
    turn = await act(stage, opened, "messages", content="/whisper Ben The key is in the well.")
    assert turn["message"]["content"] == "The key is in the well."
    assert speaker(turn["reply"]) == "ben"
    ben = turn["reply"]["stage"]["speaker"]["id"]
    assert turn["message"]["stage"]["circle"] == turn["reply"]["stage"]["circle"] == [ben]
    assert "Mara:(whispering) The key is in the well." in last_prompt(stage)
    stage.engine.reply = "What a night."
    for slug in ("anna", "clara"):
        await act(stage, opened, "go-on", speaker=slug)
        assert "key" not in last_prompt(stage)
        assert "I shall keep it." not in last_prompt(stage)
    known = await look(stage, opened, f"messages/{turn['message']['id']}/witnesses")
    assert [(each["participant"]["slug"], each["how"]) for each in known["knows"]] == [
        ("ben", "whispered")
    ]


async def test_who_is_away_misses_what_is_said_and_may_be_told(stage: Running) -> None:
    await make_cast(stage)
    opened = await open_stage(stage)
    await act(stage, opened, "participants/clara/leave")
    stage.engine.reply = "So be it."
    turn = await act(stage, opened, "messages", content="The boat is sold.", speaker="ben")
    stage.engine.reply = "What a night."
    await act(stage, opened, "participants", character="clara")
    await act(stage, opened, "go-on", speaker="clara")
    assert "boat" not in last_prompt(stage)
    passed_on = await act(stage, opened, f"messages/{turn['message']['id']}/tell", to=["clara"])
    assert passed_on["messages"][-1]["content"] == "What Mara said reaches Clara."
    await act(stage, opened, "go-on", speaker="clara")
    assert '(Clara learns that Mara said: "The boat is sold.")' in last_prompt(stage)
    assert "So be it." not in last_prompt(stage)
    known = await look(stage, opened, f"messages/{turn['message']['id']}/witnesses")
    hows = {each["participant"]["slug"]: each["how"] for each in known["knows"]}
    assert hows == {"anna": "present", "ben": "present", "clara": "told"}


async def test_a_private_note_is_in_one_prompt_alone(stage: Running) -> None:
    await make_cast(stage)
    opened = await open_stage(stage)
    url = f"/api/conversations/{opened['id']}/participants/ben/note"
    response = await stage.http.put(url, json={"note": "Ben sank the boat."})
    assert response.status_code == 200, response.text
    assert response.json()["participants"][1]["note"] == "Ben sank the boat."
    for slug in ("anna", "ben", "clara"):
        await act(stage, opened, "go-on", speaker=slug)
        assert ("Ben sank the boat." in last_prompt(stage)) is (slug == "ben")


async def test_how_do_you_know_that(stage: Running) -> None:
    await make_cast(stage)
    opened = await open_stage(stage)
    stage.engine.reply = "Aye."
    await act(stage, opened, "messages", content="/whisper Ben The key is in the well.")
    reply = (await act(stage, opened, "messages", content="Well?", speaker="ben"))["reply"]
    known = await look(stage, opened, f"messages/{reply['id']}/knowledge")
    assert (known["speaker"]["slug"], known["earlier"]) == ("ben", 0)
    said = [each for each in known["items"] if each["kind"] == "message"]
    assert [(each["text"], each["how"], each["witnesses"]) for each in said] == [
        ("On stage: Anna, Ben and Clara.", "present", ["Anna", "Ben", "Clara"]),
        ("The key is in the well.", "whispered", ["Ben"]),
        ("Aye.", "said", ["Ben"]),
        ("Well?", "present", ["Anna", "Ben", "Clara"]),
    ]
    script = [each for each in known["items"] if each["kind"] == "script"]
    assert script
    assert all(each["how"] == "script" and "Ben" in each["witnesses"] for each in script)
    [direction] = (await stage.read(opened))["messages"][:1]
    refused = await stage.http.get(
        f"/api/conversations/{opened['id']}/messages/{direction['id']}/knowledge"
    )
    assert code_of(refused) == "422 not_a_reply"


async def test_lines_of_the_script_are_as_they_were_said(stage: Running) -> None:
    """A memory of a scene has no speaker, and a speaker's own colons are left alone."""
    await make_cast(stage)
    opened = await open_stage(stage)
    reply = (await act(stage, opened, "messages", content="Well?", speaker="ben"))["reply"]
    memory = "I know that at 10:30 the boat was gone."
    sources: list[Json] = [
        {"id": 0, "score": 1.0, "lines": ["Anna: He said：gone.", "Ben：So: it is."]},
        {"id": 1, "score": 1.0, "lines": [memory], "kind": "scene_memory"},
    ]
    async with stage.services.database.write() as session:
        changed = update(Message).where(Message.id == UUID(reply["id"]))
        await session.execute(changed.values(examples=sources))
    known = await look(stage, opened, f"messages/{reply['id']}/knowledge")
    script = [each for each in known["items"] if each["kind"] == "script"]
    assert [(each["speaker"], each["text"], each["witnesses"]) for each in script] == [
        ("Anna", "He said：gone.", ["Anna", "Ben"]),
        ("Ben", "So: it is.", ["Anna", "Ben"]),
        (None, memory, []),
    ]


async def test_what_the_prompt_had_no_room_for_is_not_among_it(settings: Settings) -> None:
    async with running(settings, engine=ScriptedEngine(context_length=700)) as stage:
        await make_cast(stage)
        opened = await open_stage(stage)
        for number in range(4):
            stage.engine.reply = f"Answer {number}. {'The lamp is lit. ' * 12}"
            asked = f"Question {number}. {'Is the lamp lit? ' * 12}"
            await act(stage, opened, "messages", content=asked, speaker="ben")
        # Who spoke last goes on: a direction to do so ends the prompt.
        [turn] = (await act(stage, opened, "go-on", speaker="ben"))["items"]
        prompt = last_prompt(stage)
        known = await look(stage, opened, f"messages/{turn['reply']['id']}/knowledge")
        said = [each["text"] for each in known["items"] if each["kind"] == "message"]
        assert known["earlier"] > 0
        assert [each for each in said if each.strip() not in prompt] == []
        assert known["earlier"] + len(said) == 9


async def test_a_director_speaks_in_directions(stage: Running) -> None:
    await make_cast(stage)
    opened = await open_stage(stage, role="director")
    turn = await act(stage, opened, "messages", content="The lamp goes out.", speaker="anna")
    assert turn["message"]["role"] == "direction"
    prompt = last_prompt(stage)
    assert prompt.endswith("(The lamp goes out.)\n\nAnna:")
    assert "Mara" not in prompt


async def test_stages_are_no_memories_of_other_conversations(stage: Running) -> None:
    await make_cast(stage)
    opened = await open_stage(stage)
    await act(stage, opened, "messages", content="The zebra is blue.", speaker="ben")
    await act(stage, opened, "messages", content="Is it?", speaker="ben")
    talk = await stage.open("ben", user_name="Mara")
    url = f"/api/conversations/{talk['id']}"
    assert (await stage.http.patch(url, json={"remembers_others": True})).is_success
    for _ in range(2):
        await stage.say(talk, "What colour is the zebra?")
        await stage.services.memory.settled()
    assert "zebra is blue" not in last_prompt(stage)


async def test_regenerate_as_another_and_continue(stage: Running) -> None:
    await make_cast(stage)
    opened = await open_stage(stage)
    first = await act(stage, opened, "messages", content="Who is there?", speaker="ben")
    reply = first["reply"]
    path = f"messages/{reply['id']}/regenerate"
    again = (await act(stage, opened, path))["reply"]
    assert speaker(again) == "ben"
    other = (await act(stage, opened, path, speaker="clara"))["reply"]
    assert speaker(other) == "clara"
    assert other["parent_id"] == reply["parent_id"]
    assert len(other["alternatives"]) == 3
    longer = (await act(stage, opened, f"messages/{other['id']}/continue"))["reply"]
    assert (longer["id"], speaker(longer)) == (other["id"], "clara")
    assert last_prompt(stage).endswith(f"Clara:{other['content']}")


async def test_events_carry_the_speaker(stage: Running) -> None:
    await make_cast(stage)
    opened = await open_stage(stage)
    response = await ask(stage, opened, "messages", content="@Clara hello", stream=True)
    events = parse_events(response.text)
    assert [name for name, _ in events[:3]] == ["message", "speaker", "examples"]
    clara = events[1][1]
    assert (clara["slug"], clara["reason"]) == ("clara", {"by": "user", "why": "asked"})
    assert {data["speaker"] for name, data in events if name in {"examples", "delta"}} == {
        clara["id"]
    }
    assert events[-1][1]["stage"]["speaker"]["id"] == clara["id"]
    assert events[0][1]["content"] == "Clara hello"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"content": "Hi", "speaker": "nobody"}, "404 participant_not_found"),
        ({"content": "/whisper Nora hi"}, "422 not_on_stage"),
        ({"content": "/whispers Ben: hi"}, "422 unknown_command"),
        ({"content": "@Clara /whisper Ben: hi"}, "422 unknown_command"),
        ({"content": "/w Ben: hi", "whisper_to": ["clara"]}, "422 unknown_command"),
        ({"content": "/whisper Ben"}, "422 empty_message"),
        ({"content": "Hi", "whisper_to": ["nobody"]}, "404 participant_not_found"),
    ],
)
async def test_names_that_nobody_has(stage: Running, body: dict[str, object], code: str) -> None:
    await make_cast(stage)
    opened = await open_stage(stage)
    assert code_of(await ask(stage, opened, "messages", **body)) == code
    assert len((await stage.read(opened))["messages"]) == 1


async def test_a_conversation_of_one_has_no_stage(stage: Running) -> None:
    await stage.make_character()
    talk = await stage.open()
    for path, body in (
        ("messages", {"content": "Hi", "speaker": "ben"}),
        ("go-on", {}),
    ):
        assert code_of(await ask(stage, talk, path, **body)) == "422 not_a_stage"
    reply = (await stage.say(talk, "Hi"))["reply"]
    path = f"messages/{reply['id']}/regenerate"
    assert code_of(await ask(stage, talk, path, speaker="ben")) == "422 not_a_stage"
