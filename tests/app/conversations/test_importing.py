"""An import lets others write, shows nothing before it is whole, and is bounded for visitors."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, select, update

from app.conversations.purging import purge_deleted
from app.db.base import utc_now
from app.db.models import Conversation, Message
from app.readers.chat_logs import read_log
from app.settings import Settings
from characters.chat_logs.model import ChatLog
from tests.app.running import Json, Running, as_object, code_of, error_of, running, until

pytestmark = pytest.mark.anyio


def chat(count: int, text: str = "Hello.") -> bytes:
    rows: list[Json] = [{"user_name": "Ada", "character_name": "Ben"}]
    rows += [{"name": "x", "is_user": n % 2 == 0, "mes": f"{text} {n}"} for n in range(count)]
    return "\n".join(map(json.dumps, rows)).encode()


async def send(client: Any, content: bytes) -> Any:
    return await client.post(
        "/api/conversations/import",
        files={"file": ("chat.jsonl", content)},
        data={"character": "ben"},
    )


async def listed(client: Any) -> list[Json]:
    items: list[Json] = as_object(await client.get("/api/conversations"))["items"]
    return items


async def messages(stage: Running) -> int:
    stats = as_object(await stage.http.get("/api/admin/stats"))
    return int(stats["messages"])


@asynccontextmanager
async def open_to_visitors(settings: Settings, **limits: int) -> AsyncIterator[Running]:
    """A service beyond loopback, with Ben in it; its client is an admin."""
    changed = settings.limits.model_copy(update=limits)
    public = settings.model_copy(
        update={
            "server": settings.server.model_copy(update={"host": "0.0.0.0"}),
            "access": type(settings.access)(admin_key="a-key-of-the-tests"),
            "limits": changed,
        }
    )
    async with running(public) as stage:
        stage.http.headers["Authorization"] = "Bearer a-key-of-the-tests"
        await stage.make_character()
        yield stage


class Gate:
    """Holds imports up while they are read."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.waiting = 0
        self.opened = asyncio.Event()

        async def held_up(*arguments: Any) -> ChatLog:
            self.waiting += 1
            await asyncio.wait_for(self.opened.wait(), 20)
            return await read_log(*arguments)

        monkeypatch.setattr("app.conversations.importer.read_log", held_up)


async def test_others_write_while_a_chat_is_taken_in(
    stage: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between two of its batches a whole turn is stored, and the chat is not yet seen."""
    await stage.make_character()
    conversation = await stage.open()
    seen: list[None] = []

    def watched(table: type[Any]) -> Any:
        if table is Message:
            seen.append(None)
        return insert(table)

    monkeypatch.setattr("app.conversations.importer.insert", watched)
    importing = asyncio.create_task(send(stage.http, chat(2_000)))
    await until(lambda: seen)
    await stage.say(conversation, "Meanwhile?")
    shown = [each["id"] for each in await listed(stage.http)]
    batches = len(seen)
    imported = as_object(await importing)["conversation"]
    assert (await stage.read(conversation))["messages"][0]["content"] == "Meanwhile?"
    assert len(seen) == 4
    if batches < 4:  # else it was quicker than the turn
        assert shown == [conversation["id"]]
    assert imported["id"] in [each["id"] for each in await listed(stage.http)]


async def test_an_import_that_dies_leaves_nothing(
    stage: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stage.make_character()
    batches: list[None] = []

    def broken(table: type[Any]) -> Any:
        if table is Message:
            batches.append(None)
        if len(batches) == 3:
            raise RuntimeError("killed")
        return insert(table)

    monkeypatch.setattr("app.conversations.importer.insert", broken)
    with pytest.raises(RuntimeError, match="killed"):
        await send(stage.http, chat(2_000))
    assert await listed(stage.http) == []
    assert await messages(stage) == 1_000
    async with stage.services.database.read() as session:
        (id,) = await session.scalars(select(Conversation.id))
    for path in ("", "/export", "/messages"):
        answer = await stage.http.get(f"/api/conversations/{id}{path}")
        assert code_of(answer) == "404 conversation_not_found"
    answer = await stage.http.post(f"/api/conversations/{id}/restore")
    assert code_of(answer) == "404 conversation_not_found"
    # It could still be running: for an hour maintenance leaves it alone.
    await purge_deleted(stage.services.database)
    assert await messages(stage) == 1_000
    async with stage.services.database.write() as session:
        at = await session.scalar(select(Conversation.deleted_at))
        assert at is not None
        await session.execute(update(Conversation).values(deleted_at=at - timedelta(hours=1)))
    await purge_deleted(stage.services.database)
    assert await messages(stage) == 0


@pytest.mark.one_database
async def test_one_import_of_each_and_few_of_all(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate(monkeypatch)
    async with (
        open_to_visitors(settings, imports_at_once=2) as stage,
        stage.client() as one,
        stage.client() as other,
        stage.client() as third,
    ):
        for client in (one, other, third):
            await client.get("/")
        first = asyncio.create_task(send(one, chat(3)))
        await until(lambda: gate.waiting == 1)
        refused = await send(one, chat(3))
        assert code_of(refused) == "429 import_running"
        assert refused.headers["Retry-After"] == "5"
        second = asyncio.create_task(send(other, chat(3)))
        await until(lambda: gate.waiting == 2)
        assert code_of(await send(third, chat(3))) == "429 too_many_imports"
        gate.opened.set()
        assert ((await first).status_code, (await second).status_code) == (201, 201)
        assert (await send(third, chat(3))).status_code == 201


@pytest.mark.one_database
async def test_visitors_bring_smaller_chats(settings: Settings) -> None:
    limits = {"visitor_chat_log_bytes": 5_000, "visitor_chat_log_messages": 20}
    async with open_to_visitors(settings, **limits) as stage, stage.client() as visitor:
        many, large = chat(21), chat(2, "x" * 5_000)
        for content, told in ((many, "20 messages"), (large, "5,000 bytes")):
            refused = await send(visitor, content)
            assert code_of(refused) == "413 too_large"
            assert told in error_of(refused)["message"]
            assert (await send(stage.http, content)).status_code == 201
        taken = await send(visitor, chat(20))
        assert taken.status_code == 201
        # Whoever comes for the first time is known again by the cookie of this answer.
        assert [each["id"] for each in await listed(visitor)] == [
            as_object(taken)["conversation"]["id"]
        ]


async def test_a_visitors_conversations_are_counted(settings: Settings) -> None:
    async with (
        open_to_visitors(settings, visitor_conversations=2) as stage,
        stage.client() as visitor,
        stage.client() as other,
    ):
        wanted = {"character": "ben"}
        opened = [as_object(await visitor.post("/api/conversations", json=wanted))]
        assert (await send(visitor, chat(2))).status_code == 201
        for refused in (
            await visitor.post("/api/conversations", json=wanted),
            await send(visitor, chat(2)),
        ):
            assert code_of(refused) == "409 too_many_conversations"
            assert "Delete a conversation" in error_of(refused)["message"]
        assert (await other.post("/api/conversations", json=wanted)).status_code == 201
        for _ in range(3):
            assert (await stage.http.post("/api/conversations", json=wanted)).status_code == 201
        url = f"/api/conversations/{opened[0]['id']}"
        assert (await visitor.delete(url)).status_code == 204
        assert (await visitor.post("/api/conversations", json=wanted)).status_code == 201


async def test_a_visitors_messages_are_counted(settings: Settings) -> None:
    async with (
        open_to_visitors(settings, visitor_messages=5) as stage,
        stage.client() as visitor,
    ):
        wanted = {"character": "ben"}
        conversation = as_object(await visitor.post("/api/conversations", json=wanted))
        mine = Running(stage.app, visitor, stage.engine)
        await mine.say(conversation, "One.")
        turn = await mine.say(conversation, "Two.")
        url = f"/api/conversations/{conversation['id']}/messages"
        refused = await mine.send(conversation, "Three.")
        assert code_of(refused) == "409 too_many_messages"
        again = f"{url}/{turn['reply']['id']}/regenerate"
        assert (await visitor.post(again, json={})).status_code == 200
        for answer in (
            await visitor.post(again, json={}),
            await visitor.patch(f"{url}/{turn['message']['id']}", json={"content": "Too?"}),
            await send(visitor, chat(1)),
        ):
            assert code_of(answer) == "409 too_many_messages"
        assert (await visitor.delete(f"/api/conversations/{conversation['id']}")).status_code == 204
        assert (await send(visitor, chat(5))).status_code == 201


async def test_a_visitor_cannot_hoard_deleted_conversations(settings: Settings) -> None:
    async with open_to_visitors(settings) as stage, stage.client() as visitor:
        ids = []
        for _ in range(23):
            answer = await visitor.post("/api/conversations", json={"character": "ben"})
            ids.append(as_object(answer)["id"])
            await visitor.delete(f"/api/conversations/{ids[-1]}")
        answers = [await visitor.post(f"/api/conversations/{id}/restore") for id in ids]
        assert [answer.status_code for answer in answers] == [404] * 3 + [200] * 20
        await purge_deleted(stage.services.database)
        async with stage.services.database.read() as session:
            left = (await session.scalars(select(Conversation.id))).all()
        assert sorted(map(str, left)) == ids[3:]


async def test_purging_leaves_what_can_be_restored(stage: Running) -> None:
    await stage.make_character(greeting="Hm?")
    kept, old = await stage.open(), await stage.open()
    for conversation in (kept, old):
        await stage.http.delete(f"/api/conversations/{conversation['id']}")
    async with stage.services.database.write() as session:
        gone = update(Conversation).where(Conversation.id == UUID(old["id"]))
        await session.execute(gone.values(deleted_at=utc_now() - timedelta(days=30, seconds=1)))
    await purge_deleted(stage.services.database)
    answers = [
        await stage.http.post(f"/api/conversations/{each['id']}/restore") for each in (kept, old)
    ]
    assert [answer.status_code for answer in answers] == [200, 404]
    assert await messages(stage) == 1
