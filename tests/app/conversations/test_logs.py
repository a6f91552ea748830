"""Chats of SillyTavern come in and go out, and every conversation can be taken along."""

import asyncio
import json
import threading
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import anyio
import pytest

from app.access import LOCAL_OWNER
from app.conversations.archive import ZipSink, stream_archive
from app.settings import Settings
from tests.app.running import Json, Running, as_object, code_of, error_of, running, texts

pytestmark = pytest.mark.anyio

MAUD = (Path(__file__).parents[2] / "fixtures" / "chat_logs" / "maud.jsonl").read_bytes()
HEADER = {"user_name": "Ada", "character_name": "Ben", "create_date": "2024-02-03T10:11:12.000Z"}


def jsonl(*rows: Any) -> bytes:
    return "\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode()


def rows_of(content: bytes) -> list[Json]:
    return [json.loads(line) for line in content.split(b"\n")]


async def import_log(stage: Running, content: bytes, **fields: str) -> Json:
    response = await stage.http.post(
        "/api/conversations/import",
        files={"file": ("chat.jsonl", content)},
        data={"character": "ben", **fields},
    )
    assert response.status_code == 201, response.text
    return as_object(response)


async def export(stage: Running, conversation: Json, format: str = "sillytavern") -> bytes:
    url = f"/api/conversations/{conversation['id']}/export"
    response = await stage.http.get(url, params={"format": format})
    assert response.status_code == 200, response.text
    return response.content


async def archive(stage: Running, **query: str) -> dict[str, bytes]:
    response = await stage.http.get("/api/conversations/export", params=query)
    assert response.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(BytesIO(response.content)) as opened:
        assert opened.testzip() is None
        return {name: opened.read(name) for name in opened.namelist()}


async def test_a_chat_with_swipes_and_hidden_messages_comes_in(stage: Running) -> None:
    await stage.make_character()
    result = await import_log(stage, MAUD)
    assert result["rejected"] == []
    conversation = result["conversation"]
    assert (conversation["user_name"], conversation["title"]) == ("Ada", "Any ships?")
    assert conversation["created_at"].startswith("2024-02-03T10:11:12")
    assert texts(conversation) == ["The door was open.", "Any ships?", "a note", "没有。"]
    messages = conversation["messages"]
    assert [message["hidden"] for message in messages] == [False, False, True, False]
    assert [message["role"] for message in messages] == ["assistant", "user", *["assistant"] * 2]
    assert len(messages[0]["alternatives"]) == 2
    assert messages[0]["alternatives"][1] == messages[0]["id"]


async def test_it_goes_out_as_it_came(stage: Running) -> None:
    await stage.make_character()
    conversation = (await import_log(stage, MAUD))["conversation"]
    assert rows_of(await export(stage, conversation)) == rows_of(MAUD)


async def test_names_stay_unless_the_person_takes_another(stage: Running) -> None:
    await stage.make_character()
    said = {"is_user": True, "is_system": False, "extra": {}, "send_date": 1687184405012}
    content = jsonl(
        {**HEADER, "chat_metadata": {}},
        {"name": "Ada", "mes": "One.", **said},
        {"name": "Captain", "mes": "Two.", **said},
    )
    conversation = (await import_log(stage, content))["conversation"]
    assert rows_of(await export(stage, conversation)) == rows_of(content)
    url = f"/api/conversations/{conversation['id']}"
    await stage.http.patch(url, json={"user_name": "Eve"})
    header, *messages = rows_of(await export(stage, conversation))
    assert header["user_name"] == "Eve"
    assert [message["name"] for message in messages] == ["Eve", "Eve"]


async def test_a_single_swipe_stays_one(stage: Running) -> None:
    await stage.make_character()
    said = {"name": "Ben", "is_user": False, "is_system": False, "mes": "Hm.", "extra": {}}
    said |= {"send_date": "2024-02-03T10:11:13.000Z", "swipes": ["Hm."], "swipe_id": 0}
    content = jsonl({**HEADER, "chat_metadata": {}}, {**said, "swipe_info": [{"extra": {"a": 1}}]})
    conversation = (await import_log(stage, content))["conversation"]
    assert rows_of(await export(stage, conversation)) == rows_of(content)


async def test_the_chat_goes_on_without_what_is_hidden(stage: Running) -> None:
    await stage.make_character()
    conversation = (await import_log(stage, MAUD, user_name="Eve"))["conversation"]
    await stage.say(conversation, "And now?")
    prompt = str(stage.engine.calls[-1].prompt)
    assert "Eve:Any ships?\nBen:没有。\nEve:And now?" in prompt
    assert "a note" not in prompt
    *_, asked, reply = rows_of(await export(stage, conversation))
    assert (asked["name"], asked["mes"]) == ("Eve", "And now?")
    assert reply["extra"] == {"api": "offbook", "model": "scripted"}


async def test_rows_that_are_no_messages_are_told(stage: Running) -> None:
    await stage.make_character()
    content = jsonl(HEADER, {"name": "Ada", "is_user": True, "mes": "hi\0"}) + b"\n{broken\n[]"
    result = await import_log(stage, content)
    assert [(r["row"], r["code"]) for r in result["rejected"]] == [
        (3, "not_json"),
        (4, "not_an_object"),
    ]
    assert texts(result["conversation"]) == ["hi"]


async def test_a_chat_of_another_front_end(stage: Running) -> None:
    await stage.make_character()
    content = (
        b'{"name": "c", "greeting": "g", "messages": [{"handle": "Tru", "msg": "Late.",'
        b' "characterId": "i"}, {"handle": "You", "userId": "anon", "msg": "Yes"}]}'
    )
    result = await import_log(stage, content)
    assert result["rejected"] == []
    assert texts(result["conversation"]) == ["Late.", "Yes"]


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("content", "character", "code"),
    [
        (b"Ben: a play", "ben", "422 not_a_chat_log"),
        (b"\xff\xfe{}", "ben", "422 not_utf8"),
        (jsonl(HEADER, {"name": "Ada", "mes": "Hi"}), "nobody", "404 character_not_found"),
        (jsonl(HEADER), "ben", "422 no_messages"),
        (b'{"name": "c", "greeting": "g", "messages": []}', "ben", "422 no_messages"),
    ],
)
async def test_refusals(stage: Running, content: bytes, character: str, code: str) -> None:
    await stage.make_character()
    response = await stage.http.post(
        "/api/conversations/import", files={"file": content}, data={"character": character}
    )
    assert code_of(response) == code


@pytest.mark.one_database
async def test_limits_are_told(settings: Settings) -> None:
    limits = settings.limits.model_copy(update={"chat_log_messages": 3})
    async with running(settings.model_copy(update={"limits": limits})) as stage:
        await stage.make_character()
        response = await stage.http.post(
            "/api/conversations/import", files={"file": MAUD}, data={"character": "ben"}
        )
        assert code_of(response) == "413 too_large"
        assert "3 messages" in error_of(response)["message"]


async def test_a_conversation_of_ours_is_a_chat_of_sillytavern(stage: Running) -> None:
    await stage.make_character(greeting="Hm?", alternate_greetings=["Yes?"])
    conversation = await stage.open(user_name="Ada")
    turn = await stage.say(conversation, "Is the lighthouse burning?")
    url = f"/api/conversations/{conversation['id']}/messages"
    await stage.http.post(f"{url}/{turn['reply']['id']}/regenerate", json={})
    header, greeting, question, reply = rows_of(await export(stage, conversation))
    assert (header["user_name"], header["character_name"]) == ("Ada", "Ben")
    assert header["chat_metadata"] == {}
    assert (greeting["swipes"], greeting["swipe_id"]) == (["Hm?", "Yes?"], 0)
    assert (question["is_user"], question["mes"]) == (True, "Is the lighthouse burning?")
    assert "swipes" not in question
    assert reply["swipes"][reply["swipe_id"]] == reply["mes"]
    assert (len(reply["swipes"]), len(reply["swipe_info"]), reply["swipe_id"]) == (2, 2, 1)
    again = (await import_log(stage, await export(stage, conversation)))["conversation"]
    assert texts(again) == texts(await stage.read(conversation))


@pytest.mark.one_database
async def test_markdown_and_text_are_for_people(stage: Running) -> None:
    await stage.make_character()
    conversation = (await import_log(stage, MAUD))["conversation"]
    markdown = (await export(stage, conversation, "markdown")).decode()
    assert markdown.startswith("# Ben\n\n**Maud**\n\nThe door was open.\n\n**Ada**\n\nAny ships?")
    assert "a note" not in markdown
    text = (await export(stage, conversation, "text")).decode()
    assert text == "Maud: The door was open.\n\nAda: Any ships?\n\nMaud: None.\n\n"


async def test_everything_in_one_archive(stage: Running) -> None:
    await stage.make_character()
    await stage.make_character("Anna", script_ids=[(await stage.upload())["id"]])
    one, other = await stage.open("ben"), await stage.open("anna")
    await stage.say(one, "To Ben, who waits")
    await stage.say(other, "To Anna")
    files = await archive(stage)
    tail = one["id"].replace("-", "")[-8:]
    assert f"ben/to-ben-who-waits {tail}.jsonl" in files
    assert sorted(name.partition("/")[0] for name in files) == ["anna", "ben"]
    (name,) = await archive(stage, character="anna", format="markdown")
    assert name.startswith("anna/to-anna ")
    assert name.endswith(".md")
    assert await archive(stage, character="anna", format="text") != {}


async def test_branches_are_files_of_their_own(stage: Running) -> None:
    await stage.make_character(greeting="Hm?")
    conversation = await stage.open(user_name="Ada")
    turn = await stage.say(conversation, "First wording")
    url = f"/api/conversations/{conversation['id']}/messages/{turn['message']['id']}"
    await stage.http.patch(url, json={"content": "Second wording"})
    await stage.say(conversation, "Second wording")
    files = await archive(stage)
    assert len(files) == 2
    main = next(name for name in files if "branch" not in name)
    branch = next(name for name in files if "branch 1" in name)
    stem = main.partition("/")[2].removesuffix(".jsonl")
    header, greeting, question, _ = rows_of(files[branch])
    assert header["chat_metadata"]["main_chat"] == stem
    assert question["mes"] == "First wording"
    _, greeting, question, _ = rows_of(files[main])
    assert question["mes"] == "Second wording"
    assert greeting["extra"]["branches"] == [f"{stem} branch 1"]
    assert len(files) == 2


async def test_many_conversations_fit(stage: Running) -> None:
    await stage.make_character(greeting="Hm?")
    for _ in range(52):
        await stage.open("ben")
    assert len(await archive(stage)) == 52


async def test_everybody_sees_their_own_only(settings: Settings) -> None:
    away = settings.model_copy(
        update={
            "server": settings.server.model_copy(update={"host": "0.0.0.0"}),
            "access": type(settings.access)(admin_key="a-key-of-the-tests", public_uploads=True),
        }
    )
    async with running(away) as stage:
        await stage.make_character(greeting="Hm?")
        conversation = await stage.open("ben")
        assert len(await archive(stage)) == 1
        async with stage.client() as visitor:
            url = f"/api/conversations/{conversation['id']}/export"
            assert code_of(await visitor.get(url)) == "404 conversation_not_found"
            response = await visitor.get("/api/conversations/export")
            assert zipfile.ZipFile(BytesIO(response.content)).namelist() == []


async def test_leaving_a_download_waits_for_what_is_written(
    stage: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A ZIP cannot be closed while a thread writes into it."""
    await stage.make_character(greeting="Hm?")
    await stage.open("ben")
    loop, began, go_on = asyncio.get_running_loop(), asyncio.Event(), threading.Event()
    written: list[bytes] = []
    write = ZipSink.write

    def slow(self: ZipSink, data: bytes) -> int:
        written.append(data)
        if len(written) == 2:  # the first is the header, before the ZIP takes a file for open
            loop.call_soon_threadsafe(began.set)
            go_on.wait(10)
        return write(self, data)

    monkeypatch.setattr(ZipSink, "write", slow)

    async def download() -> None:
        async for _ in stream_archive(stage.services.database, LOCAL_OWNER, None, "text"):
            pass

    async with anyio.create_task_group() as listening:
        listening.start_soon(download)
        await began.wait()
        listening.cancel_scope.cancel()
        loop.call_later(0.05, go_on.set)
