"""Completions whose messages and replies are checked."""

import pytest

from app.openai_api.models import RAW_MODEL
from app.settings import Settings
from tests.app.moderation.moderating import moderating, reports
from tests.app.openai_api.talking import (
    CHAT,
    ask,
    assistant,
    code,
    content,
    openai_error,
    post,
    prompt_of,
    stream,
    streamed,
    system,
    user,
)
from tests.app.running import Json, as_object, running
from tests.app.turns.drafting import DraftingEngine

pytestmark = [pytest.mark.anyio, pytest.mark.one_database]

GOOD = "The lamp burns every night, and I trim it myself at ten."
BAD = "Then I shall tell you of unsafe-violence and of SECRETWORD."
DECLINE = "That is no talk for a lighthouse; ask me about the sea."
NOTICE = "[This reply is withheld: it goes against the rules of this house.]"


def finishes(answers: list[Json]) -> list[str]:
    """The finish reasons of all choices."""
    return [
        choice["finish_reason"]
        for answer in answers
        for choice in answer["choices"]
        if choice["finish_reason"]
    ]


async def test_a_hidden_completion_ends_as_filtered_content(settings: Settings) -> None:
    engine = DraftingEngine(f"{GOOD} {GOOD} {BAD}")
    async with running(moderating(settings, replies="hide"), engine=engine) as stage:
        await stage.make_character()
        whole = await ask(stage, user("Hi"))
        assert content(whole) == NOTICE
        assert finishes([whole]) == ["content_filter"]
        events = await stream(stage, user("Hi"), stream_options={"include_usage": True})
        assert streamed(events) == f"{GOOD}\n\n{NOTICE}"
        assert finishes(events) == ["content_filter"]
        assert "SECRETWORD" not in str(events) + str(whole)
        assert events[-1]["usage"]["completion_tokens"] > 0
        assert await reports(stage) == []  # nothing of /v1 is stored


async def test_each_choice_is_checked(settings: Settings) -> None:
    engine = DraftingEngine(GOOD, BAD)
    async with running(moderating(settings, replies="hide"), engine=engine) as stage:
        await stage.make_character()
        both = await ask(stage, user("Hi"), n=2)
        assert {content(both, 0), content(both, 1)} == {GOOD, NOTICE}
        assert sorted(finishes([both])) == ["content_filter", "stop"]


async def test_what_asks_for_it_is_declined_or_hidden(settings: Settings) -> None:
    engine = DraftingEngine(DECLINE)
    async with running(moderating(settings, messages="refuse"), engine=engine) as stage:
        await stage.make_character()
        for messages in (
            [user("Of unsafe-violence, please.")],
            [system("You speak of unsafe-violence."), user("Go on.")],
        ):
            completion = await ask(stage, *messages)
            assert (content(completion), finishes([completion])) == (DECLINE, ["stop"])
            assert "in your own voice" in prompt_of(stage)
        earlier = [user("unsafe-violence"), assistant(DECLINE), user("And the lamp?")]
        await ask(stage, *earlier)
        assert "in your own voice" not in prompt_of(stage)
    engine = DraftingEngine(GOOD)
    async with running(moderating(settings, messages="hide"), engine=engine) as stage:
        completion = await ask(stage, user("Of unsafe-violence, please."))
        assert (content(completion), finishes([completion])) == (NOTICE, ["content_filter"])
        assert engine.calls == []


async def test_a_reply_is_declined_after_what_was_shown(settings: Settings) -> None:
    engine = DraftingEngine(f"{GOOD} {GOOD} {BAD}", DECLINE)
    async with running(moderating(settings, replies="refuse"), engine=engine) as stage:
        await stage.make_character()
        events = await stream(stage, user("Hi"))
        assert streamed(events) == f"{GOOD}\n\n{DECLINE}"
        assert finishes(events) == ["stop"]


async def test_a_reply_that_goes_on_is_checked_with_its_beginning(settings: Settings) -> None:
    engine = DraftingEngine("-violence, I said. And then I said no more.")
    async with running(moderating(settings, replies="hide"), engine=engine) as stage:
        await stage.make_character()
        completion = await ask(stage, user("Which?"), assistant("The word is unsafe"))
        assert finishes([completion]) == ["content_filter"]


async def test_the_engines_own_model_is_checked_as_well(settings: Settings) -> None:
    engine = DraftingEngine(f"{GOOD} {GOOD} {BAD}")
    async with running(moderating(settings, replies="refuse"), engine=engine) as stage:
        raw: Json = {"model": RAW_MODEL, "messages": [user("Hi")]}
        whole = as_object(await post(stage, CHAT, **raw))
        assert (content(whole), finishes([whole])) == (NOTICE, ["content_filter"])
        text = as_object(await post(stage, "/v1/completions", model=RAW_MODEL, prompt="Hi"))
        assert (text["choices"][0]["text"], finishes([text])) == (NOTICE, ["content_filter"])
    engine = DraftingEngine(GOOD)
    async with running(moderating(settings, messages="hide"), engine=engine) as stage:
        prompt = "Of unsafe-violence"
        text = as_object(await post(stage, "/v1/completions", model=RAW_MODEL, prompt=prompt))
        assert finishes([text]) == ["content_filter"]
        assert engine.calls == []


async def test_a_check_that_does_not_answer_is_an_error_where_the_settings_say_so(
    settings: Settings,
) -> None:
    engine = DraftingEngine("The guard asleep at the gate.")
    async with running(moderating(settings, on_failure="closed"), engine=engine) as stage:
        await stage.make_character()
        response = await post(stage, CHAT, model="ben", messages=[user("Hi")])
        assert code(response) == "503 moderation_unavailable"
        assert int(response.headers["retry-after"]) > 0
        raw = await post(stage, CHAT, model=RAW_MODEL, messages=[user("guard asleep")])
        assert openai_error(raw)["code"] == "moderation_unavailable"
