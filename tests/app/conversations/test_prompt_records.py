"""Exact prompts: who may read them, how they leave, and that they go with their conversation."""

import json
import zipfile
import zlib
from collections.abc import AsyncIterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import func, select

from app.conversations.prompt_records import pack, unpack
from app.conversations.prompt_schemas import PromptPart, PromptRecord, PromptRoom
from app.conversations.purging import purge_deleted
from app.conversations.schemas import PromptOutline
from app.db.base import utc_now
from app.db.models import MessagePrompt
from tests.app.access.calling import BEARER, guarded
from tests.app.running import SCRIPT, Json, Running, as_object, code_of, running
from tests.app.turns.exact_prompts import exact, prompt_url

pytestmark = pytest.mark.anyio

SECRET = "I hid the silver spoon in the boat."


@pytest.fixture
async def guarded_stage(database_url: str, tmp_path: Path) -> AsyncIterator[Running]:
    """A service that needs a key, with Ben; its own client is a visitor."""
    async with running(guarded(database_url, tmp_path)) as started:
        async with started.client(**BEARER) as admin:
            files = {"file": ("Ben.txt", SCRIPT.encode())}
            await admin.post("/api/characters/import", files=files)
        await started.indexed("ben")
        yield started


async def spoken(stage: Running) -> tuple[Json, Json]:
    """A conversation of the client's, and a reply in it."""
    conversation = await stage.open()
    return conversation, (await stage.say(conversation, SECRET))["reply"]


async def kept(stage: Running) -> int:
    async with stage.services.database.read() as session:
        return (await session.scalar(select(func.count()).select_from(MessagePrompt))) or 0


async def test_only_operators_read_them(guarded_stage: Running) -> None:
    conversation, reply = await spoken(guarded_stage)
    nobody = {"id": "019c0000-0000-7000-8000-000000000000"}
    # The same answer whether or not such a reply exists: nothing is read before.
    for of in (reply, nobody, {"id": "no-id"}):
        refused = await guarded_stage.http.get(prompt_url(of))
        assert code_of(refused) == "401 admin_key_needed"
    url = f"/api/conversations/{conversation['id']}/export?format=prompts"
    for path in (url, "/api/conversations/export?format=prompts"):
        assert code_of(await guarded_stage.http.get(path)) == "401 admin_key_needed"
    async with guarded_stage.client(Authorization="Bearer ob_wrong") as stranger:
        assert (await stranger.get(prompt_url(reply))).status_code == 401
    async with guarded_stage.client(**BEARER) as admin:
        shown = as_object(await admin.get(prompt_url(reply)))
        assert SECRET in json.dumps(shown["parts"])
        assert shown["conversation_id"] == conversation["id"]
        # Another user's conversation is still not the operator's to export.
        assert code_of(await admin.get(url)) == "404 conversation_not_found"


async def test_they_are_exported_line_by_line(stage: Running) -> None:
    await stage.make_character()
    conversation, reply = await spoken(stage)
    again = f"/api/conversations/{conversation['id']}/messages/{reply['id']}/regenerate"
    second = as_object(await stage.http.post(again, json={}))["reply"]
    await stage.open()  # one without any reply
    url = f"/api/conversations/{conversation['id']}/export?format=prompts"
    response = await stage.http.get(url)
    assert response.headers["content-type"] == "application/x-ndjson"
    lines = [json.loads(line) for line in response.text.splitlines()]
    assert [line["message_id"] for line in lines] == [reply["id"], second["id"]]
    assert lines[0] == await exact(stage, reply)
    response = await stage.http.get("/api/conversations/export?format=prompts&character=ben")
    assert "ben-prompts.zip" in response.headers["content-disposition"]
    with zipfile.ZipFile(BytesIO(response.content)) as opened:
        assert opened.testzip() is None
        files = {name: opened.read(name) for name in opened.namelist()}
    written, empty = sorted(files.values(), key=len, reverse=True)
    assert [json.loads(line) for line in written.splitlines()] == lines
    assert empty == b""
    assert all(name.startswith("ben/") and name.endswith(".prompts.jsonl") for name in files)


async def test_many_replies_are_exported_in_pages(stage: Running) -> None:
    await stage.make_character()
    conversation, reply = await spoken(stage)
    url = f"/api/conversations/{conversation['id']}"
    for _ in range(21):
        await stage.http.post(f"{url}/messages/{reply['id']}/regenerate", json={})
    lines = (await stage.http.get(f"{url}/export?format=prompts")).text.splitlines()
    ids = [json.loads(line)["message_id"] for line in lines]
    assert len(ids) == len(set(ids)) == 22
    assert ids == sorted(ids)


async def test_purging_a_conversation_purges_its_prompts(stage: Running) -> None:
    await stage.make_character()
    conversation, _ = await spoken(stage)
    await spoken(stage)
    assert await kept(stage) == 2
    await stage.http.delete(f"/api/conversations/{conversation['id']}")
    await purge_deleted(stage.services.database, utc_now() + timedelta(days=1))
    assert await kept(stage) == 1


@pytest.mark.one_database
async def test_nothing_of_a_prompt_is_logged(
    stage: Running,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(record: PromptRecord) -> bytes:
        raise RuntimeError(str(record))

    await stage.make_character()
    monkeypatch.setattr("app.turns.store.pack", broken)
    _, reply = await spoken(stage)
    # Where it is logged to depends on what was configured before.
    logged = "".join((*capsys.readouterr(), caplog.text))
    assert "prompt_not_recorded" in logged
    assert "silver spoon" not in logged
    # The reply is kept all the same.
    assert reply["state"] == "complete"
    assert code_of(await stage.http.get(prompt_url(reply))) == "404 prompt_not_recorded"


@pytest.mark.one_database
@pytest.mark.parametrize(
    "damaged",
    [
        b"",
        b"no record",
        zlib.compress(b"[]"),
        zlib.compress(b'{"style":"verse"}'),
        zlib.compress(b"[" * 100_000),
        zlib.compress(b" " * 20_000_000),  # unpacks to more than any record has
        zlib.compress(b"{}")[:-3],
    ],
)
async def test_a_damaged_record_is_none(stage: Running, damaged: bytes) -> None:
    await stage.make_character()
    conversation, reply = await spoken(stage)
    async with stage.services.database.write() as session:
        (await session.get_one(MessagePrompt, UUID(reply["id"]))).record = damaged
    assert code_of(await stage.http.get(prompt_url(reply))) == "404 prompt_not_recorded"
    url = f"/api/conversations/{conversation['id']}/export?format=prompts"
    assert (await stage.http.get(url)).content == b""


def test_a_record_comes_back_as_it_was_and_takes_few_bytes() -> None:
    lines = [f"Anna: The {word} of the storm.\n" for word in ("eye", "end", "sound", "tale")] * 200
    record = PromptRecord(
        style="completion",
        model="scripted",
        continues=False,
        parts=[PromptPart(kind="history", text=line, tokens=7) for line in (*lines, "灯。\ud800")],
        left_out=[],
        left_out_counts=[],
        outline=PromptOutline(tokens=1, history=1, left_out=0, summarized=0, profile="none"),
        room=PromptRoom(context=1, reply=1, prompt=1, witnessed=0, scene_memories=0, memories=0),
        stops=["\nAnna:"],
    )
    packed = pack(record)
    assert len(packed) < 2_000
    found = unpack(packed)
    assert found.parts[:-1] == record.parts[:-1]
    assert found.parts[-1].text.startswith("灯。")
    assert (found.stops, found.room) == (record.stops, record.room)
