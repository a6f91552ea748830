"""Alternatives, branches, edits and deletions in a conversation."""

import asyncio
from datetime import timedelta
from itertools import pairwise
from uuid import UUID, uuid4

import httpx
import pytest

from app.conversations.branch_repository import BranchRepository
from app.conversations.purging import purge_deleted
from app.db.base import utc_now
from app.db.models import Message
from tests.app.running import Json, Running, as_object, code_of, texts

pytestmark = pytest.mark.anyio


@pytest.fixture
async def talk(stage: Running) -> Json:
    """A greeting, then two turns; the engine says ``first`` and ``second``."""
    await stage.make_character(greeting="Who is there?")
    conversation = await stage.open()
    for question, answer in (("One?", "first"), ("Two?", "second")):
        stage.engine.reply = answer
        await stage.say(conversation, question)
    return await stage.read(conversation)


async def act(
    stage: Running, talk: Json, message: Json, action: str = "", **body: object
) -> httpx.Response:
    url = f"/api/conversations/{talk['id']}/messages/{message['id']}"
    if action == "DELETE":
        return await stage.http.delete(url)
    if action == "PATCH":
        return await stage.http.patch(url, json=body)
    return await stage.http.post(f"{url}/{action}", json=body)


async def test_messages_are_a_chain(talk: Json) -> None:
    assert texts(talk) == ["Who is there?", "One?", "first", "Two?", "second"]
    messages = talk["messages"]
    assert [m["parent_id"] for m in messages] == [None, *(m["id"] for m in messages[:-1])]
    assert all(m["alternatives"] == [m["id"]] for m in messages)


async def test_regenerating_keeps_the_alternatives(stage: Running, talk: Json) -> None:
    stage.engine.reply = "another"
    turn = as_object(await act(stage, talk, talk["messages"][4], "regenerate"))
    assert turn["message"] is None
    reply = turn["reply"]
    assert reply["content"] == "another"
    assert reply["alternatives"] == [talk["messages"][4]["id"], reply["id"]]
    shown = await stage.read(talk)
    assert texts(shown)[-1] == "another"
    back = as_object(await act(stage, talk, talk["messages"][4], "activate"))
    assert texts(back) == texts(talk)
    assert back["messages"][4]["alternatives"] == reply["alternatives"]


async def test_a_branch_that_is_deleted_meanwhile_is_not_left_visible(
    stage: Running, talk: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its end was read; then another tab deletes the branch, and this one makes the end visible."""
    stage.engine.reply = "another"
    again = as_object(await act(stage, talk, talk["messages"][4], "regenerate"))["reply"]
    await act(stage, talk, talk["messages"][4], "activate")
    find = BranchRepository.newest_leaf
    deleting: list[asyncio.Task[httpx.Response]] = []

    async def newest_leaf(branches: BranchRepository, id: UUID) -> UUID:
        leaf = await find(branches, id)
        if not deleting:
            deleting.append(asyncio.create_task(act(stage, talk, again, "DELETE")))
            await asyncio.wait(deleting, timeout=1)
        return leaf

    monkeypatch.setattr(BranchRepository, "newest_leaf", newest_leaf)
    await act(stage, talk, again, "activate")
    assert (await deleting[0]).is_success
    assert texts(await stage.read(talk)) == texts(talk)


async def test_an_earlier_reply_can_be_regenerated_into_a_branch(
    stage: Running, talk: Json
) -> None:
    stage.engine.reply = "another"
    await act(stage, talk, talk["messages"][2], "regenerate")
    branch = await stage.read(talk)
    assert texts(branch) == ["Who is there?", "One?", "another"]
    stage.engine.reply = "onwards"
    await stage.say(talk, "Three?")
    back = as_object(await act(stage, talk, talk["messages"][2], "activate"))
    assert texts(back) == texts(talk)
    again = as_object(await act(stage, talk, branch["messages"][2], "activate"))
    assert texts(again) == ["Who is there?", "One?", "another", "Three?", "onwards"]


async def test_a_users_message_can_be_answered_again(stage: Running, talk: Json) -> None:
    stage.engine.reply = "another"
    reply = as_object(await act(stage, talk, talk["messages"][3], "regenerate"))["reply"]
    assert reply["parent_id"] == talk["messages"][3]["id"]
    assert len(reply["alternatives"]) == 2


async def test_a_greeting_answers_nothing(stage: Running, talk: Json) -> None:
    for action in ("regenerate", "continue"):
        response = await act(stage, talk, talk["messages"][0], action)
        assert code_of(response) == "422 not_a_reply"
    response = await act(stage, talk, talk["messages"][1], "continue")
    assert code_of(response) == "422 not_a_reply"
    assert not (await stage.read(talk))["busy"]


async def test_continuing_makes_the_reply_longer(stage: Running, talk: Json) -> None:
    stage.engine.reply = ", and more"
    reply = as_object(await act(stage, talk, talk["messages"][4], "continue"))["reply"]
    assert reply["id"] == talk["messages"][4]["id"]
    assert reply["content"] == "second, and more"
    prompt = stage.engine.calls[-1].prompt
    assert isinstance(prompt, str)
    assert prompt.endswith("user:Two?\n\nBen:second")
    assert texts(await stage.read(talk))[-1] == "second, and more"


async def test_an_edited_reply_stays_where_it_is(stage: Running, talk: Json) -> None:
    edited = as_object(await act(stage, talk, talk["messages"][2], "PATCH", content=" mended "))
    assert texts(edited) == ["Who is there?", "One?", "mended", "Two?", "second"]
    assert edited["messages"][2]["id"] == talk["messages"][2]["id"]
    assert edited["messages"][2]["edited_at"] is not None


async def test_an_edited_question_is_an_alternative(stage: Running, talk: Json) -> None:
    edited = as_object(await act(stage, talk, talk["messages"][1], "PATCH", content="Won?"))
    assert texts(edited) == ["Who is there?", "Won?"]
    assert len(edited["messages"][1]["alternatives"]) == 2
    stage.engine.reply = "anew"
    answered = as_object(await act(stage, talk, edited["messages"][1], "regenerate"))
    assert answered["reply"]["content"] == "anew"
    back = as_object(await act(stage, talk, talk["messages"][1], "activate"))
    assert texts(back) == texts(talk)


async def test_edits_are_checked(stage: Running, talk: Json) -> None:
    message = talk["messages"][2]
    for content, code in (
        ("", "422 empty_message"),
        (" \n", "422 empty_message"),
        ("a\x00b", "422 invalid_message"),
        ("x" * 4_001, "413 message_too_long"),
    ):
        assert code_of(await act(stage, talk, message, "PATCH", content=content)) == code
    assert texts(await stage.read(talk)) == texts(talk)


async def test_deleting_takes_what_follows_along(stage: Running, talk: Json) -> None:
    left = as_object(await act(stage, talk, talk["messages"][2], "DELETE"))
    assert texts(left) == ["Who is there?", "One?"]
    assert as_object(await stage.http.get("/api/admin/stats"))["messages"] == 2
    empty = as_object(await act(stage, talk, talk["messages"][0], "DELETE"))
    assert empty["messages"] == []
    stage.engine.reply = "hello again"
    await stage.say(talk, "One?")
    assert texts(await stage.read(talk)) == ["One?", "hello again"]


async def test_deleting_an_alternative_shows_another(stage: Running, talk: Json) -> None:
    stage.engine.reply = "another"
    reply = as_object(await act(stage, talk, talk["messages"][2], "regenerate"))["reply"]
    left = as_object(await act(stage, talk, reply, "DELETE"))
    assert texts(left) == texts(talk)
    assert left["messages"][2]["alternatives"] == [talk["messages"][2]["id"]]


async def test_deleting_what_is_not_shown_changes_nothing_shown(stage: Running, talk: Json) -> None:
    stage.engine.reply = "another"
    await act(stage, talk, talk["messages"][2], "regenerate")
    left = as_object(await act(stage, talk, talk["messages"][2], "DELETE"))
    assert texts(left) == ["Who is there?", "One?", "another"]


async def test_very_long_conversations_are_deleted_like_others(stage: Running, talk: Json) -> None:
    """SQLite follows cascades only 1,000 levels deep."""
    conversation = UUID(talk["id"])
    async with stage.services.database.write() as session:
        chain = [UUID(talk["messages"][-1]["id"]), *(uuid4() for _ in range(1_500))]
        session.add_all(
            Message(
                id=own, conversation_id=conversation, parent_id=parent, role="user", content="More"
            )
            for parent, own in pairwise(chain)
        )
    left = as_object(await act(stage, talk, talk["messages"][3], "DELETE"))
    assert texts(left) == texts(talk)[:3]
    assert as_object(await stage.http.get("/api/admin/stats"))["messages"] == 3
    await stage.http.delete(f"/api/conversations/{talk['id']}")
    await purge_deleted(stage.services.database, utc_now() + timedelta(days=1))
    assert as_object(await stage.http.get("/api/admin/stats"))["messages"] == 0
