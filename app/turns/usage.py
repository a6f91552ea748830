"""Count the tokens of generations that the engine did not report."""

from collections.abc import Sequence

from app.engines.port import ChatEngine, EngineError, EnginePrompt, Usage
from app.engines.tokens import estimate_tokens


async def counted_usage(engine: ChatEngine, prompt: EnginePrompt, text: str) -> Usage:
    """Return the usage of a reply that was cut before the engine reported it."""
    whole = prompt if isinstance(prompt, str) else "\n".join(each.content for each in prompt)
    return Usage(*await counted_tokens(engine, [whole, text]))


async def counted_tokens(engine: ChatEngine, texts: Sequence[str]) -> list[int]:
    """Return the tokens of each text, estimated where the engine does not count them."""
    try:
        return await engine.count_tokens(texts)
    except EngineError:
        return [estimate_tokens(text) for text in texts]
