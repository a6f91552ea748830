"""Generate with the engine's own model: no character, no examples."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Literal

from app.engines.model_entry import with_overrides
from app.engines.port import ChatEngine, ChatMessage, Delta, EnginePrompt
from app.engines.tokens import contains_cjk
from app.moderation.service import Moderation
from app.openai_api.affinity import affinity_of
from app.openai_api.generation import ChoiceDelta, Emit
from app.openai_api.schemas import NO_LIMIT, ChatMessageIn, ChatRequest, GenerationRequest
from app.openai_api.structured import structured_reply
from app.turns.admission import Slot
from app.turns.moderated_reply import Checked, moderated_text

_ROLES: dict[str, Literal["system", "user", "assistant"]] = {
    "system": "system",
    "developer": "system",
    "assistant": "assistant",
}


_TEMPLATE_TOKENS = 16
"""More than a chat template writes around one message."""


def raw_messages(messages: Sequence[ChatMessageIn]) -> list[ChatMessage]:
    """Return the messages as engines take them, without names and parts other than text."""
    return [ChatMessage(_ROLES.get(each.role, "user"), each.text) for each in messages]


async def generate_raw(
    engine: ChatEngine,
    prompts: Sequence[EnginePrompt],
    request: GenerationRequest,
    slots: Sequence[Slot],
    emit: Emit,
    moderation: Moderation,
    *,
    echo: bool = False,
) -> None:
    """Generate ``n`` continuations of every prompt, side by side, each in one of the ``slots``.

    The first ``n`` choices continue the first prompt. Sampling is the model's where the request
    does not set it. With ``echo`` a continuation begins with its prompt. Raises the engine's
    errors.
    """
    each = request.n or 1

    async def generate(choice: int, slot: Slot) -> None:
        prompt = prompts[choice // each]
        async with slot.running():
            if echo and isinstance(prompt, str):
                emit(ChoiceDelta(choice, Delta(prompt)))
            stream = await _stream(engine, prompt, request, choice)
            if moderation.enabled:
                stream = moderated_text(moderation, _checked(prompt), stream)
            async with aclosing(stream) as deltas:
                async for delta in deltas:
                    emit(ChoiceDelta(choice, delta))

    async with asyncio.TaskGroup() as group:
        for choice, slot in enumerate(slots):
            group.create_task(generate(choice, slot))


async def _stream(
    engine: ChatEngine, prompt: EnginePrompt, request: GenerationRequest, choice: int
) -> AsyncGenerator[Delta, None]:
    limits = await engine.limits()
    sampling = with_overrides(limits.sampling, request.sampling(choice))
    if isinstance(request, ChatRequest):
        # Functions are the characters': a raw model's own markup for them is not known here.
        structured = structured_reply(request.response_format, (), None)
        sampling = replace(sampling, json_schema=structured.schema if structured else None)
    if sampling.max_tokens == NO_LIMIT:
        sampling = replace(sampling, max_tokens=await _room(engine, prompt, limits.context_length))
    affinity = affinity_of(limits.model, prompt)
    return engine.stream(prompt, sampling, request.stops, affinity=affinity)


def _checked(prompt: EnginePrompt) -> Checked:
    """Return what is checked of a request: what follows the last reply, and the instructions."""
    text = prompt if isinstance(prompt, str) else "\n\n".join(_newest(prompt))
    return Checked(message=text, continued="", language="zh" if contains_cjk(text) else "en")


def _newest(messages: Sequence[ChatMessage]) -> list[str]:
    replies = [at for at, each in enumerate(messages) if each.role == "assistant"]
    last = replies[-1] if replies else -1
    return [
        each.content
        for at, each in enumerate(messages)
        if each.role == "system" or (at > last and each.role != "assistant")
    ]


async def _room(engine: ChatEngine, prompt: EnginePrompt, context: int) -> int:
    """Return the tokens that a context has left behind a prompt, at least one.

    Engines refuse a reply that might outgrow the context, however short it turns out.
    """
    texts = [prompt] if isinstance(prompt, str) else [each.content for each in prompt]
    used = sum(await engine.count_tokens(texts)) + _TEMPLATE_TOKENS * len(texts)
    return max(1, context - used)
