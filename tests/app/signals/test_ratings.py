"""Replies are rated; what is said about them is kept with their prompts, where people agreed."""

import pytest
from sqlalchemy import update

from app.conversations.kept_replies import prompt_of
from app.conversations.prompt_schemas import PromptPart, PromptRecord
from app.db.base import utc_now
from app.db.models import ModerationFinding, Report
from app.engines.scripted import ScriptedEngine
from app.settings import PromptSettings, Settings
from app.signals.prompts import messages_of, retrieved_of, text_of
from tests.app.moderation.moderating import moderating
from tests.app.running import Json, Running, as_object, code_of, running
from tests.app.signals.learning import (
    agree,
    edit,
    kept,
    learning,
    rate,
    rating_of,
)
from tests.app.turns.drafting import DraftingEngine

pytestmark = pytest.mark.anyio


async def newest(stage: Running, conversation: Json) -> Json:
    return dict((await stage.read(conversation))["messages"][-1])


async def test_a_rating_is_there_again_and_can_be_taken_back(stage: Running) -> None:
    await stage.make_character()
    talk = await stage.open()
    reply = (await stage.say(talk, "Is the lamp burning?"))["reply"]
    assert reply["rating"] is None
    said = {"value": "bad", "reason": "dull", "note": "He says it every night."}
    answer = await rate(stage.http, talk, reply, "bad", reason="dull", note=f" {said['note']} ")
    assert answer == {**said, "kept": False, "ask": True}
    assert (await newest(stage, talk))["rating"] == said
    await rate(stage.http, talk, reply)
    assert (await newest(stage, talk))["rating"] == {"value": "good", "reason": "", "note": ""}
    for _ in range(2):
        assert (await stage.http.delete(rating_of(talk, reply))).status_code == 204
    assert (await newest(stage, talk))["rating"] is None
    assert await kept(stage, unasked=True) == []


@pytest.mark.parametrize("style", ["completion", "chat"])
async def test_with_consent_it_is_kept_with_the_exact_prompt(
    settings: Settings, style: str
) -> None:
    engine = ScriptedEngine(prompt_style="chat" if style == "chat" else "completion")
    async with running(settings, engine=engine) as stage:
        ben = await stage.make_character()
        await agree(stage.http)
        talk = await stage.open()
        reply = (await stage.say(talk, "Is the lighthouse burning at night?"))["reply"]
        answer = await rate(stage.http, talk, reply, note="Himself.")
        assert (answer["kept"], answer["ask"]) == (True, False)
        [signal] = await kept(stage)
        assert (signal.kind, signal.reason, signal.note) == ("good", "", "Himself.")
        assert (signal.answer, signal.rejected) == (reply["content"], None)
        assert str(signal.character_id) == ben["id"]
        assert str(signal.conversation_id) == talk["id"]
        assert str(signal.message_id) == reply["id"]
        assert (signal.owner, signal.model) == ("local", reply["model"])
        sent = stage.engine.calls[-1].prompt
        if isinstance(sent, str):
            assert text_of(signal.prompt) == sent
            assert messages_of(signal.prompt) == [{"role": "user", "content": sent}]
        else:
            told = [{"role": each.role, "content": each.content} for each in sent]
            assert messages_of(signal.prompt) == told
        assert "The lighthouse burns every night" in "".join(retrieved_of(signal.prompt))


async def test_a_reply_has_one_rating(stage: Running) -> None:
    await stage.make_character()
    await agree(stage.http)
    talk = await stage.open()
    reply = (await stage.say(talk, "And the lamp?"))["reply"]
    for value, reason in (("good", ""), ("good", ""), ("bad", ""), ("bad", "too_long")):
        await rate(stage.http, talk, reply, value, reason=reason)
    [signal] = await kept(stage)
    assert (signal.kind, signal.reason) == ("bad", "too_long")
    counts = as_object(await stage.http.get("/api/admin/characters/ben/signals"))
    assert counts == {"good": 0, "bad": 1, "chosen": 0, "edited": 0}
    assert (await stage.http.delete(rating_of(talk, reply))).status_code == 204
    assert await kept(stage) == []


async def test_wrong_ratings_are_refused(stage: Running) -> None:
    await stage.make_character()
    talk, other = await stage.open(), await stage.open()
    turn = await stage.say(talk, "And the lamp?")
    address = rating_of(talk, turn["reply"])
    for wrong in (
        {},
        {"value": "middling"},
        {"value": "good", "reason": "dull"},
        {"value": "bad", "reason": "ugly"},
        {"value": "bad", "note": "x" * 501},
        {"value": "bad", "note": "\x00"},
    ):
        assert (await stage.http.put(address, json=wrong)).status_code == 422, wrong
    good = {"value": "good"}
    own = await stage.http.put(rating_of(talk, turn["message"]), json=good)
    assert code_of(own) == "422 not_a_reply"
    elsewhere = await stage.http.put(rating_of(other, turn["reply"]), json=good)
    assert code_of(elsewhere) == "404 message_not_found"
    nobodys = rating_of({"id": turn["reply"]["id"]}, turn["reply"])
    assert code_of(await stage.http.put(nobodys, json=good)) == "404 conversation_not_found"
    assert (await newest(stage, talk))["rating"] is None


async def test_what_no_model_said_in_one_piece_is_shown_and_not_kept(stage: Running) -> None:
    await stage.make_character(greeting="Come in.")
    await agree(stage.http)
    talk = await stage.open()
    assert not (await rate(stage.http, talk, talk["messages"][0]))["kept"]
    changed = (await stage.say(talk, "And the lamp?"))["reply"]
    await edit(stage, talk, changed, "It burns, child.")
    longer = (await stage.say(talk, "And the sea?"))["reply"]
    path = f"/api/conversations/{talk['id']}/messages/{longer['id']}/continue"
    assert (await stage.http.post(path, json={})).status_code == 200
    for reply in (changed, longer):
        assert not (await rate(stage.http, talk, reply))["kept"]
    assert [each.kind for each in await kept(stage)] == ["edited"]
    shown = (await stage.read(talk))["messages"]
    assert [each["rating"] is not None for each in shown] == [True, False, True, False, True]


@pytest.mark.parametrize("change", ["edited", "continued"])
async def test_a_rating_of_other_words_replaces_what_was_kept_of_the_first(
    stage: Running, change: str
) -> None:
    await stage.make_character()
    await agree(stage.http)
    talk = await stage.open()
    reply = (await stage.say(talk, "And the lamp?"))["reply"]
    assert (await rate(stage.http, talk, reply, "bad"))["kept"]
    if change == "edited":
        await edit(stage, talk, reply, "It burns, child.")
    else:
        path = f"/api/conversations/{talk['id']}/messages/{reply['id']}/continue"
        assert (await stage.http.post(path, json={})).status_code == 200
    assert [each.answer for each in await kept(stage) if each.kind == "bad"] == [reply["content"]]
    # What is good is what is shown now: the model's first words are not said to be good.
    assert not (await rate(stage.http, talk, reply, "good"))["kept"]
    assert {each.kind for each in await kept(stage)} <= {"edited"}
    assert (await newest(stage, talk))["rating"]["value"] == "good"


async def test_without_recorded_prompts_nothing_is_kept(settings: Settings) -> None:
    unrecorded = settings.model_copy(update={"prompt": PromptSettings(record=False)})
    async with running(unrecorded) as stage:
        await stage.make_character()
        await agree(stage.http)
        talk = await stage.open()
        reply = (await stage.say(talk, "And the lamp?"))["reply"]
        assert not (await rate(stage.http, talk, reply))["kept"]
        assert (await newest(stage, talk))["rating"]["value"] == "good"


async def test_flagged_texts_are_not_kept(settings: Settings) -> None:
    engine = DraftingEngine("Then of unsafe-violence.", "The lamp burns.")
    async with running(moderating(settings), engine=engine) as stage:
        await stage.make_character()
        await agree(stage.http)
        talk, asking = await stage.open(), await stage.open()
        flagged = (await stage.say(talk, "Tell me."))["reply"]
        after = (await stage.say(talk, "And the lamp?"))["reply"]
        answer = (await stage.say(asking, "Of unsafe-fire?"))["reply"]
        for conversation, reply in ((talk, flagged), (talk, after), (asking, answer)):
            assert not (await rate(stage.http, conversation, reply))["kept"]
        fine = await stage.open()
        assert (await rate(stage.http, fine, (await stage.say(fine, "Hello?"))["reply"]))["kept"]


async def test_what_is_found_or_reported_later_is_not_offered(stage: Running) -> None:
    await stage.make_character()
    await agree(stage.http)
    talk = await stage.open()
    replies = [(await stage.say(talk, each))["reply"] for each in ("One?", "Two?")]
    for reply in replies:
        await rate(stage.http, talk, reply)
    [first, second] = await kept(stage)
    report = {"conversation": talk["id"], "message": str(first.message_id), "reason": "violent"}
    assert (await stage.http.post("/api/reports", json=report)).is_success
    assert [each.id for each in await kept(stage)] == [second.id]
    for outcome, left in (("acted", 1), ("no_breach", 2)):
        async with stage.services.database.write() as session:
            closed = update(Report).values(closed_at=utc_now(), outcome=outcome)
            await session.execute(closed)
        assert len(await kept(stage)) == left
    async with stage.services.database.write() as session:
        session.add(
            ModerationFinding(
                message_id=second.message_id, source="x", category="x", detail="", action="flag"
            )
        )
    assert [each.id for each in await kept(stage)] == [first.id]


async def test_it_is_read_page_by_page_and_by_character(stage: Running) -> None:
    ben = await stage.make_character()
    anna = await stage.make_character("Anna")
    await agree(stage.http)
    for slug in ("ben", "anna", "ben"):
        talk = await stage.open(slug)
        await rate(stage.http, talk, (await stage.say(talk, "And the lamp?"))["reply"])
    every = await kept(stage)
    assert [str(each.character_id) for each in every] == [ben["id"], anna["id"], ben["id"]]
    assert await kept(stage, limit=2) == every[:2]
    assert await kept(stage, after=every[1].id) == every[2:]
    of_anna = await kept(stage, character_ids=[every[1].character_id])
    assert of_anna == [every[1]]


async def test_where_it_is_off_nothing_is_rated_or_kept(settings: Settings) -> None:
    async with running(learning(settings, "off")) as stage:
        assert as_object(await stage.http.get("/api/status"))["ratings"] is False
        await stage.make_character()
        await agree(stage.http)
        talk = await stage.open()
        reply = (await stage.say(talk, "And the lamp?"))["reply"]
        refused = await stage.http.put(rating_of(talk, reply), json={"value": "good"})
        assert code_of(refused) == "403 ratings_off"
        assert code_of(await stage.http.delete(rating_of(talk, reply))) == "403 ratings_off"
        await edit(stage, talk, reply, "It burns.")
        assert await kept(stage, unasked=True) == []


def test_an_extremely_long_prompt_is_not_kept() -> None:
    def record(*lengths: int) -> PromptRecord:
        parts = [PromptPart(kind="history", text="x" * each, tokens=1) for each in lengths]
        known = {"style": "completion", "continues": False, "parts": parts}
        return PromptRecord.model_construct(**known)  # type: ignore[arg-type] # what is read of it

    assert prompt_of(record(60_000, 40_000)) is not None
    assert prompt_of(record(60_000, 40_001)) is None
