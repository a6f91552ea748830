"""What every :class:`~app.engines.port.ChatEngine` must do; subclassed once per engine."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import aclosing

import pytest

from app.engines.port import (
    ChatEngine,
    ChatMessage,
    ContextTooLongError,
    Delta,
    EnginePrompt,
    EngineUnavailableError,
    Sampling,
)

pytestmark = pytest.mark.anyio

PROMPT = "user:你好，请介绍一下你自己。\n三三:"
CHAT: Sequence[ChatMessage] = (
    ChatMessage("system", "你是三三。"),
    ChatMessage("user", "你好，请介绍一下你自己。"),
)
GREEDY = Sampling(temperature=0.0, max_tokens=24, seed=1)


async def collect(
    engine: ChatEngine, prompt: EnginePrompt, sampling: Sampling, stop: Sequence[str] = ()
) -> list[Delta]:
    return [delta async for delta in engine.stream(prompt, sampling, stop)]


def text_of(deltas: Sequence[Delta]) -> str:
    return "".join(delta.text for delta in deltas)


@pytest.mark.anyio
class ChatEngineContract:
    """Subclasses give an ``engine`` fixture, and say whether generations run."""

    async def running(self, engine: ChatEngine) -> int:
        """How many generations go on inside the engine."""
        raise NotImplementedError

    async def test_streams_text_and_ends_with_reason_and_usage(self, engine: ChatEngine) -> None:
        deltas = await collect(engine, PROMPT, GREEDY)
        assert text_of(deltas)
        assert [delta.finish_reason for delta in deltas[:-1]] == [None] * (len(deltas) - 1)
        assert deltas[-1].finish_reason in ("stop", "length")
        usage = deltas[-1].usage
        assert usage is not None
        assert usage.prompt_tokens > 0
        assert 0 < usage.completion_tokens <= GREEDY.max_tokens

    async def test_answers_chat_prompts(self, engine: ChatEngine) -> None:
        deltas = await collect(engine, CHAT, GREEDY)
        assert text_of(deltas).strip()
        assert deltas[-1].finish_reason is not None

    async def test_max_tokens_ends_with_length(self, engine: ChatEngine) -> None:
        deltas = await collect(engine, PROMPT, Sampling(temperature=0.0, max_tokens=2, seed=1))
        assert deltas[-1].finish_reason == "length"
        assert deltas[-1].usage is not None
        assert deltas[-1].usage.completion_tokens == 2

    async def test_a_stop_string_ends_the_text_before_it(self, engine: ChatEngine) -> None:
        whole = text_of(await collect(engine, PROMPT, GREEDY))
        middle = len(whole) // 2
        stop = whole[middle : middle + 2]
        deltas = await collect(engine, PROMPT, GREEDY, ["\nuser:", "\nuser：", stop])
        assert text_of(deltas) == whole[: whole.index(stop)]
        assert deltas[-1].finish_reason == "stop"

    async def test_no_delta_holds_half_a_character(self, engine: ChatEngine) -> None:
        for delta in await collect(engine, PROMPT + "🧙‍♀️🎭", GREEDY):
            assert "\ufffd" not in delta.text
            assert delta.text == delta.text.encode().decode()

    async def test_leaving_the_stream_stops_the_engine(self, engine: ChatEngine) -> None:
        sampling = Sampling(max_tokens=1000, seed=1)
        async with aclosing(engine.stream(PROMPT, sampling)) as deltas:
            await anext(deltas)
            assert await self.running(engine) == 1
        await self._assert_idle(engine)

    async def test_cancelling_the_task_stops_the_engine(self, engine: ChatEngine) -> None:
        started = asyncio.Event()

        async def read() -> None:
            async for _ in engine.stream(PROMPT, Sampling(max_tokens=1000, seed=1)):
                started.set()

        task = asyncio.create_task(read())
        await started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await self._assert_idle(engine)

    async def test_a_prompt_that_does_not_fit_raises(self, engine: ChatEngine) -> None:
        with pytest.raises(ContextTooLongError):
            await collect(engine, "你好" * 5000, GREEDY)

    async def test_concurrent_streams_do_not_mix(self, engine: ChatEngine) -> None:
        alone = text_of(await collect(engine, PROMPT, GREEDY))
        together = await asyncio.gather(*(collect(engine, PROMPT, GREEDY) for _ in range(3)))
        # Batches of other sizes round differently, so a real model may differ after a while.
        assert all(text_of(deltas)[:2] == alone[:2] for deltas in together)

    async def test_counts_tokens_per_text(self, engine: ChatEngine) -> None:
        texts = ["你好", "", "hello there", "你好"]
        counts = await engine.count_tokens(texts)
        assert counts[0] == counts[3] > 0
        assert counts[1] == 0
        assert await engine.count_tokens(texts) == counts
        assert await engine.count_tokens([]) == []

    async def test_says_its_limits(self, engine: ChatEngine) -> None:
        limits = await engine.limits()
        assert limits.model
        assert limits.context_length >= 512

    async def test_is_ready(self, engine: ChatEngine) -> None:
        assert await engine.ready()

    async def _assert_idle(self, engine: ChatEngine) -> None:
        left = time.monotonic()
        while await self.running(engine):
            assert time.monotonic() - left < 1.0, "the engine still generates after a second"
            await asyncio.sleep(0.02)


@pytest.mark.anyio
class ClosingContract:
    """What holds after ``aclose``; apart, because it uses the engine up."""

    async def test_a_closed_engine_is_not_ready_and_raises(self, closable: ChatEngine) -> None:
        await closable.aclose()
        assert not await closable.ready()
        with pytest.raises(EngineUnavailableError):
            await collect(closable, PROMPT, GREEDY)
        with pytest.raises(EngineUnavailableError):
            await closable.limits()
