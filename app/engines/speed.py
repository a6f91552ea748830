"""Measure how fast an engine reads a prompt and writes a reply on this machine."""

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass
from time import monotonic

from app.engines.port import ChatEngine, ChatMessage, EnginePrompt, Sampling

_MEASURING_SECONDS = 20.0
"""Longest measurement. A model that needs longer is too slow, which is all that has to be known."""
_PARAGRAPH = (
    "The lamp in the window is lit at six and put out at ten, whatever the weather does, and "
    "whoever comes by the coast road counts on it as on the tide. "
)
_OPENING = "Continue the story.\n\n"
_PARAGRAPHS = 8
"""About 300 tokens together: long enough to be read at the pace of real prompts."""
_REPLY_TOKENS = 32
_TEMPLATE_TOKENS = 32
"""Room for what a chat template adds."""


@dataclass(frozen=True, slots=True)
class Speed:
    """Hold a model's speed in tokens per second."""

    prompt: float
    """Of reading a prompt that is not cached."""
    reply: float
    """Of writing."""


async def measure_speed(engine: ChatEngine, clock: Callable[[], float] = monotonic) -> Speed:
    """Return the speed of one prompt and one short reply.

    Takes a few seconds, and at most 20; after those, the speeds are those of what arrived.
    Measured before users are served, so that their turns neither slow it down nor wait. Raises
    the engine's errors.
    """
    limits = await engine.limits()
    text = await _fitting_text(engine, limits.context_length - _REPLY_TOKENS - _TEMPLATE_TOKENS)
    chat: EnginePrompt = [ChatMessage("user", text)]
    prompt = chat if limits.prompt_style == "chat" else text
    [tokens] = await engine.count_tokens([text])
    started = clock()
    arrived: list[float] = []
    try:
        async with asyncio.timeout(_MEASURING_SECONDS):
            stream = engine.stream(prompt, Sampling(temperature=0.0, max_tokens=_REPLY_TOKENS))
            async with aclosing(stream) as deltas:
                async for delta in deltas:
                    if delta.text:
                        arrived.append(clock())  # noqa: PERF401 - kept where time runs out
    except TimeoutError:
        pass
    ended = clock()
    first = arrived[0] if arrived else ended
    # Deltas are tokens, or a little fewer. The first one comes with the prompt.
    written, taken = max(0, len(arrived) - 1), ended - first
    return Speed(
        prompt=tokens / max(first - started, 1e-6),
        reply=written / taken if written and taken > 0 else 0.0,
    )


async def _fitting_text(engine: ChatEngine, room: int) -> str:
    """Return as much of the text to read as fits a small context, one paragraph at least."""
    opening, each = await engine.count_tokens([_OPENING, _PARAGRAPH])
    return _OPENING + _PARAGRAPH * max(1, min(_PARAGRAPHS, (room - opening) // each))
