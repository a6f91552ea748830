"""A reply is saved while it streams: who reads finds it growing, and its end finds the same row."""

import asyncio
from uuid import UUID

import pytest
from sqlalchemy import event, func, select

from app.db.models import Message
from app.turns import lease
from app.turns.runner import RunningTurn
from tests.app.running import Json, Running, as_object, until

pytestmark = pytest.mark.anyio

WORDS = " ".join(f"word{n}" for n in range(40))


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Saves come after twentieths of a second instead of seconds."""
    monkeypatch.setattr(lease, "_FIRST_SAVE_SECONDS", 0.05)
    monkeypatch.setattr(lease, "_SAVE_SECONDS", 0.05)


async def growing(stage: Running, conversation: Json) -> Json:
    """The conversation as soon as a part of its running reply is stored."""
    async with asyncio.timeout(10):
        while not (shown := await stage.read(conversation))["writing"]:  # noqa: ASYNC110 (a request knows no event)
            await asyncio.sleep(0.01)
    return shown


async def rows(stage: Running) -> int:
    async with stage.services.database.read() as session:
        return await session.scalar(select(func.count()).select_from(Message)) or 0


async def test_readers_see_it_grow_and_its_end_completes_it(stage: Running, soon: None) -> None:
    await stage.make_character()
    conversation = await stage.open()
    stage.engine.reply, stage.engine.delay = WORDS, 0.05
    turn = asyncio.create_task(stage.say(conversation, "Count."))
    first = await growing(stage, conversation)
    partial = first["messages"][-1]
    assert (first["busy"], first["writing"]) == (True, partial["id"])
    assert (partial["state"], partial["finish_reason"]) == ("partial", None)
    assert WORDS.startswith(partial["content"])
    while (later := (await growing(stage, conversation))["messages"][-1]) == partial:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    assert later["id"] == partial["id"]
    assert later["content"].startswith(partial["content"])
    stage.engine.delay = 0.0
    reply = (await turn)["reply"]
    assert (reply["id"], reply["content"], reply["state"]) == (partial["id"], WORDS, "complete")
    assert reply["alternatives"] == [reply["id"]]
    done = await stage.read(conversation)
    assert (done["busy"], done["writing"], done["messages"][-1]) == (False, None, reply)
    assert await rows(stage) == 2


async def test_what_was_continued_is_whole_at_any_time(stage: Running, soon: None) -> None:
    await stage.make_character()
    conversation = await stage.open()
    stage.engine.reply = "Before"
    reply = (await stage.say(conversation, "Count."))["reply"]
    stage.engine.reply, stage.engine.delay = f" {WORDS}", 0.05
    url = f"/api/conversations/{conversation['id']}/messages/{reply['id']}/continue"
    turn = asyncio.create_task(stage.http.post(url, json={}))
    shown = (await growing(stage, conversation))["messages"]
    assert [message["id"] for message in shown][1:] == [reply["id"]]
    assert f"Before {WORDS}".startswith(shown[-1]["content"])
    assert shown[-1]["content"].startswith("Before word0")
    stage.engine.delay = 0.0
    assert as_object(await turn)["reply"]["content"] == f"Before {WORDS}"
    assert await rows(stage) == 2


async def test_a_cancelled_reply_stays_in_the_row_it_was_saved_in(
    stage: Running, soon: None
) -> None:
    await stage.make_character()
    conversation = await stage.open()
    stage.engine.reply, stage.engine.delay = WORDS, 0.05
    turn = await stage.services.turns.send(UUID(conversation["id"]), "local", "Count.")
    assert isinstance(turn, RunningTurn)
    saved = (await growing(stage, conversation))["messages"][-1]
    turn.cancel()
    reply = (await stage.idle(conversation))["messages"][-1]
    assert (reply["id"], reply["state"]) == (saved["id"], "partial")
    assert reply["finish_reason"] == "cancelled"
    assert reply["content"].startswith(saved["content"])
    assert await rows(stage) == 2


async def test_a_short_reply_costs_no_write_of_its_own(stage: Running) -> None:
    await stage.make_character()
    conversation = await stage.open()
    await stage.say(conversation, "Hello.")
    statements: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        if statement.startswith(("INSERT INTO messages", "UPDATE messages")):
            statements.append(statement)

    engine = stage.services.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    await stage.say(conversation, "Hello again.")
    event.remove(engine, "before_cursor_execute", note)
    assert len(statements) == 2  # the message and the reply


async def test_nothing_said_leaves_nothing(stage: Running, soon: None) -> None:
    await stage.make_character()
    conversation = await stage.open()
    stage.engine.reply, stage.engine.delay = WORDS, 5.0
    turn = await stage.services.turns.send(UUID(conversation["id"]), "local", "Count.")
    assert isinstance(turn, RunningTurn)
    await until(lambda: stage.engine.running)
    turn.cancel()
    shown = await stage.idle(conversation)
    assert [message["role"] for message in shown["messages"]] == ["user"]
    assert await rows(stage) == 1
