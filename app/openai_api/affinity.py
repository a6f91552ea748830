"""Which requests belong together, though each comes with all that it needs."""

from collections.abc import Sequence
from hashlib import blake2b
from itertools import takewhile

from app.engines.port import ChatMessage, EnginePrompt

_BEGINNING = 1_000
"""Characters of a text prompt that say where it belongs."""


def affinity_of(model: str, prompt: EnginePrompt) -> str:
    """The same for all requests of one conversation: clients send it whole each time.

    It follows from the model and the messages up to the user's first one, or from the beginning of
    a text.
    """
    beginning = [prompt[:_BEGINNING]] if isinstance(prompt, str) else _opening(prompt)
    said = "\0".join((model, *beginning))
    return blake2b(said.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _opening(messages: Sequence[ChatMessage]) -> list[str]:
    before = list(takewhile(lambda message: message.role != "user", messages))
    return [message.content for message in messages[: len(before) + 1]]
