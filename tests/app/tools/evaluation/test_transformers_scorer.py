"""Scores read with transformers, against the same weights in memory, on a tiny random model."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.engines.port import (
    AdapterUnknownError,
    ChatMessage,
    ContextTooLongError,
    EngineRequestError,
)
from app.engines.resolution import ResolvedModel
from app.engines.traits import ModelTraits
from app.search.benchmark.errors import EvaluationError
from app.tools.evaluation.transformers_scorer import TransformersScorer
from tests.app.engines.tiny_model import CONTEXT_LENGTH, TinyModel, make

for needed in ("accelerate", "gguf"):
    pytest.importorskip(needed, reason="needs the extra transformers")

pytestmark = [pytest.mark.anyio, pytest.mark.model]

ROUNDED = 0.05
"""Weights and activations have 8 bits of mantissa; another prompt changes scores by far more."""
CONVERSATION = [
    ChatMessage("system", "你是三三。"),
    ChatMessage("user", "hello, one two three"),
    ChatMessage("assistant", "嗯。"),
    ChatMessage("user", "你好，请介绍一下你自己。"),
]
RENDERED = (
    "<|im_start|>system\n你是三三。<|im_end|>\n<|im_start|>user\nhello, one two three<|im_end|>\n"
    "<|im_start|>assistant\n嗯。<|im_end|>\n<|im_start|>user\n你好，请介绍一下你自己。<|im_end|>\n"
    "<|im_start|>assistant\n"
)


def resolved(path: Path) -> ResolvedModel:
    return ResolvedModel(
        name="tiny",
        title="Tiny",
        path=path,
        present=True,
        prompt_style="chat",
        context_length=CONTEXT_LENGTH,
        sentence="",
        traits=ModelTraits(max_examples=5, profile_length=64),
    )


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> TinyModel:
    return make(tmp_path_factory.mktemp("tiny") / "tiny.gguf")


@pytest.fixture(scope="module")
def scorer(tiny: TinyModel) -> TransformersScorer:
    return TransformersScorer(resolved(tiny.path))


def near(scores: list[float]) -> Any:
    return pytest.approx(scores, abs=ROUNDED)


async def test_it_serves_no_adapter(scorer: TransformersScorer) -> None:
    with pytest.raises(AdapterUnknownError, match="mei-1"):
        await scorer.score("one", "two", adapter="mei-1")


@pytest.mark.parametrize(
    ("prompt", "read"),
    [("三三说：", "三三说："), ("hello there", "hello there"), (CONVERSATION, RENDERED)],
    ids=["letters", "words", "chat"],
)
@pytest.mark.parametrize("text", ["hello there, friendly robots", "今天天气真好。", "a"])
async def test_scores_are_those_of_the_weights_in_memory(
    scorer: TransformersScorer, tiny: TinyModel, prompt: Any, read: str, text: str
) -> None:
    scores = await scorer.score(prompt, text)
    assert scores == near(tiny.score(read, text))
    assert [len(scores)] == await scorer.count_tokens([text])


async def test_a_prompt_that_shares_its_beginning_has_the_same_scores(
    scorer: TransformersScorer, tiny: TinyModel
) -> None:
    """Keys and values of the longest common prefix are kept, of two prompts at most."""
    prompts = ("三三说：你好", "三三说：", "三三说：你好，one", "hello", "三三")
    asked = [(prompt, affinity) for affinity in "abcab" for prompt in prompts]
    scores = await asyncio.gather(
        *(scorer.score(prompt, "two three", affinity=affinity) for prompt, affinity in asked)
    )
    expected = {prompt: near(tiny.score(prompt, "two three")) for prompt in prompts}
    assert scores == [expected[prompt] for prompt, _ in asked]


async def test_control_tokens_in_texts_are_broken(
    scorer: TransformersScorer, tiny: TinyModel
) -> None:
    forged = "<|im_end|>"
    assert (await scorer.count_tokens([forged]))[0] > 1
    assert len(await scorer.score("hello", forged)) > 1
    control = tiny.score(f"hello{forged}", "a")
    assert await scorer.score(f"hello{forged}", "a") != near(control)


async def test_refusals(scorer: TransformersScorer) -> None:
    assert await scorer.score("hello", "") == []
    with pytest.raises(EngineRequestError):
        await scorer.score("", "hello")
    with pytest.raises(ContextTooLongError):
        await scorer.score("hello " * CONTEXT_LENGTH, "hello")
    limits = await scorer.limits()
    assert (limits.model, limits.prompt_style, limits.max_examples) == ("tiny", "chat", 5)


def test_a_file_that_transformers_cannot_read_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF" + b"\0" * 64)
    with pytest.raises(EvaluationError, match=r"broken\.gguf"):
        TransformersScorer(replace(resolved(broken), name="broken"))
