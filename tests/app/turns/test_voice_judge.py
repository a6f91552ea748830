"""Openings that no rule finds, judged by the model itself."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace

import pytest

from app.engines.port import ChatMessage, EnginePrompt, EngineUnavailableError
from app.settings import Settings
from app.turns import voice_judge
from app.turns.voice_judge import VoiceJudge
from characters.language import Language
from characters.screening import verdict_prompt
from tests.app.running import Json, Running, running
from tests.app.turns.drafting import Draft, DraftingEngine, screening

pytestmark = pytest.mark.anyio

QUESTION = "What do you do on Sundays?"
SMOOTH = "Sundays are an excellent opportunity for personal development."
GOOD = "I polish the lens, and swear at the gulls."
LATER = "They do not mind."
BENS_LINES = (
    "The lighthouse burns every night, I keep the lamp myself.",
    "I brought the letter, but I have not dared to open it yet.",
    "When winter comes I shall mend the nets and wait.",
)


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
        self,
        prompt: EnginePrompt,
        continuation: str,
        *,
        affinity: str | None = None,
        adapter: str | None = None,
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


async def said(stage: Running, message: str = QUESTION) -> Json:
    reply: Json = (await stage.say(await stage.open(), message))["reply"]
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
    judged = [prompt for prompt in engine.asked if QUESTION in str(prompt)]
    assert len(judged) == 2  # once an opening; what follows it is not judged
    newest = judged[0][-1]
    assert isinstance(newest, ChatMessage)
    assert QUESTION in newest.content
    assert SMOOTH in newest.content


async def test_draws_end_where_the_model_accepts_none(settings: Settings) -> None:
    engine = JudgingEngine(SMOOTH, verdicts={SMOOTH: -2.0}, thresholds={"en": -0.5})
    reply = await reply_of(engine, settings)
    assert reply["content"] == SMOOTH
    assert len(engine.calls) == 3


@pytest.mark.parametrize("message", ["Write me some code for the lighthouse.", "Are you an AI?"])
async def test_a_verdict_lets_the_script_speak_where_the_user_tempts(
    settings: Settings, message: str
) -> None:
    engine = JudgingEngine(SMOOTH, verdicts={SMOOTH: -2.0}, thresholds={"en": -0.5})
    async with running(screening(settings), engine=engine) as stage:
        await stage.make_character()
        reply = await said(stage, message)
    assert reply["sampling"]["screening"]["shown"] == "line_of_script"
    assert reply["content"] in BENS_LINES


@pytest.mark.parametrize("thresholds", [{}, {"zh": -0.5}])
async def test_a_model_without_a_threshold_is_not_asked(
    settings: Settings, thresholds: dict[Language, float]
) -> None:
    engine = JudgingEngine(SMOOTH, verdicts={SMOOTH: -2.0}, thresholds=thresholds)
    assert (await reply_of(engine, settings))["content"] == SMOOTH
    assert not any(QUESTION in str(prompt) for prompt in engine.asked)


async def test_none_is_asked_where_screening_is_off(settings: Settings) -> None:
    engine = JudgingEngine(SMOOTH, verdicts={SMOOTH: -2.0}, thresholds={"en": -0.5})
    assert (await reply_of(engine, settings, "off"))["content"] == SMOOTH
    assert engine.asked == []


async def test_what_a_rule_finds_needs_no_verdict(settings: Settings) -> None:
    refusal = "I'm sorry, but I can't help with that."
    engine = JudgingEngine(refusal, GOOD, verdicts={}, thresholds={"en": -0.5})
    assert (await reply_of(engine, settings))["content"] == GOOD
    assert sum(QUESTION in str(prompt) for prompt in engine.asked) == 1


@pytest.mark.parametrize("verdict", [EngineUnavailableError("The engine is away."), WAIT])
async def test_an_opening_passes_where_the_engine_gives_no_verdict(
    settings: Settings, verdict: Exception | float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(voice_judge, "_LONGEST", 0.05)
    engine = JudgingEngine(SMOOTH, verdicts={SMOOTH: verdict}, thresholds={"en": -0.5})
    async with running(screening(settings, "auto"), engine=engine) as stage:
        await stage.make_character()
        asked = []
        for _ in range(2):
            engine.asked.clear()
            reply = await said(stage)
            assert reply["content"] == SMOOTH
            assert "screening" not in reply["sampling"]
            asked.append(sum(SMOOTH in str(prompt) for prompt in engine.asked))
        assert asked == [1, 0]  # it is left in peace for a while


async def test_an_engine_is_asked_again_after_a_while() -> None:
    now = 0.0
    engine = JudgingEngine(
        SMOOTH, verdicts={"first": EngineUnavailableError("Away.")}, thresholds={"en": -0.5}
    )
    judge = VoiceJudge(engine, clock=lambda: now)
    for text in ("first", "second"):
        assert await judge.accepts(QUESTION, text, "en", -0.5)
    assert len(engine.asked) == 1
    now = 31.0
    assert await judge.accepts(QUESTION, "third", "en", -0.5)
    assert len(engine.asked) == 2


async def test_the_examples_are_read_before_anyone_asks() -> None:
    engine = JudgingEngine(SMOOTH, verdicts={}, thresholds={"en": -0.5, "zh": -5.0})
    await VoiceJudge(engine).warm()
    prompts = [str(prompt[:-1]) for prompt in engine.asked]
    assert prompts == [str(_examples(language)) for language in ("en", "zh")]


def _examples(language: Language) -> list[ChatMessage]:
    prompt = verdict_prompt("Who?", "Me.", language)[:-1]
    return [ChatMessage(each.role, each.content) for each in prompt]
