"""What a character knows enters a turn's prompt, by the rules of Character Card V3."""

import json
from typing import Any

import pytest

from app.engines.scripted import ScriptedEngine
from app.settings import Settings
from tests.app.cards.shelf import export, import_card
from tests.app.running import Json, Running, as_object, code_of, running
from tests.characters.cards.carriers import FIXTURES, v2

pytestmark = pytest.mark.anyio

WORLD = (FIXTURES.parent / "lorebooks" / "harbour.world.json").read_bytes()


def entry(keys: list[str], content: str, **more: Any) -> Json:
    plain = {"extensions": {}, "enabled": True, "insertion_order": 10}
    return {"keys": keys, "content": content, **plain, **more}


def book(*entries: Json, **more: Any) -> Json:
    return {"spec": "lorebook_v3", "data": {"extensions": {}, "entries": list(entries), **more}}


async def add(stage: Running, content: Json | bytes, slug: str = "ben") -> Json:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    response = await stage.http.post(
        f"/api/admin/characters/{slug}/lorebooks", files={"file": ("Lamp.json", body)}
    )
    assert response.status_code == 201, response.text
    return as_object(response)


def prompt_of(stage: Running) -> str:
    return str(stage.engine.calls[-1].prompt)


def lore_of(turn: Json) -> list[Json]:
    return [item for item in turn["reply"]["examples"] if item["kind"] == "lore"]


async def test_what_of_a_book_has_no_effect_is_said_when_it_is_added(stage: Running) -> None:
    await stage.make_character()
    given = await add(stage, book(entry(["/(?<!street)lamp/"], "A lamp."), entry(["oil"], "Oil.")))
    (warning,) = given["warnings"]
    assert "(?<!street)lamp" in warning
    empty = await stage.http.post(
        "/api/admin/characters/ben/lorebooks", files={"file": ("a.json", b'{"entries": []}')}
    )
    assert code_of(empty) == "422 empty_lorebook"


async def test_keys_know_the_names_and_filters_the_character(stage: Running) -> None:
    await stage.make_character()
    mine = {"characterFilter": {"names": ["Ben"], "tags": []}}
    others = {"characterFilter": {"names": ["Zoe"], "tags": []}}
    named = entry(["{{char}}"], "Named.", extensions=mine)
    await add(stage, book(named, entry(["Ben"], "Never.", extensions=others)))
    turn = await stage.say(await stage.open(), "Is Ben here?")
    assert [item["lines"] for item in lore_of(turn)] == [["Named."]]


async def test_an_entry_enters_when_its_key_is_said(stage: Running) -> None:
    await stage.make_character(profile="Keeps a lamp.")
    given = await add(stage, book(entry(["lens"], "The lens is from Brest.", name="Lens")))
    assert (given["name"], given["entries"], given["embedded"]) == ("Lamp", 1, False)
    conversation = await stage.open()
    silent = await stage.say(conversation, "Good evening to you")
    assert lore_of(silent) == []
    assert "Brest" not in prompt_of(stage)
    turn = await stage.say(conversation, "Who polishes the LENS?")
    assert "The lens is from Brest.\nKeeps a lamp." in prompt_of(stage)
    (told,) = lore_of(turn)
    assert told == {
        "id": 0,
        "score": 0.0,
        "lines": ["The lens is from Brest."],
        "kind": "lore",
        "name": "Lens",
        "key": "lens",
        "place": 0,
        "scene": None,
        "start": None,
        "cut": 0,
    }
    assert {item["kind"] for item in turn["reply"]["examples"]} == {"example", "lore"}


async def test_it_is_an_item_of_the_streams_examples(stage: Running) -> None:
    await stage.make_character()
    await add(stage, book(entry([], "It always rains.", constant=True)))
    events = dict(await stage.stream(await stage.open(), "Hello"))
    assert [item["lines"] for item in events["examples"]["items"] if item["kind"] == "lore"] == [
        ["It always rains."]
    ]


async def test_examples_keep_their_places_beside_lore(stage: Running) -> None:
    """Ids of lore are entries' numbers, and must not be taken for examples'."""
    await stage.make_character()
    await add(stage, book(*(entry([], f"Fact {n}.", constant=True) for n in range(5))))
    conversation = await stage.open()
    first = await stage.say(conversation, "Is the lighthouse burning?")
    second = await stage.say(conversation, "And what of winter?")
    places = [
        {
            item["id"]: item["place"]
            for item in turn["reply"]["examples"]
            if item["kind"] == "example"
        }
        for turn in (first, second)
    ]
    assert places[0].items() <= places[1].items()


async def test_openai_clients_are_told_as_well(stage: Running) -> None:
    await stage.make_character()
    await add(stage, book(entry(["lens"], "The lens is from {{user}}.")))
    body = {"model": "ben", "messages": [{"role": "user", "content": "The lens?", "name": "Ann"}]}
    answer = as_object(await stage.http.post("/v1/chat/completions", json=body))
    assert answer["offbook"]["lore"] == [
        {"name": "", "key": "lens", "text": "The lens is from Ann."}
    ]
    quiet = {"model": "ben", "messages": [{"role": "user", "content": "Hello"}]}
    answer = as_object(await stage.http.post("/v1/chat/completions", json=quiet))
    assert answer["offbook"].keys() == {"examples"}


async def test_a_book_in_a_card_is_the_characters(stage: Running) -> None:
    entries = [
        entry(["river"], "@@depth 0\n{{char}} fears the river, {{user}}.", insertion_order=2),
        entry(["/ri.er/i"], "Patterns count.", insertion_order=1, use_regex=True),
        entry(["C++"], "Not a pattern.", use_regex=True),
        entry(["river"], "Off.", enabled=False),
        entry(["river"], "Needs both.", selective=True, secondary_keys=["boat"]),
    ]
    card = v2(description="Vi.", character_book={"extensions": {}, "entries": entries})
    await import_card(stage, card)
    (listed,) = as_object(await stage.http.get("/api/admin/characters/vi/lorebooks"))["items"]
    assert (listed["embedded"], listed["entries"], listed["name"]) == (True, 5, "Vi")
    conversation = await stage.open("vi", user_name="Ann")
    turn = await stage.say(conversation, "Is the river deep?")
    assert [each["lines"][0] for each in lore_of(turn)] == [
        "Patterns count.",
        "Vi fears the river, Ann.",
    ]
    assert "Ann:Is the river deep?\nVi fears the river, Ann.\n\nVi:" in prompt_of(stage)


async def test_books_are_switched_off_and_taken_away(stage: Running) -> None:
    await stage.make_character()
    id = (await add(stage, book(entry([], "It always rains.", constant=True))))["id"]
    url = f"/api/admin/characters/ben/lorebooks/{id}"
    conversation = await stage.open()
    assert lore_of(await stage.say(conversation, "One")) != []
    assert (await stage.http.patch(url, json={"enabled": False})).json()["enabled"] is False
    assert lore_of(await stage.say(conversation, "Two")) == []
    await stage.http.patch(url, json={"enabled": True})
    assert lore_of(await stage.say(conversation, "Three")) != []
    assert (await stage.http.delete(url)).status_code == 204
    assert lore_of(await stage.say(conversation, "Four")) == []
    assert code_of(await stage.http.delete(url)) == "404 lorebook_not_found"


async def test_a_world_file_goes_out_as_a_v3_book(stage: Running) -> None:
    await stage.make_character()
    given = await add(stage, WORLD)
    url = f"/api/admin/characters/ben/lorebooks/{given['id']}/file"
    response = await stage.http.get(url)
    assert "attachment" in response.headers["content-disposition"]
    out = response.json()
    assert out["spec"] == "lorebook_v3"
    world = json.loads(WORLD)["entries"]
    assert [each["content"] for each in out["data"]["entries"]] == [
        each["content"] for each in world.values()
    ]
    again = await add(stage, response.content)
    assert again["entries"] == given["entries"] == len(world)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"not json", "422 not_json"),
        (b'{"entries": 3}', "422 not_a_lorebook"),
        (b'{"entries": {}, "x": "' + b"x" * 10_000_000 + b'"}', "413 too_large"),
    ],
    ids=["text", "other", "large"],
)
async def test_what_is_no_lorebook_is_refused(stage: Running, content: bytes, code: str) -> None:
    await stage.make_character()
    response = await stage.http.post("/api/admin/characters/ben/lorebooks", files={"file": content})
    assert code_of(response) == code


async def test_lore_has_a_quarter_of_the_context_and_drops_the_rest(settings: Settings) -> None:
    # 2,048 tokens, at most half of them for the reply: a quarter of the other half is 250.
    async with running(settings, engine=ScriptedEngine(context_length=2_048)) as stage:
        await stage.make_character()
        entries = [entry([], f"第{n}。" + "字" * 90, constant=True, priority=n) for n in range(6)]
        await add(stage, book(*entries))
        turn = await stage.say(await stage.open(), "Hello")
        numbers = [each["id"] for each in lore_of(turn)]
        assert numbers == sorted(numbers)
        assert numbers[-1] == 5
        assert 1 <= len(numbers) < 6
        assert numbers == list(range(6 - len(numbers), 6))


async def test_entries_of_a_greeting(stage: Running) -> None:
    card = v2(
        first_mes="Hm?",
        alternate_greetings=["Yes?"],
        character_book={"extensions": {}, "entries": [entry(["hi"], "@@is_greeting 1\nSecond.")]},
    )
    await import_card(stage, card)
    conversation = await stage.open("vi")
    assert lore_of(await stage.say(conversation, "hi")) == []
    other = await stage.open("vi")
    second = other["messages"][0]["alternatives"][1]
    await stage.http.post(f"/api/conversations/{other['id']}/messages/{second}/activate")
    assert [each["lines"] for each in lore_of(await stage.say(other, "hi"))] == [["Second."]]


async def test_an_edited_first_question_is_no_greeting(stage: Running) -> None:
    await stage.make_character()
    await add(stage, book(entry(["hi"], "@@is_greeting 1\nSecond.")))
    conversation = await stage.open()
    turn = await stage.say(conversation, "hi")
    url = f"/api/conversations/{conversation['id']}/messages/{turn['message']['id']}"
    await stage.http.patch(url, json={"content": "hi again"})
    assert lore_of(await stage.say(conversation, "hi again")) == []


async def test_picks_stay_and_macros_are_never_read_twice(stage: Running) -> None:
    choices = ",".join(f"way{n}" for n in range(50))
    profile = f"Goes {{{{pick:{choices}}}}}. {{{{// hidden}}}}{{{{unknown:x}}}}"
    await import_card(stage, v2(description=profile))
    conversation = await stage.open("vi", user_name="{{char}}")
    found = set()
    for n in range(3):
        await stage.say(conversation, f"Number {n}")
        prompt = prompt_of(stage)
        assert "hidden" not in prompt
        assert "{{unknown:x}}" in prompt
        assert "{{char}}:Number" in prompt
        found.add(prompt.partition("Goes ")[2].partition(".")[0])
    assert len(found) == 1


async def test_books_of_a_character_leave_in_one_card(stage: Running) -> None:
    own = {"extensions": {}, "entries": [entry(["a"], "A.")], "scan_depth": 2, "x": 1}
    await import_card(stage, v2(character_book=own))
    await add(stage, book(entry(["b"], "B."), scan_depth=9), "vi")
    exported = json.loads(await export(stage, "vi", format="v2"))["data"]["character_book"]
    assert (exported["scan_depth"], exported["x"]) == (2, 1)
    assert [each["content"] for each in exported["entries"]] == ["A.", "B."]
    assert exported["entries"][1]["extensions"] == {"scan_depth": 9}


async def test_inspection_knows_lorebooks_chats_and_scripts(stage: Running) -> None:
    chat = (FIXTURES.parent / "chat_logs" / "maud.jsonl").read_bytes()
    kinds = {}
    for name, content in {"w.json": WORLD, "c.jsonl": chat, "p.txt": b"A: Hi.\nB: Ho."}.items():
        files = {"file": (name, content)}
        report = as_object(await stage.http.post("/api/files/inspect", files=files))
        kinds[name] = report["kind"]
        if report["chat"]:
            assert report["chat"] == {
                "user_name": "Ada",
                "character_name": "Maud",
                "messages": 4,
                "rejected": 0,
            }
    assert kinds == {"w.json": "lorebook", "c.jsonl": "chat", "p.txt": "script"}
