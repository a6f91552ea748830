"""Characters' completions whose replies are screened."""

import asyncio

import pytest

from app.engines.port import EngineOverloadedError
from app.engines.tokens import count_words
from app.openai_api.models import RAW_MODEL
from app.settings import Settings
from tests.app.openai_api.talking import (
    CHAT,
    ask,
    assistant,
    code,
    content,
    post,
    stream,
    streamed,
    user,
)
from tests.app.running import running
from tests.app.turns.drafting import DraftingEngine, screening

pytestmark = [pytest.mark.anyio, pytest.mark.one_database]

REFUSAL = "I'm sorry, but I can't assist with that request."
GOOD = "The lamp burns every night, and I trim it myself at ten."
LATER = "Go and look, it is a fine sight in the rain."


async def test_a_completion_is_drawn_again_and_counts_all_its_tokens(settings: Settings) -> None:
    engine = DraftingEngine(REFUSAL, GOOD)
    async with running(screening(settings), engine=engine) as stage:
        await stage.make_character()
        completion = await ask(stage, user("Is the lamp lit?"), seed=3)
        assert content(completion) == GOOD
        assert [each.seed for each in engine.samplings] == [3, 4]
        usage = completion["usage"]
        assert usage["completion_tokens"] == count_words(REFUSAL) + count_words(GOOD)
        assert usage["prompt_tokens"] == count_words(str(engine.calls[0].prompt))


async def test_a_stream_begins_with_a_sentence_that_passed(settings: Settings) -> None:
    engine = DraftingEngine(REFUSAL, f"{GOOD} {LATER} Anna: And you?")
    async with running(screening(settings), engine=engine) as stage:
        await stage.make_character()
        options = {"include_usage": True}
        events = await stream(stage, user("Is the lamp lit?"), stream_options=options)
        assert streamed(events) == f"{GOOD} {LATER}"
        reasons = [each["finish_reason"] for event in events for each in event["choices"]]
        assert [reason for reason in reasons if reason] == ["stop"]
        drawn = count_words(REFUSAL) + count_words(f"{GOOD} {LATER}")
        assert drawn < events[-1]["usage"]["completion_tokens"] < drawn + 5


async def test_each_choice_is_screened_on_its_own(settings: Settings) -> None:
    engine = DraftingEngine(REFUSAL, GOOD)
    async with running(screening(settings), engine=engine) as stage:
        await stage.make_character()
        completion = await ask(stage, user("Is the lamp lit?"), n=2)
        assert [content(completion, choice) for choice in range(2)] == [GOOD, GOOD]
        assert len(engine.calls) == 3


async def test_what_the_character_said_in_the_request_is_not_said_again(settings: Settings) -> None:
    engine = DraftingEngine(GOOD, LATER)
    async with running(screening(settings), engine=engine) as stage:
        await stage.make_character()
        said = [user("Is the lamp lit?"), assistant(GOOD), user("And now?")]
        assert content(await ask(stage, *said)) == LATER


async def test_a_failure_in_a_redraw_still_has_its_status(settings: Settings) -> None:
    engine = DraftingEngine(REFUSAL, EngineOverloadedError("busy", retry_after=3), GOOD)
    async with running(screening(settings), engine=engine) as stage:
        await stage.make_character()
        body = {"model": "ben", "messages": [user("Hi")]}
        for streaming in (True, False):
            engine.drafts = [REFUSAL, EngineOverloadedError("busy", retry_after=3), GOOD]
            response = await post(stage, CHAT, stream=streaming, **body)
            assert code(response).startswith("503 ")


async def test_the_raw_engine_is_not_screened(settings: Settings) -> None:
    engine = DraftingEngine(REFUSAL, GOOD)
    async with running(screening(settings), engine=engine) as stage:
        assert content(await ask(stage, user("Help?"), model=RAW_MODEL)) == REFUSAL


async def test_a_client_that_leaves_in_a_redraw_stops_the_engine(settings: Settings) -> None:
    engine = DraftingEngine(REFUSAL, GOOD, delay=0.002)
    async with running(screening(settings), engine=engine) as stage:
        await stage.make_character()
        asking = asyncio.create_task(post(stage, CHAT, model="ben", messages=[user("Hi")]))
        async with asyncio.timeout(10):
            while len(engine.calls) < 2:  # noqa: ASYNC110 (the engine has no event for it)
                await asyncio.sleep(0.001)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        async with asyncio.timeout(1):
            while engine.running:  # noqa: ASYNC110 (nor for this)
                await asyncio.sleep(0.001)
