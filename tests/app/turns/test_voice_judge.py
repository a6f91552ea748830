"""Openings that no rule finds, judged by the model itself."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace

import pytest

from app.engines.port import ChatMessage, EnginePrompt, EngineUnavailableError
from app.settings import Settings
from app.turns import voice_judge
from characters.language import Language
from tests.app.running import Json, Running, running
from tests.app.turns.drafting import Draft, DraftingEngine, screening

pytestmark = pytest.mark.anyio

QUESTION = "What do you do on Sundays?"
SMOOTH = "Sundays are an excellent opportunity for personal development."
GOOD = "I polish the lens, and swear at the gulls."
LATER = "They do not mind."


class JudgingEngine(DraftingEngine):
    """Gives sentences the scores of a script, others 0; an error is raised in a score's place."""

    def __init__(
        self,
        *drafts: Draft,
        verdicts: Mapping[str, float | Exception],
        thresholds: Mapping[Language, float],
    ) -> None:
        super().__init__(*drafts, screened=True)
        self.asked: list[EnginePrompt] = []
        self._verdicts = verdicts
        self._limits = replace(self._limits, voice_thresholds=thresholds)

    async def score(
        self, prompt: EnginePrompt, continuation: str, *, affinity: str | None = None
    ) -> list[float]:
        self.asked.append(prompt)
        newest = prompt[-1]
        assert isinstance(newest, ChatMessage)
        verdict = next((v for text, v in self._verdicts.items() if text in newest.content), 0.0)
        if verdict == WAIT:
            await asyncio.Event().wait()
        if isinstance(verdict, Exception):
            raise verdict
        return [verdict / 2, verdict / 2]


WAIT = -99.0


async def reply_of(engine: JudgingEngine, settings: Settings, mode: str = "auto") -> Json:
    async with running(screening(settings, mode), engine=engine) as stage:
        await stage.make_character()
        return await said(stage)


async def said(stage: Running) -> Json:
    reply: Json = (await stage.say(await stage.open(), QUESTION))["reply"]
    return reply


async def test_an_opening_below_the_threshold_is_drawn_again(settings: Settings) -> None:
    engine = JudgingEngine(
        f"{SMOOTH} And more.",
        f"{GOOD} {LATER}",
        verdicts={SMOOTH: -1.2, GOOD: -0.4},
        thresholds={"en": -0.5},
    )
    reply = await reply_of(engine, settings)
    assert reply["content"] == f"{GOOD} {LATER}"
    assert reply["sampling"]["screening"] == {"redrawn": ["assistant_talk"]}
    assert len(engine.asked) == 2  # once an opening; what follows it is not judged
    newest = engine.asked[0][-1]
    assert isinstance(newest, ChatMessage)
    assert QUESTION in newest.content
    assert SMOOTH in newest.content


async def test_draws_end_where_the_model_accepts_none(settings: Settings) -> None:
    engine = JudgingEngine(SMOOTH, verdicts={SMOOTH: -2.0}, thresholds={"en": -0.5})
    reply = await reply_of(engine, settings)
    assert reply["content"] == SMOOTH
    assert len(engine.calls) == 3


@pytest.mark.parametrize("thresholds", [{}, {"zh": -0.5}])
async def test_a_model_without_a_threshold_is_not_asked(
    settings: Settings, thresholds: dict[Language, float]
) -> None:
    engine = JudgingEngine(SMOOTH, verdicts={SMOOTH: -2.0}, thresholds=thresholds)
    assert (await reply_of(engine, settings))["content"] == SMOOTH
    assert engine.asked == []


async def test_none_is_asked_where_screening_is_off(settings: Settings) -> None:
    engine = JudgingEngine(SMOOTH, verdicts={SMOOTH: -2.0}, thresholds={"en": -0.5})
    assert (await reply_of(engine, settings, "off"))["content"] == SMOOTH
    assert engine.asked == []


async def test_what_a_rule_finds_needs_no_verdict(settings: Settings) -> None:
    refusal = "I'm sorry, but I can't help with that."
    engine = JudgingEngine(refusal, GOOD, verdicts={}, thresholds={"en": -0.5})
    assert (await reply_of(engine, settings))["content"] == GOOD
    assert len(engine.asked) == 1


@pytest.mark.parametrize("verdict", [EngineUnavailableError("The engine is away."), WAIT])
async def test_an_opening_passes_where_the_engine_gives_no_verdict(
    settings: Settings, verdict: Exception | float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(voice_judge, "_LONGEST", 0.05)
    engine = JudgingEngine(SMOOTH, verdicts={SMOOTH: verdict}, thresholds={"en": -0.5})
    reply = await reply_of(engine, settings)
    assert reply["content"] == SMOOTH
    assert "screening" not in reply["sampling"]
