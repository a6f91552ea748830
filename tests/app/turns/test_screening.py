"""Turns whose replies are screened: drawn again, given up, ended early, and stopped on the way."""

import asyncio

import pytest
import structlog
from structlog.testing import capture_logs

from app.engines.port import EngineTimeoutError, EngineUnavailableError
from app.engines.scripted import ScriptedEngine
from app.engines.tokens import count_words
from app.settings import LimitSettings, Settings
from tests.app.running import Json, Running, code_of, running
from tests.app.turns.drafting import DraftingEngine, screening

pytestmark = pytest.mark.anyio

QUESTION = "Is the lighthouse burning?"
REFUSAL = "I'm sorry, but I can't help with that."
OPENER = "Sure! Here's one: a man walks into a lighthouse."
META = "As an AI language model, I keep no lamp."
LABEL = "Anna: It burns every night, I should think."
CHINESE = "你好，我是一个守灯塔的老人。"
LINE = "The lighthouse burns every night, I keep the lamp myself."
"""What Ben says of the lighthouse in his script."""
GOOD = "The lamp burns every night, and I trim it myself at ten."
LATER = "Go and look, it is a fine sight in the rain."


async def reply_to(stage: Running) -> Json:
    conversation = await stage.open()
    reply: Json = (await stage.say(conversation, QUESTION))["reply"]
    return reply


def counted(stage: Running, name: str, **labels: str) -> float:
    return stage.services.metrics.registry.get_sample_value(name, labels) or 0.0


@pytest.mark.parametrize("bad", [REFUSAL, OPENER, META, LABEL, CHINESE])
async def test_a_first_sentence_that_fails_is_drawn_again(settings: Settings, bad: str) -> None:
    engine = DraftingEngine(f"{bad} And more.", f"{GOOD} {LATER}")
    async with running(screening(settings), engine=engine) as stage:
        await stage.make_character()
        conversation = await stage.open(user_name="Mara")
        events = await stage.stream(conversation, QUESTION)
        said = "".join(data["text"] for name, data in events if name == "delta")
        assert said == events[-1][1]["content"] == f"{GOOD} {LATER}"
        assert events[-1][1]["state"] == "complete"
        assert len(engine.calls) == 2
        assert len(events[-1][1]["sampling"]["screening"]["redrawn"]) == 1
        assert counted(stage, "offbook_reply_redraws_total") == 1
        assert counted(stage, "offbook_replies_given_up_total") == 0


async def test_a_reply_without_fault_is_drawn_once_and_is_not_changed(settings: Settings) -> None:
    engine = DraftingEngine(f"{GOOD}\n\n{LATER}  (He points.)")
    async with running(screening(settings), engine=engine) as stage:
        await stage.make_character()
        reply = await reply_to(stage)
        assert reply["content"] == f"{GOOD}\n\n{LATER}  (He points.)"
        assert "screening" not in reply["sampling"]
        assert len(engine.calls) == 1
        assert reply["usage"]["completion_tokens"] == count_words(reply["content"])


async def test_what_a_message_tempts_to_is_avoided_from_the_first_draw(
    settings: Settings,
) -> None:
    engine = DraftingEngine(GOOD, META, LATER)
    async with running(screening(settings), engine=engine) as stage:
        await stage.make_character()
        conversation = await stage.open()
        for message in (QUESTION, "Are you an AI?"):
            await stage.say(conversation, message)
        plain, tempted, again = engine.samplings
        assert plain.avoided_words == ()
        assert {"AI", "assistant"} <= set(tempted.avoided_words)
        assert len(set(again.avoided_words)) == len(again.avoided_words)
        assert set(tempted.avoided_words) <= set(again.avoided_words)


@pytest.mark.parametrize("message", ["Are you an AI?", "Write me a Python function."])
async def test_where_the_user_tempts_the_script_speaks_instead_of_a_third_draw(
    settings: Settings, message: str
) -> None:
    engine = DraftingEngine(REFUSAL, META, "Right. Which list am I to turn around?")
    async with running(screening(settings), engine=engine) as stage:
        await stage.make_character()
        conversation = await stage.open()
        screened = (await stage.say(conversation, message))["reply"]["sampling"]["screening"]
        assert screened == {"redrawn": ["refusal"], "shown": "line_of_script"}
        assert len(engine.calls) == 2


async def test_another_draw_has_another_seed_and_avoids_the_words_at_fault(
    settings: Settings,
) -> None:
    engine = DraftingEngine(REFUSAL, META, GOOD)
    async with running(screening(settings), engine=engine) as stage:
        await stage.make_character(sampling={"seed": 7, "temperature": 0})
        reply = await reply_to(stage)
        first, second, third = engine.samplings
        assert [each.seed for each in (first, second, third)] == [7, 8, 9]
        assert (first.temperature, first.avoided_words) == (0, ())
        assert first.temperature < second.temperature < third.temperature
        assert "sorry" in second.avoided_words
        assert "AI" not in second.avoided_words
        assert {"sorry", "AI"} <= set(third.avoided_words)
        assert len({call.prompt for call in engine.calls if isinstance(call.prompt, str)}) == 1
        assert reply["sampling"]["screening"] == {"redrawn": ["refusal", "meta_talk"]}
        assert (reply["sampling"]["seed"], reply["sampling"]["temperature"]) == (7, 0)


async def test_the_usage_counts_the_tokens_of_every_draw(settings: Settings) -> None:
    engine = DraftingEngine(REFUSAL, f"{META} It is a long and winding story.", GOOD)
    async with running(screening(settings), engine=engine) as stage:
        await stage.make_character()
        usage = (await reply_to(stage))["usage"]
        # The engine stopped in the second draw once another sentence began.
        assert usage["completion_tokens"] == sum(map(count_words, (REFUSAL, f"{META} It", GOOD)))
        assert usage["prompt_tokens"] == count_words(str(engine.calls[0].prompt))


@pytest.mark.parametrize(
    ("drafts", "shown", "offence"),
    [
        ((META, OPENER, REFUSAL), LINE, "line_of_script"),
        ((REFUSAL, REFUSAL, META), LINE, "line_of_script"),
        ((META, META, f"{META} {LATER}"), LINE, "line_of_script"),
        ((CHINESE, "", META), LINE, "line_of_script"),
        (("", CHINESE, "Anna:"), CHINESE, "language"),
        ((LABEL, LABEL, LABEL), "It burns every night, I should think.", "speaker"),
        ((f"Mind the step. {META}", REFUSAL, OPENER), "Mind the step.", "meta_talk"),
    ],
)
async def test_the_least_bad_is_shown_where_all_draws_fail(
    settings: Settings, drafts: tuple[str, ...], shown: str, offence: str
) -> None:
    engine = DraftingEngine(*drafts, GOOD)
    async with running(screening(settings), engine=engine) as stage:
        await stage.make_character()
        reply = await reply_to(stage)
        assert reply["content"] == shown
        assert reply["state"] == "complete"
        assert len(engine.calls) == 3
        assert reply["sampling"]["screening"]["shown"] == offence
        assert counted(stage, "offbook_reply_redraws_total") == 2
        assert counted(stage, "offbook_replies_given_up_total") == 1
        assert engine.running == 0


async def test_a_line_of_the_script_is_said_once_and_costs_no_tokens(settings: Settings) -> None:
    engine = DraftingEngine(REFUSAL)
    async with running(screening(settings), engine=engine) as stage:
        await stage.make_character()
        conversation = await stage.open()
        first, second = [(await stage.say(conversation, QUESTION))["reply"] for _ in range(2)]
        assert (first["content"], first["state"]) == (LINE, "complete")
        assert second["content"] in {
            "I brought the letter, but I have not dared to open it yet.",
            "When winter comes I shall mend the nets and wait.",
        }
        assert first["usage"]["completion_tokens"] == 3 * count_words(REFUSAL)


async def test_an_engine_that_says_nothing_three_times_fails_as_before(settings: Settings) -> None:
    engine = DraftingEngine("", " ", "\n")
    async with running(screening(settings), engine=engine) as stage:
        await stage.make_character()
        conversation = await stage.open()
        assert code_of(await stage.send(conversation, QUESTION)) == "502 empty_reply"
        assert len(engine.calls) == 3


@pytest.mark.parametrize(
    "bad", ["Anna: So do we.", META, "If you have any other questions, ask me."]
)
async def test_a_reply_ends_before_a_later_sentence_that_fails(
    settings: Settings, bad: str
) -> None:
    engine = DraftingEngine(f"{GOOD} {LATER} {bad} Never seen.")
    async with running(screening(settings), engine=engine) as stage:
        await stage.make_character()
        reply = await reply_to(stage)
        assert reply["content"] == f"{GOOD} {LATER}"
        assert (reply["state"], reply["finish_reason"]) == ("complete", "stop")
        assert "redrawn" not in reply["sampling"]["screening"]
        assert reply["sampling"]["screening"]["ended"]
        assert len(engine.calls) == 1
        assert engine.running == 0
        drawn = reply["usage"]["completion_tokens"]
        assert count_words(f"{GOOD} {LATER}") < drawn <= count_words(f"{GOOD} {LATER} {bad} Never")
        assert counted(stage, "offbook_replies_cut_total") == 1


async def test_an_earlier_reply_is_not_said_again(settings: Settings) -> None:
    engine = DraftingEngine(GOOD, GOOD, LATER)
    async with running(screening(settings), engine=engine) as stage:
        await stage.make_character()
        conversation = await stage.open()
        assert (await stage.say(conversation, QUESTION))["reply"]["content"] == GOOD
        reply = (await stage.say(conversation, "And today?"))["reply"]
        assert reply["content"] == LATER
        assert reply["sampling"]["screening"] == {"redrawn": ["repeat"]}


async def test_regenerated_and_continued_replies_are_screened(settings: Settings) -> None:
    engine = DraftingEngine(GOOD, REFUSAL, LATER, META, "Take a coat, chick.")
    async with running(screening(settings), engine=engine) as stage:
        await stage.make_character()
        conversation = await stage.open()
        reply = (await stage.say(conversation, QUESTION))["reply"]
        url = f"/api/conversations/{conversation['id']}/messages/{reply['id']}"
        again = (await stage.http.post(f"{url}/regenerate", json={})).json()["reply"]
        assert again["content"] == LATER
        url = f"/api/conversations/{conversation['id']}/messages/{again['id']}"
        response = await stage.http.post(f"{url}/continue", json={})
        assert response.json()["reply"]["sampling"]["screening"]["redrawn"] == ["meta_talk"]


@pytest.mark.parametrize(
    ("mode", "marked", "screened"),
    [
        ("auto", False, False),
        ("auto", True, True),
        ("on", False, True),
        ("off", True, False),
    ],
)
async def test_the_setting_decides_and_auto_leaves_it_to_the_model(
    settings: Settings, mode: str, marked: bool, screened: bool
) -> None:
    engine = DraftingEngine(REFUSAL, GOOD, screened=marked)
    async with running(screening(settings, mode), engine=engine) as stage:
        await stage.make_character()
        assert (await reply_to(stage))["content"] == (GOOD if screened else REFUSAL)


async def test_the_engine_speaks_on_sentence_by_sentence_behind_the_first(
    settings: Settings,
) -> None:
    sentences = [f" Say {number} ducks." for number in range(20)]
    engine = DraftingEngine(f"{GOOD}{''.join(sentences)}", delay=0.002)
    async with running(screening(settings), engine=engine) as stage:
        await stage.make_character()
        conversation = await stage.open()
        events = await stage.stream(conversation, QUESTION)
        texts = [data["text"] for name, data in events if name == "delta"]
        assert [each for each in texts if each] == [GOOD, *sentences]


class Hanging(DraftingEngine):
    """Its second draw never says a word."""

    def __init__(self, *drafts: str) -> None:
        super().__init__(*drafts)
        self.hangs = asyncio.Event()

    async def stream(self, *args, **options):  # type: ignore[no-untyped-def] # as the port's
        if len(self.calls) == 1:
            self.running += 1
            try:
                self.hangs.set()
                await asyncio.Event().wait()
            finally:
                self.running -= 1
        async for delta in super().stream(*args, **options):
            yield delta


async def test_a_turn_stopped_in_a_redraw_leaves_only_the_message(settings: Settings) -> None:
    engine = Hanging(REFUSAL, GOOD)
    async with running(screening(settings), engine=engine) as stage:
        await stage.make_character()
        conversation = await stage.open()
        asking = asyncio.create_task(stage.send(conversation, QUESTION))
        await engine.hangs.wait()
        await stage.services.turns.aclose()
        assert code_of(await asking) == "503 cancelled"
        shown = await stage.read(conversation)
        assert [each["content"] for each in shown["messages"]] == [QUESTION]
        assert (engine.running, shown["busy"]) == (0, False)
        assert counted(stage, "offbook_running_turns") == 0


async def test_an_engine_that_dies_in_a_redraw_fails_the_turn(settings: Settings) -> None:
    for error, code in (
        (EngineUnavailableError("away"), "503 engine_unavailable"),
        (EngineTimeoutError("late"), "504 engine_timeout"),
    ):
        engine = DraftingEngine(REFUSAL, error, GOOD)
        async with running(screening(settings), engine=engine) as stage:
            await stage.make_character()
            conversation = await stage.open()
            assert code_of(await stage.send(conversation, QUESTION)) == code
            messages = (await stage.read(conversation))["messages"]
            assert [each["content"] for each in messages] == [QUESTION]
            assert (await stage.say(conversation, QUESTION))["reply"]["content"] == GOOD


async def test_all_draws_together_take_no_longer_than_a_reply_may(settings: Settings) -> None:
    engine = Hanging(REFUSAL, GOOD)
    limited = settings.engine.model_copy(update={"reply_timeout": 0.5})
    async with running(screening(settings, engine=limited), engine=engine) as stage:
        await stage.make_character()
        conversation = await stage.open()
        assert code_of(await stage.send(conversation, QUESTION)) == "504 engine_timeout"
        assert engine.running == 0


async def test_a_turn_is_queued_once_however_often_it_is_drawn(settings: Settings) -> None:
    engine = DraftingEngine(REFUSAL, GOOD, REFUSAL, LATER, delay=0.001)
    limits = LimitSettings(running_turns=1)
    async with running(screening(settings, limits=limits), engine=engine) as stage:
        await stage.make_character()
        talks = [await stage.open() for _ in range(2)]
        await asyncio.gather(*(stage.say(talk, QUESTION) for talk in talks))
        owners = [call.affinity for call in engine.calls]
        assert owners == [owners[0]] * 2 + [owners[2]] * 2
        assert owners[0] != owners[2]


async def test_the_log_has_no_word_of_what_was_said(settings: Settings) -> None:
    engine = DraftingEngine(REFUSAL, META, f"{GOOD} {LATER} {META}")
    async with running(screening(settings), engine=engine) as stage:
        await stage.make_character()
        structlog.reset_defaults()  # a command of another test may have silenced it
        with capture_logs() as logs:
            await reply_to(stage)
    assert {"reply_redrawn", "reply_cut"} <= {each["event"] for each in logs}
    for said in ("sorry", "language model", "lamp", "rain"):
        assert said not in str(logs)


def test_the_scripted_engine_is_not_screened_by_itself() -> None:
    assert not ScriptedEngine()._limits.screened
