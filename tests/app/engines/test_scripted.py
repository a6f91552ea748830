"""The engine without a model."""

import asyncio
import math
from collections.abc import Mapping

import pytest

from app.engines.port import (
    ChatEngine,
    ChatMessage,
    EngineOverloadedError,
    EngineRequestError,
    EngineUnavailableError,
    Sampling,
)
from app.engines.scripted import ScriptedEngine, scripted_reply
from tests.app.engines.contract import (
    GREEDY,
    PROMPT,
    ClosingContract,
    collect,
    text_of,
)
from tests.app.engines.scoring_contract import LikelihoodContract


class TestContract(LikelihoodContract, ClosingContract):
    @pytest.fixture
    def engine(self) -> ChatEngine:
        return ScriptedEngine(delay=0.002)

    @pytest.fixture
    def closable(self) -> ChatEngine:
        return ScriptedEngine()

    async def running(self, engine: ChatEngine) -> int:
        assert isinstance(engine, ScriptedEngine)
        return engine.running

    def say(self, engine: ChatEngine, text: str) -> Mapping[str, object]:
        assert isinstance(engine, ScriptedEngine)
        engine.reply = text
        return {}


def test_answers_the_last_message_in_its_language() -> None:
    assert "你是谁" in scripted_reply("规则\nuser:你是谁\n三三:")
    assert "Who are you?" in scripted_reply("rules\nuser: Who are you?\nAda:")
    messages = [ChatMessage("user", "Hi"), ChatMessage("assistant", "嗯"), ChatMessage("user", "B")]
    assert scripted_reply(messages).startswith('"B"')


def test_the_same_prompt_gives_the_same_reply() -> None:
    assert scripted_reply(PROMPT) == scripted_reply(PROMPT)


@pytest.mark.anyio
async def test_scores_words_by_how_often_they_were_said() -> None:
    """Half of the times a word said before, else one of 50,000."""
    engine = ScriptedEngine()
    scores = await engine.score("a b a", "a c\na")
    # 2 of 3 words are "a"; "c" is none of 4; 3 of 5 are "a".
    expected = [0.5 * share + 0.5 / 50_000 for share in (2 / 3, 0, 3 / 5)]
    assert scores == pytest.approx([math.log(each) for each in expected])
    assert await engine.score([ChatMessage("user", "a b"), ChatMessage("user", "a")], "a") == [
        scores[0]
    ]
    assert await engine.score("a", " \n") == []
    with pytest.raises(EngineRequestError, match="no token"):
        await engine.score(" ", "a")
    with pytest.raises(EngineOverloadedError):
        await ScriptedEngine(fail_before=EngineOverloadedError("busy")).score("a", "a")


@pytest.mark.anyio
async def test_fails_when_told() -> None:
    engine = ScriptedEngine(fail_before=EngineOverloadedError("busy", retry_after=3))
    with pytest.raises(EngineOverloadedError):
        await collect(engine, PROMPT, GREEDY)
    assert engine.running == 0

    engine = ScriptedEngine(reply="one two three", fail_after=2)
    stream = engine.stream(PROMPT, GREEDY)
    assert [(await anext(stream)).text, (await anext(stream)).text] == ["one", " two"]
    with pytest.raises(EngineUnavailableError):
        await anext(stream)
    assert engine.running == 0


@pytest.mark.anyio
@pytest.mark.parametrize("stop", ["\nuser:", "\nuser："])
async def test_stops_before_another_speaker(stop: str) -> None:
    engine = ScriptedEngine(reply=f"你好！{stop}我是用户")
    deltas = await collect(engine, PROMPT, Sampling(), ["\nuser:", "\nuser："])
    assert text_of(deltas) == "你好！"
    assert deltas[-1].finish_reason == "stop"
    assert engine.calls[0].stop == ("\nuser:", "\nuser：")


@pytest.mark.anyio
async def test_closing_ends_running_streams() -> None:
    engine = ScriptedEngine(delay=0.01)
    reading = asyncio.create_task(collect(engine, PROMPT, GREEDY))
    await asyncio.sleep(0.02)
    await engine.aclose()
    with pytest.raises(EngineUnavailableError):
        await reading


@pytest.mark.anyio
async def test_avoided_words_are_not_said() -> None:
    engine = ScriptedEngine(reply="抱歉，sorry 我们走吧。")
    sampling = Sampling(avoided_words=("抱歉", "sorry", ""))
    assert text_of(await collect(engine, PROMPT, sampling)) == "， 我们走吧。"
    assert engine.calls[0].sampling == sampling
