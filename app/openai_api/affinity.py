"""Recognise stateless requests that belong to one dialogue."""

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from itertools import takewhile

from app.engines.port import ChatMessage, EnginePrompt
from characters.prompting import Utterance

_BEGINNING = 1_000
"""Characters at the beginning of a text prompt that identify it."""
_NEWEST = 4
"""Newest utterances that identify a point in a dialogue."""


def affinity_of(model: str, prompt: EnginePrompt) -> str:
    """Return a key that all requests of one conversation share, for clients send it whole.

    It is a digest of the model and the messages up to the user's first, or of the beginning of a
    text.
    """
    beginning = [prompt[:_BEGINNING]] if isinstance(prompt, str) else _opening(prompt)
    return _digest((model, *beginning))


def dialogue_fingerprint(owner: str, model: str, history: Sequence[Utterance]) -> str:
    """Return a key that a user's requests share whose dialogues with a character end alike.

    A request that follows another has its history, the reply and a new message: without these
    two, its history has the fingerprint of the other. It is a digest of the newest lines, so a
    client may drop the oldest as a dialogue grows.
    """
    lines = [f"{line.role} {line.text}" for line in history[-_NEWEST:]]
    return _digest([owner, model, *lines])


def _digest(parts: Iterable[str]) -> str:
    joined = "\0".join(parts)
    return blake2b(joined.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _opening(messages: Sequence[ChatMessage]) -> list[str]:
    before = list(takewhile(lambda message: message.role != "user", messages))
    return [message.content for message in messages[: len(before) + 1]]
