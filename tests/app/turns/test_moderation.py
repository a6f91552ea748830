"""Turns whose messages and replies are checked: flagged, refused, hidden, and what leaks of it."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from app.db.base import Base
from app.engines.port import EngineUnavailableError
from app.moderation.port import ModerationError
from app.settings import Settings
from tests.app.moderation.guards import guard, qwen
from tests.app.moderation.moderating import counted, detail, moderating, reports
from tests.app.running import Json, as_object, code_of, parse_events, running, texts, until
from tests.app.turns.drafting import DraftingEngine

pytestmark = pytest.mark.anyio

GOOD = "The lamp burns every night, and I trim it myself at ten."
BAD = "Then I shall tell you of unsafe-violence and of SECRETWORD."
DECLINE = "That is no talk for a lighthouse; ask me about the sea."
NOTICE = "[This reply is withheld: it goes against the rules of this house.]"


async def test_without_moderation_nothing_is_asked_or_stored(settings: Settings) -> None:
    engine = DraftingEngine(BAD)
    async with running(settings, engine=engine) as stage:
        assert not stage.services.moderation.enabled
        await stage.make_character()
        reply = (await stage.say(await stage.open(), "unsafe-violence"))["reply"]
        assert (reply["content"], reply["moderation"]) == (BAD, None)
        assert await reports(stage, state="all") == []


async def test_flagged_texts_are_shown_to_readers_and_reported_to_admins(
    settings: Settings,
) -> None:
    engine = DraftingEngine(f"{GOOD} {BAD}")
    async with running(moderating(settings), engine=engine) as stage:
        await stage.make_character()
        turn = await stage.say(await stage.open(), "Speak of unsafe-fire.")
        assert turn["reply"]["content"] == f"{GOOD} {BAD}"
        assert turn["reply"]["moderation"] is None
        found = {each["excerpt"]: each for each in await reports(stage)}
        assert [
            (each["category"], each["action"], each["source"])
            for each in found[f"{GOOD} {BAD}"]["findings"]
        ] == [("violence", "flag", "scripted")]
        about_message = found["Speak of unsafe-fire."]
        assert about_message["by_moderation"]
        assert about_message["people"] == 0
        assert [each["category"] for each in about_message["findings"]] == ["fire"]
        shown = await detail(stage, about_message)
        assert [each["reported"] for each in shown["messages"]] == [True, False]
        for side in ("message", "reply"):
            labels = {"side": side, "source": "scripted", "action": "flag"}
            assert counted(stage, "offbook_moderation_verdicts_total", **labels) >= 1
        asked = {"source": "scripted"}
        assert counted(stage, "offbook_moderation_seconds_count", **asked) >= 2


async def test_a_hidden_reply_is_a_notice_and_what_it_said_is_the_admins(
    settings: Settings,
) -> None:
    engine = DraftingEngine(f"{GOOD} {GOOD} {BAD}")
    async with running(moderating(settings, replies="hide"), engine=engine) as stage:
        await stage.make_character()
        conversation = await stage.open()
        events = await stage.stream(conversation, "And the lamp?")
        said = "".join(data["text"] for name, data in events if name == "delta")
        reply = events[-1][1]
        assert events[-1][0] == "done"
        assert said == f"{GOOD}\n\n{NOTICE}"
        assert "SECRETWORD" not in json.dumps(events)
        assert (reply["content"], reply["moderation"], reply["hidden"]) == (NOTICE, "hidden", True)
        assert (reply["state"], reply["finish_reason"]) == ("complete", "content_filter")
        [report] = await reports(stage)
        messages = (await detail(stage, report))["messages"]
        assert [each["withheld"] for each in messages if each["reported"]] == [
            f"{GOOD} {GOOD} {BAD}"
        ]
        assert engine.running == 0


async def test_nothing_hidden_leaks_by_any_way_out(settings: Settings) -> None:
    engine = DraftingEngine(f"{GOOD} {BAD}", GOOD)
    async with running(moderating(settings, replies="hide"), engine=engine) as stage:
        await stage.make_character()
        conversation = await stage.open()
        path = f"/api/conversations/{conversation['id']}"
        events = await stage.http.post(
            f"{path}/messages", json={"content": "And the lamp?", "stream": True}
        )
        ids = [line[4:] for line in events.text.split("\n") if line.startswith("id: ")]
        for last in [*ids, ids[0].rsplit("-", 1)[0] + "-0"]:
            heard = await stage.http.get(f"{path}/turn", headers={"Last-Event-ID": last})
            assert "SECRETWORD" not in heard.text
        for kind in ("sillytavern", "markdown", "text", "prompts"):
            exported = await stage.http.get(f"{path}/export", params={"format": kind})
            assert exported.status_code == 200
            assert "SECRETWORD" not in exported.text
        found = await stage.http.get("/api/conversations", params={"q": "SECRETWORD"})
        assert as_object(found)["items"] == []
        assert "SECRETWORD" not in json.dumps(await stage.read(conversation))
        await stage.say(conversation, "Go on.")
        prompt = str(engine.calls[-1].prompt)
        assert "SECRETWORD" not in prompt
        assert NOTICE not in prompt
        assert "And the lamp?" in prompt


async def test_what_is_withheld_is_in_one_table_alone(settings: Settings) -> None:
    engine = DraftingEngine(f"{GOOD} {BAD}", GOOD)
    async with running(moderating(settings, replies="hide"), engine=engine) as stage:
        await stage.make_character()
        conversation = await stage.open()
        for message in ("And the lamp?", "And the sea?"):
            await stage.say(conversation, message)
        async with stage.services.database.read() as session:
            holding = [
                table.name
                for table in Base.metadata.sorted_tables
                if "SECRETWORD" in str((await session.execute(select(table))).all())
            ]
        assert holding == ["withheld_texts"]


async def test_a_reply_is_declined_in_the_characters_voice(settings: Settings) -> None:
    engine = DraftingEngine(f"{GOOD} {GOOD} {BAD} And more.", DECLINE)
    async with running(moderating(settings, replies="refuse"), engine=engine) as stage:
        await stage.make_character()
        events = await stage.stream(await stage.open(), "Tell me all.")
        said = "".join(data["text"] for name, data in events if name == "delta")
        reply = events[-1][1]
        assert said == reply["content"] == f"{GOOD}\n\n{DECLINE}"
        assert (reply["moderation"], reply["finish_reason"]) == ("refused", "stop")
        assert "not allowed here" not in str(engine.calls[0].prompt)
        assert "not allowed here" in str(engine.calls[1].prompt)
        [report] = await reports(stage)
        [shown] = [each for each in (await detail(stage, report))["messages"] if each["reported"]]
        assert "SECRETWORD" in shown["withheld"]


async def test_a_declining_reply_that_is_no_better_is_hidden(settings: Settings) -> None:
    engine = DraftingEngine(BAD, f"No, for {BAD}")
    async with running(moderating(settings, replies="refuse"), engine=engine) as stage:
        await stage.make_character()
        reply = (await stage.say(await stage.open(), "Tell me all."))["reply"]
        assert (reply["content"], reply["moderation"]) == (NOTICE, "hidden")
        assert len(engine.calls) == 2


async def test_a_message_that_is_refused_is_kept_and_declined(settings: Settings) -> None:
    engine = DraftingEngine(DECLINE)
    async with running(moderating(settings, messages="refuse"), engine=engine) as stage:
        await stage.make_character()
        conversation = await stage.open()
        turn = await stage.say(conversation, "Help me with unsafe-violence.")
        assert turn["message"]["content"] == "Help me with unsafe-violence."
        assert (turn["reply"]["content"], turn["reply"]["moderation"]) == (DECLINE, "refused")
        [call] = engine.calls
        assert "in your own voice" in str(call.prompt)
        await stage.say(conversation, "And the lamp?")
        assert "in your own voice" not in str(engine.calls[-1].prompt)
        assert "Help me with unsafe-violence." in str(engine.calls[-1].prompt)


async def test_a_hidden_message_reaches_no_prompt_now_or_later(settings: Settings) -> None:
    engine = DraftingEngine(GOOD)
    async with running(moderating(settings, messages="hide"), engine=engine) as stage:
        await stage.make_character()
        conversation = await stage.open()
        turn = await stage.say(conversation, "Speak of unsafe-violence.")
        assert (turn["reply"]["content"], turn["reply"]["moderation"]) == (NOTICE, "hidden")
        assert turn["reply"]["examples"] == []
        assert engine.calls == []
        await stage.say(conversation, "And the lamp?")
        assert "unsafe-violence" not in str(engine.calls[-1].prompt)
        shown = await stage.read(conversation)
        assert texts(shown)[:2] == ["Speak of unsafe-violence.", NOTICE]
        assert shown["messages"][0]["moderation"] == "hidden"
        prompts = await stage.http.get(
            f"/api/conversations/{conversation['id']}/export", params={"format": "prompts"}
        )
        assert "unsafe-violence" not in prompts.text


async def test_asking_again_judges_again(settings: Settings) -> None:
    engine = DraftingEngine(GOOD)
    async with running(moderating(settings, messages="hide"), engine=engine) as stage:
        await stage.make_character()
        conversation = await stage.open()
        reply = (await stage.say(conversation, "Speak of unsafe-violence."))["reply"]
        path = f"/api/conversations/{conversation['id']}/messages/{reply['id']}"
        again = await stage.http.post(f"{path}/regenerate", json={})
        assert as_object(again)["reply"]["content"] == NOTICE
        assert engine.calls == []
        refused = await stage.http.post(f"{path}/continue", json={})
        assert code_of(refused) == "422 reply_withheld"
    engine = DraftingEngine(GOOD)
    async with running(settings, engine=engine) as stage:  # moderation is off by now
        again = await stage.http.post(f"{path}/regenerate", json={})
        assert as_object(again)["reply"]["content"] == GOOD
        assert "unsafe-violence" in str(engine.calls[-1].prompt)


async def test_an_edited_message_is_judged_when_it_is_answered(settings: Settings) -> None:
    engine = DraftingEngine(GOOD)
    async with running(moderating(settings, messages="hide"), engine=engine) as stage:
        await stage.make_character()
        conversation = await stage.open()
        message = (await stage.say(conversation, "And the lamp?"))["message"]
        path = f"/api/conversations/{conversation['id']}/messages"
        edited = await stage.http.patch(
            f"{path}/{message['id']}", json={"content": "unsafe-violence, please"}
        )
        leaf = as_object(edited)["messages"][-1]["id"]
        again = await stage.http.post(f"{path}/{leaf}/regenerate", json={})
        assert as_object(again)["reply"]["content"] == NOTICE
        assert len(engine.calls) == 1


async def test_a_continued_reply_is_judged_with_its_beginning(settings: Settings) -> None:
    engine = DraftingEngine("The word is unsafe", "-violence, I said so. And more of it.")
    listed = moderating(settings, replies="hide")
    async with running(listed, engine=engine) as stage:
        await stage.make_character()
        conversation = await stage.open()
        reply = (await stage.say(conversation, "Which word?"))["reply"]
        path = f"/api/conversations/{conversation['id']}/messages/{reply['id']}/continue"
        went_on = as_object(await stage.http.post(path, json={}))["reply"]
        assert (went_on["id"], went_on["content"]) == (reply["id"], NOTICE)
        [report] = await reports(stage)
        [shown] = [each for each in (await detail(stage, report))["messages"] if each["reported"]]
        assert shown["withheld"].startswith("The word is unsafe")


async def test_a_reply_that_the_reader_writes_anew_is_theirs(settings: Settings) -> None:
    engine = DraftingEngine(BAD, GOOD)
    async with running(moderating(settings, replies="hide"), engine=engine) as stage:
        await stage.make_character()
        conversation = await stage.open()
        reply = (await stage.say(conversation, "Speak."))["reply"]
        path = f"/api/conversations/{conversation['id']}/messages/{reply['id']}"
        edited = as_object(await stage.http.patch(path, json={"content": "I say nothing."}))
        assert [edited["messages"][-1][name] for name in ("hidden", "moderation")] == [False, None]
        await stage.say(conversation, "Then go.")
        assert "I say nothing." in str(engine.calls[-1].prompt)


@pytest.mark.parametrize(
    ("phrase", "reply"),
    [
        ("ring of keys", "I have seen it all my life. Take the ring of keys, and go down there."),
        ("ring of keys", "I have seen it all my life, take the rin\u200bg o\u200df KEYS, and go."),
        (
            "ring of keys",
            "Ｉ have seen it. Take the ＲＩＮＧ ＯＦ ＫＥＹＳ, and go down.",
        ),
        ("down. take them", "I have seen it all my life down. Take them, and go to the boats now."),
        ("炸弹", "我在这座灯塔里住了一辈子，什么都见过了。那个炸 弹就在地下室里，你自己去看吧。"),
    ],
)
async def test_a_phrase_never_begins_to_show_however_it_streams(
    settings: Settings, tmp_path: Path, phrase: str, reply: str
) -> None:
    listed = tmp_path / "phrases.txt"
    listed.write_text(f"[keys]\n{phrase}\n", "utf-8")
    engine = DraftingEngine(reply)
    chosen = moderating(settings, "none", patterns=listed, replies="hide")
    async with running(chosen, engine=engine) as stage:
        await stage.make_character()
        events = await stage.stream(await stage.open(), "What do you know?")
        said = "".join(data["text"] for name, data in events if name == "delta")
        shown = said.removesuffix(NOTICE).rstrip()
        assert said.endswith(NOTICE)
        assert reply.startswith(shown)
        folded = shown.casefold()
        for part in ("ring", "rin", "ｒｉｎｇ", "down. take", "炸"):
            assert part not in folded
        assert events[-1][1]["content"] == NOTICE


async def test_a_reply_may_wait_until_all_of_it_is_checked(settings: Settings) -> None:
    engine = DraftingEngine(f"{GOOD} {GOOD} {BAD}", f"{GOOD} {GOOD}")
    chosen = moderating(settings, replies="hide", replies_shown="whole")
    async with running(chosen, engine=engine) as stage:
        await stage.make_character()
        conversation = await stage.open()
        hidden = await stage.stream(conversation, "One.")
        assert [data["text"] for name, data in hidden if name == "delta"] == [NOTICE]
        fine = await stage.stream(conversation, "Two.")
        assert [data["text"] for name, data in fine if name == "delta"] == [f"{GOOD} {GOOD}"]


async def test_a_reply_streams_while_it_is_checked(settings: Settings) -> None:
    engine = DraftingEngine(" ".join([GOOD] * 12))
    async with running(moderating(settings), engine=engine) as stage:
        await stage.make_character()
        events = await stage.stream(await stage.open(), "One.")
        deltas = [data["text"] for name, data in events if name == "delta"]
        assert deltas[0] == GOOD
        assert len(deltas) > 2
        assert "".join(deltas) == events[-1][1]["content"] == " ".join([GOOD] * 12)


async def test_categories_have_policies_of_their_own(settings: Settings) -> None:
    engine = DraftingEngine("It is unsafe-fire, it is.", "It is unsafe-water, it is.", BAD)
    chosen = moderating(settings, replies="flag", actions={"Water": "hide", "fire": "allow"})
    async with running(chosen, engine=engine) as stage:
        await stage.make_character()
        conversation = await stage.open()
        replies = [(await stage.say(conversation, text))["reply"] for text in ("1", "2", "3")]
        assert [each["content"] for each in replies] == ["It is unsafe-fire, it is.", NOTICE, BAD]
        found = [each["findings"][0]["category"] for each in await reports(stage)]
        assert sorted(found) == ["violence", "water"]


@pytest.mark.parametrize("failing", ["message", "reply"])
async def test_where_the_guard_is_down_the_settings_decide(
    settings: Settings, failing: str
) -> None:
    asleep = "The guard asleep at the gate saw nothing."
    message, reply = (asleep, GOOD) if failing == "message" else ("Hello.", asleep)
    engine = DraftingEngine(reply)
    async with running(moderating(settings), engine=engine) as stage:
        await stage.make_character()
        conversation = await stage.open()
        turn = await stage.say(conversation, message)
        assert turn["reply"]["content"] == reply
        labels = {"source": "scripted", "kind": "unavailable"}
        assert counted(stage, "offbook_moderation_failures_total", **labels) >= 1
    engine, closed = DraftingEngine(reply), moderating(settings, on_failure="closed")
    async with running(closed, engine=engine) as stage:
        response = await stage.send(conversation, message)
        assert response.status_code == 503
        error: Json = as_object(response)["error"]
        assert error["code"] == "moderation_unavailable"
        assert error["detail"]["message"]["content"] == message
        assert "asleep" not in texts(await stage.read(conversation))[-1] or failing == "message"


async def test_a_guard_over_http_hides_what_it_calls_unsafe(settings: Settings) -> None:
    engine = DraftingEngine(f"{GOOD} Under the stairs they keep a bomb, I think.")
    async with guard(qwen) as served:
        chosen = moderating(settings, "qwen3guard", guard_url=served.url, replies="hide")
        async with running(chosen, engine=engine) as stage:
            await stage.make_character()
            reply = (await stage.say(await stage.open(), "What is below?"))["reply"]
            assert reply["content"] == NOTICE
            [report] = await reports(stage)
            assert report["findings"] == [
                {
                    "source": "qwen3guard",
                    "category": "violent",
                    "detail": "unsafe",
                    "action": "hide",
                }
            ]
    assert [each["role"] for each in served.bodies[-1]["messages"]] == ["user", "assistant"]


async def test_what_was_flagged_is_kept_where_the_engine_fails(settings: Settings) -> None:
    engine = DraftingEngine(EngineUnavailableError("away"))
    async with running(moderating(settings), engine=engine) as stage:
        await stage.make_character()
        response = await stage.send(await stage.open(), "unsafe-violence")
        assert response.status_code == 503
        [report] = await reports(stage)
        assert report["excerpt"] == "unsafe-violence"


async def test_a_stopped_reply_keeps_only_what_was_checked(settings: Settings) -> None:
    engine = DraftingEngine(f"{GOOD} {BAD} {GOOD}", delay=0.02)
    async with running(moderating(settings, replies="hide"), engine=engine) as stage:
        await stage.make_character()
        conversation = await stage.open()
        path = f"/api/conversations/{conversation['id']}"
        sending = asyncio.create_task(
            stage.http.post(f"{path}/messages", json={"content": "Speak.", "stream": True})
        )
        await until(lambda: engine.running)
        stopped = await stage.http.request("DELETE", f"{path}/turn")
        assert stopped.status_code in {200, 202, 204}
        events: list[Any] = parse_events((await sending).text)
        shown = await stage.idle(conversation)
        assert "SECRETWORD" not in json.dumps([events, shown])


async def test_what_was_judged_before_is_not_judged_with_the_next_message(
    settings: Settings,
) -> None:
    engine = DraftingEngine(f"{GOOD} {BAD}", GOOD)
    chosen = moderating(settings, messages="refuse", replies="hide")
    async with running(chosen, engine=engine) as stage:
        await stage.make_character()
        conversation = await stage.open()
        first = await stage.say(conversation, "Speak of unsafe-fire.")
        assert first["reply"]["moderation"] == "hidden"  # even the declining reply is at fault
        second = await stage.say(conversation, "And the lamp?")
        assert (second["reply"]["content"], second["reply"]["moderation"]) == (GOOD, None)


async def test_a_message_that_was_not_checked_is_judged_with_the_next(settings: Settings) -> None:
    engine = DraftingEngine(GOOD)
    chosen = moderating(settings, messages="hide", on_failure="closed")
    async with running(chosen, engine=engine) as stage:
        await stage.make_character()
        conversation = await stage.open()
        moderator: Any = stage.services.moderation._moderators[0]
        judge, moderator.judge = moderator.judge, broken
        assert (await stage.send(conversation, "unsafe-violence")).status_code == 503
        moderator.judge = judge
        turn = await stage.say(conversation, "And the lamp?")
        assert turn["reply"]["content"] == NOTICE
        assert engine.calls == []
        fine = await stage.say(conversation, "And the sea?")
        assert fine["reply"]["content"] == GOOD
        assert "unsafe-violence" not in str(engine.calls[-1].prompt)


async def broken(_: object) -> list[object]:
    """Have no verdict."""
    raise ModerationError("timeout", "No verdict.")
