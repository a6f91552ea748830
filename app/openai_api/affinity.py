"""Which requests belong together, though each comes with all that it needs."""

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from itertools import takewhile

from app.engines.port import ChatMessage, EnginePrompt
from characters.prompting import Utterance

_BEGINNING = 1_000
"""Characters of a text prompt that say where it belongs."""
_NEWEST = 4
"""Utterances that say where in a dialogue a request stands."""


def affinity_of(model: str, prompt: EnginePrompt) -> str:
    """The same for all requests of one conversation: clients send it whole each time.

    It follows from the model and the messages up to the user's first one, or from the beginning of
    a text.
    """
    beginning = [prompt[:_BEGINNING]] if isinstance(prompt, str) else _opening(prompt)
    return _digest((model, *beginning))


def dialogue_fingerprint(owner: str, model: str, history: Sequence[Utterance]) -> str:
    """The same for one user's requests whose dialogues with a character end alike.

    A request that follows on another brings what that one had, the reply and a new message: its
    history without these two is at the moment of the other. It follows from the newest lines, so a
    client may leave out the oldest as a dialogue grows.
    """
    lines = [f"{line.role} {line.text}" for line in history[-_NEWEST:]]
    return _digest([owner, model, *lines])


def _digest(parts: Iterable[str]) -> str:
    said = "\0".join(parts)
    return blake2b(said.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _opening(messages: Sequence[ChatMessage]) -> list[str]:
    before = list(takewhile(lambda message: message.role != "user", messages))
    return [message.content for message in messages[: len(before) + 1]]
