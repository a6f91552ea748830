"""The engine's own model, asked as the client asks it: no character, no examples."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from typing import Literal

from app.engines.catalogue import with_overrides
from app.engines.port import ChatEngine, ChatMessage, Delta, EnginePrompt, Limits
from app.openai_api.generation import Emit, Said
from app.openai_api.schemas import ChatMessageIn, GenerationRequest

_ROLES: dict[str, Literal["system", "user", "assistant"]] = {
    "system": "system",
    "developer": "system",
    "assistant": "assistant",
}


def raw_messages(messages: Sequence[ChatMessageIn]) -> list[ChatMessage]:
    """The messages as engines know them; their names go, and so do parts other than text."""
    return [ChatMessage(_ROLES.get(each.role, "user"), each.text) for each in messages]


async def generate_raw(
    engine: ChatEngine,
    prompts: Sequence[EnginePrompt],
    request: GenerationRequest,
    emit: Emit,
    *,
    echo: bool = False,
) -> None:
    """``n`` continuations of every prompt, side by side; the first ``n`` choices are the first's.

    What the request does not say about sampling is the model's. With ``echo`` a continuation
    begins with its prompt. Raises the engine's errors.
    """
    limits = await engine.limits()
    each = request.n or 1
    async with asyncio.TaskGroup() as group:
        for choice in range(len(prompts) * each):
            prompt = prompts[choice // each]
            if echo and isinstance(prompt, str):
                emit(Said(choice, Delta(prompt)))
            group.create_task(_generate(engine, limits, prompt, request, choice, emit))


async def _generate(
    engine: ChatEngine,
    limits: Limits,
    prompt: EnginePrompt,
    request: GenerationRequest,
    choice: int,
    emit: Emit,
) -> None:
    sampling = with_overrides(limits.sampling, request.sampling(choice))
    async with aclosing(engine.stream(prompt, sampling, request.stops)) as deltas:
        async for delta in deltas:
            emit(Said(choice, delta))
