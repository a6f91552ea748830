"""SillyTavern's groups come in as stages, and stages go out as groups."""

import io
import json
import zipfile
from typing import Any

import httpx
import pytest

from tests.app.running import Json, Running, as_object, code_of, error_of, texts
from tests.app.stage.staging import act, cast_of, last_prompt, look, make_cast, open_stage, speaker

pytestmark = pytest.mark.anyio


def said(name: str, text: str, **more: Any) -> Json:
    """A message as SillyTavern writes it into a group's log."""
    if name == "Mara":
        return {"name": name, "is_user": True, "is_system": False, "mes": text, "extra": {}, **more}
    picture = {
        "original_avatar": f"{name}.png",
        "force_avatar": f"/thumbnail?type=avatar&file={name}.png",
    }
    return {
        "name": name,
        "is_user": False,
        "is_system": False,
        "send_date": "2024-05-06T05:08:09.010Z",
        "mes": text,
        "extra": {"gen_id": 7},
        **picture,
        **more,
    }


GROUP_LOG = [
    said("Anna", "Good evening."),
    said("System", "The lamp goes out.", extra={"type": "narrator"}),
    said("Mara", "Who has matches?"),
    said("Ben", "I have.", swipes=["Not I.", "I have."], swipe_id=1),
    {"name": "Note", "is_user": False, "is_system": True, "mes": "ooc", "extra": {}},
]
GROUP = {
    "id": "1714972089010",
    "name": "Lighthouse",
    "members": ["Anna.png", "Ben.png", "Clara.png"],
    "activation_strategy": 1,
    "their_own_field": [1, 2],
}


def rows_of(*rows: Json) -> bytes:
    return "\n".join(map(json.dumps, rows)).encode()


async def send(
    stage: Running, content: bytes, group: Json | None = None, **fields: str
) -> httpx.Response:
    if group is not None:
        fields["group"] = json.dumps(group)
    return await stage.http.post(
        "/api/conversations/import", files={"file": ("group.jsonl", content)}, data=fields
    )


async def imported(stage: Running, content: bytes, **more: Any) -> Json:
    response = await send(stage, content, **more)
    assert response.status_code == 201, response.text
    shown: Json = as_object(response)["conversation"]
    return shown


async def test_a_group_becomes_a_stage(stage: Running) -> None:
    await make_cast(stage)
    talk = await imported(stage, rows_of(*GROUP_LOG))
    assert (talk["is_stage"], talk["user_name"]) == (True, "Mara")
    assert cast_of(talk) == {"anna": True, "ben": True}
    assert texts(talk) == [
        "Good evening.",
        "The lamp goes out.",
        "Who has matches?",
        "I have.",
        "ooc",
    ]
    roles = ["assistant", "direction", "user", "assistant", "direction"]
    assert [each["role"] for each in talk["messages"]] == roles
    assert [speaker(each) for each in talk["messages"]] == ["anna", None, None, "ben", None]
    assert [each["hidden"] for each in talk["messages"]] == [False] * 4 + [True]
    assert len(talk["messages"][3]["alternatives"]) == 2
    turn = await act(stage, talk, "messages", content="Light it.", speaker="anna")
    assert speaker(turn["reply"]) == "anna"
    assert "Ben:I have." in last_prompt(stage)
    assert "ooc" not in last_prompt(stage)
    seen = await look(stage, talk, f"messages/{talk['messages'][3]['id']}/witnesses")
    assert [each["participant"]["slug"] for each in seen["knows"]] == ["anna", "ben"]


async def test_a_definition_names_the_group_and_its_silent_members(stage: Running) -> None:
    await make_cast(stage)
    talk = await imported(stage, rows_of(*GROUP_LOG), group=GROUP)
    assert talk["title"] == "Lighthouse"
    assert cast_of(talk) == {"anna": True, "ben": True, "clara": True}
    archive = await stage.http.get(
        f"/api/conversations/{talk['id']}/export", params={"format": "sillytavern_group"}
    )
    with zipfile.ZipFile(io.BytesIO(archive.content)) as files:
        definition, log = files.namelist()
        again = json.loads(files.read(definition))
        rows = [json.loads(row) for row in files.read(log).splitlines()]
    assert (definition, log) == (f"groups/{again['id']}.json", f"group chats/{again['id']}.jsonl")
    assert again["chats"] == [again["chat_id"]] == [again["id"]]
    kept = ("name", "members", "activation_strategy", "their_own_field")
    assert {name: again[name] for name in kept} == {name: GROUP[name] for name in kept}
    shared = ("name", "is_user", "is_system", "mes", "original_avatar", "force_avatar")
    assert [{name: row.get(name) for name in shared} for row in rows] == [
        {name: row.get(name) for name in shared} for row in GROUP_LOG
    ]
    assert rows[1]["extra"]["type"] == "narrator"
    assert (rows[3]["swipes"], rows[3]["swipe_id"]) == (["Not I.", "I have."], 1)


async def test_names_without_a_character_are_asked_for(stage: Running) -> None:
    await make_cast(stage)
    log = rows_of(said("Anna", "Hush."), said("Ghost", "Boo."), said("Warden", "Out!"))
    refused = await send(stage, log)
    assert code_of(refused) == "422 unmatched_names"
    assert error_of(refused)["detail"]["names"] == ["Ghost", "Warden"]
    chosen = {"Ghost": None, "Warden": "ben"}
    talk = await imported(stage, log, cast=json.dumps(chosen))
    assert [each["name"] for each in talk["participants"]] == ["Anna", "Ghost", "Ben"]
    assert [each["slug"] for each in talk["participants"]] == ["anna", None, "ben"]
    assert texts(talk) == ["Hush.", "Boo.", "Out!"]
    assert code_of(await send(stage, log, cast='{"Ghost": "nobody", "Warden": null}')) == (
        "404 character_not_found"
    )
    assert code_of(await send(stage, log, cast="[1]")) == "422 invalid_request"


async def test_a_stage_comes_back_with_all_that_only_some_know(stage: Running) -> None:
    await make_cast(stage)
    opened = await open_stage(stage, "anna", "ben")
    turn = await act(stage, opened, "messages", content="/whisper Ben: The key is in the well.")
    await act(stage, opened, "participants", character="clara")
    await act(stage, opened, f"messages/{turn['message']['id']}/tell", to=["clara"])
    log = await stage.http.get(f"/api/conversations/{opened['id']}/export")
    talk = await imported(stage, log.content)
    assert texts(talk) == texts(await stage.read(opened))
    assert [each["hidden"] for each in talk["messages"]] == [False] * 5
    assert cast_of(talk) == {"anna": True, "ben": True, "clara": True}
    for before, after in zip((await stage.read(opened))["messages"], talk["messages"], strict=True):
        knew, knows = [
            await look(stage, where, f"messages/{message['id']}/witnesses")
            for where, message in ((opened, before), (talk, after))
        ]
        assert [(each["participant"]["slug"], each["how"]) for each in knows["knows"]] == [
            (each["participant"]["slug"], each["how"]) for each in knew["knows"]
        ]
    for slug, knows_it in (("anna", False), ("clara", True)):
        await act(stage, talk, "messages", content="Well?", speaker=slug)
        assert ("The key is in the well." in last_prompt(stage)) is knows_it


async def test_one_name_is_a_conversation_of_two(stage: Running) -> None:
    await stage.make_character()
    talk = await imported(stage, rows_of(said("Mara", "Hello?"), said("Ben", "Yes.")))
    assert (talk["is_stage"], talk["character"]["slug"]) == (False, "ben")


@pytest.mark.parametrize(
    ("group", "code"),
    [({"name": "x"}, "422 not_a_group"), ({"members": "Anna.png"}, "422 not_a_group")],
)
@pytest.mark.one_database
async def test_what_is_no_group(stage: Running, group: Json, code: str) -> None:
    assert code_of(await send(stage, rows_of(*GROUP_LOG), group=group)) == code


@pytest.mark.one_database
async def test_either_a_character_or_a_cast(stage: Running) -> None:
    refused = await send(stage, rows_of(*GROUP_LOG), group=GROUP, character="ben")
    assert code_of(refused) == "422 character_or_cast"


@pytest.mark.one_database
async def test_more_than_a_stage_has_room_for(stage: Running) -> None:
    script = (await stage.upload())["id"]
    await stage.make_character("Ben", script_ids=[script])
    names = [f"P{number}" for number in range(9)]
    log = rows_of(said("Ben", "Yes."), *(said(name, "Here.") for name in names))
    chosen: dict[str, str | None] = dict.fromkeys(names)
    assert code_of(await send(stage, log, cast=json.dumps(chosen))) == "422 stage_full"
    chosen |= {"P0": "ben", "P1": "ben"}
    assert len((await imported(stage, log, cast=json.dumps(chosen)))["participants"]) == 8


@pytest.mark.one_database
async def test_two_of_one_name_are_told_apart(stage: Running) -> None:
    script = (await stage.upload())["id"]
    for _ in range(2):
        await stage.make_character("Ben", script_ids=[script])
    log = rows_of(said("Ben", "Yes."))
    refused = await send(stage, log)
    assert code_of(refused) == "422 unmatched_names"
    assert error_of(refused)["detail"]["choices"] == {"Ben": ["ben", "ben-2"]}
