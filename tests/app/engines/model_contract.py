"""What an engine that runs a model must do beside the contract: sample, and keep what it read."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from app.engines.port import ChatEngine, Sampling
from tests.app.engines.contract import (
    GREEDY,
    PROMPT,
    SPOKEN,
    collect,
    text_of,
)
from tests.app.engines.scoring_contract import ScoringContract

HOT = Sampling(temperature=2.0, top_p=1.0, top_k=0, max_tokens=12, seed=1)
"""Any token of the vocabulary, so that two such texts are the same only by the seed."""


async def said(engine: ChatEngine, sampling: Sampling) -> str:
    return text_of(await collect(engine, PROMPT, sampling))


class ModelContract(ScoringContract):
    """Each sampling field is seen by what it does to any model's text."""

    async def test_the_seed_repeats_a_text_and_another_changes_it(self, engine: ChatEngine) -> None:
        first = await said(engine, HOT)
        assert await said(engine, HOT) == first
        assert await said(engine, replace(HOT, seed=2)) != first

    @pytest.mark.parametrize(
        "field", [{"temperature": 0.0}, {"top_k": 1}, {"top_p": 1e-6}, {"min_p": 1.0}]
    )
    async def test_fields_that_leave_one_token_are_greedy(
        self, engine: ChatEngine, field: dict[str, Any]
    ) -> None:
        greedy = await said(engine, replace(GREEDY, max_tokens=HOT.max_tokens))
        assert await said(engine, replace(HOT, **field)) == greedy

    async def test_the_repetition_penalty_keeps_a_text_from_repeating(
        self, engine: ChatEngine
    ) -> None:
        sampling = replace(GREEDY, extra={"ignore_eos": True})
        varied = await said(engine, replace(sampling, repetition_penalty=10.0))
        repeating = await said(engine, replace(sampling, repetition_penalty=0.1))
        assert _repeated(varied) < _repeated(repeating)

    async def test_many_streams_each_say_their_own(self, engine: ChatEngine) -> None:
        texts = ["好🎭。", "天气？", "é！"]
        spoken = [replace(SPOKEN, extra=self.say(engine, text)) for text in texts]
        answers = await asyncio.gather(*(said(engine, sampling) for sampling in spoken))
        assert answers == texts

    async def test_a_second_turn_finds_its_prefix(self, engine: ChatEngine) -> None:
        prompt = "".join(f"第{i}句：春眠不觉晓，处处闻啼鸟。\n" for i in range(12))
        short = Sampling(max_tokens=1)
        await collect(engine, prompt + "user:甲", short)
        usage = (await collect(engine, prompt + "user:乙", short))[-1].usage
        assert usage is not None
        assert usage.cached_tokens is not None
        assert usage.cached_tokens > usage.prompt_tokens * 0.9


def _repeated(text: str) -> float:
    """The share of characters that occur before."""
    return 1 - len(set(text)) / len(text)
