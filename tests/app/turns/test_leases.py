"""One turn at a time in a conversation, also when its process died."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import update

from app.db.base import utc_now
from app.db.clock import db_now
from app.db.ids import new_id
from app.db.models import Conversation
from tests.app.running import Json, Running, as_object, code_of, texts, until

pytestmark = pytest.mark.anyio


async def talking(stage: Running, conversation: Json) -> asyncio.Task[Json]:
    """A turn that has begun and takes half a second."""
    stage.engine.reply, stage.engine.delay = "one two three four five", 0.1
    turn = asyncio.create_task(stage.say(conversation, "Count."))
    await until(lambda: stage.engine.running)
    return turn


async def test_a_second_turn_waits_for_the_first(stage: Running) -> None:
    await stage.make_character()
    conversation, other = await stage.open(), await stage.open()
    turn = await talking(stage, conversation)
    assert (await stage.read(conversation))["busy"]
    response = await stage.send(conversation, "Me too.")
    assert code_of(response) == "409 turn_in_progress"
    assert 1 <= int(response.headers["Retry-After"]) <= 5  # when its lease is to be renewed
    stage.engine.delay = 0
    assert (await stage.send(other, "Elsewhere one may talk.")).status_code == 200
    assert (await turn)["reply"]["state"] == "complete"
    done = await stage.read(conversation)
    assert (done["busy"], texts(done)) == (False, ["Count.", "one two three four five"])
    assert (await stage.send(conversation, "Me too.")).status_code == 200


async def test_the_tree_is_left_alone_while_it_grows(stage: Running) -> None:
    await stage.make_character(greeting="Hello.")
    conversation = await stage.open()
    greeting = conversation["messages"][0]["id"]
    turn = await talking(stage, conversation)
    url = f"/api/conversations/{conversation['id']}/messages/{greeting}"
    for response in (
        await stage.http.delete(url),
        await stage.http.patch(url, json={"content": "Hi."}),
        await stage.http.post(f"{url}/activate"),
        await stage.http.post(f"{url}/regenerate", json={}),
    ):
        assert code_of(response) == "409 turn_in_progress"
    await turn


async def test_of_two_at_once_one_is_answered(stage: Running) -> None:
    await stage.make_character()
    conversation = await stage.open()
    stage.engine.delay = 0.01
    responses = await asyncio.gather(*(stage.send(conversation, f"I am {n}") for n in range(4)))
    assert sorted(r.status_code for r in responses) == [200, 409, 409, 409]
    assert len((await stage.read(conversation))["messages"]) == 2


async def test_turns_one_after_another_make_one_chain(stage: Running) -> None:
    """A claim that waited for the end of the turn before sees that turn's reply."""
    await stage.make_character()
    conversation = await stage.open()

    async def insist(n: int) -> None:
        while (response := await stage.send(conversation, f"I am {n}")).status_code != 200:
            assert code_of(response) == "409 turn_in_progress"
            await asyncio.sleep(0.01)

    async with asyncio.timeout(20):
        await asyncio.gather(*(insist(n) for n in range(5)))
    roles = [message["role"] for message in (await stage.read(conversation))["messages"]]
    assert roles == ["user", "assistant"] * 5


@pytest.mark.parametrize(("seconds", "status"), [(-1, 200), (10, 409)])
async def test_a_lease_nobody_moves_on_runs_out(stage: Running, seconds: int, status: int) -> None:
    await stage.make_character()
    conversation = await stage.open()
    async with stage.services.database.write() as session:
        await session.execute(
            update(Conversation)
            .where(Conversation.id == UUID(conversation["id"]))
            .values(turn_id=new_id(), turn_lease_until=utc_now() + timedelta(seconds=seconds))
        )
    assert (await stage.read(conversation))["busy"] == (status == 409)
    assert (await stage.send(conversation, "Hello?")).status_code == status


async def test_an_overdue_lease_says_when_it_ends(stage: Running) -> None:
    """Its process did not renew it for six seconds: it has probably died."""
    await stage.make_character()
    conversation = await stage.open()
    async with stage.services.database.write() as session:
        await session.execute(
            update(Conversation)
            .where(Conversation.id == UUID(conversation["id"]))
            .values(turn_id=new_id(), turn_lease_until=db_now(timedelta(seconds=9)))
        )
    response = await stage.send(conversation, "Hello?")
    assert code_of(response) == "409 turn_in_progress"
    assert 5 < int(response.headers["Retry-After"]) <= 9


async def test_deleting_the_character_ends_its_turns(stage: Running) -> None:
    await stage.make_character()
    conversation = await stage.open()
    stage.engine.reply, stage.engine.delay = "one two three", 0.1
    turn = asyncio.create_task(stage.send(conversation, "Count."))
    await until(lambda: stage.engine.running)
    assert (await stage.http.delete("/api/admin/characters/ben")).status_code == 204
    assert code_of(await turn) == "404 conversation_not_found"
    stats = as_object(await stage.http.get("/api/admin/stats"))
    assert (stats["conversations"], stats["messages"]) == (0, 0)
