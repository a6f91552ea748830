"""Define what the ways to score a text share: requests, bounds, and checks of answers."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

from app.engines.connection import MOST_BYTES
from app.engines.openai_payload import RETRY_AFTER
from app.engines.port import (
    LEAST_LOG_PROBABILITY,
    ContextTooLongError,
    EnginePrompt,
    EngineRequestError,
    EngineUnavailableError,
    Limits,
    ScoringUnsupportedError,
)
from characters.json_values import JsonValue

NO_ROUTE = (404, 405, 501)
"""Statuses of a server without a path."""
BYTES_PER_ID = 16
"""Longest serialised token id with its separator."""
_BYTES_PER_SCORE = 4_096
"""Bound of a token's entry in an answer; servers write some 300 bytes."""

Ask = Callable[[str, Mapping[str, object], int, int], Awaitable[bytes]]
"""Function from a path, a body, the most bytes of the answer, and the tokens to generate or read
after the prompt, to the body of the answer. Raises :class:`ScoringUnsupportedError` where the
server does not have the path."""


class TextScorer(Protocol):
    """Score texts with one server."""

    async def score(self, prompt: EnginePrompt, continuation: str, limits: Limits) -> list[float]:
        """Return the scores of the tokens of ``continuation``, see :meth:`ChatEngine.score`.

        Both texts are sent as they are: control tokens in them are broken before.
        """
        ...


def unsupported(what: str) -> ScoringUnsupportedError:
    """Return the error of a server that does not have ``what``, a path or a field."""
    return ScoringUnsupportedError(
        f"The engine's server does not support {what}, so it cannot score a given text. Use the "
        "embedded engine, vLLM, or a newer version of the server."
    )


def check_quota(before: list[int], ids: list[int], limits: Limits) -> None:
    """Raise the error of a prompt ``before`` the tokens ``ids`` that is empty or too long."""
    if not before:
        raise EngineRequestError("The prompt has no token to score a continuation after.")
    if len(before) + len(ids) > limits.context_length:
        raise ContextTooLongError(
            f"{len(before)} tokens of prompt and {len(ids)} to score do not fit the engine's "
            f"context of {limits.context_length}."
        )


def most_bytes(tokens: int) -> int:
    """Return a bound on an answer with the scores of so many tokens."""
    return MOST_BYTES + _BYTES_PER_SCORE * tokens


def field(value: JsonValue, name: str) -> JsonValue:
    """Return the field of an object; None where it is missing, and of another value."""
    return value.get(name) if isinstance(value, dict) else None


def number(value: JsonValue) -> float:
    """Return a number; raise :class:`EngineUnavailableError` for another value."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise EngineUnavailableError(
            "The engine sent a probability that is no number.", retry_after=RETRY_AFTER
        )
    return float(value)


def bounded(score: float) -> float:
    """Return a log-probability within the port's bounds; rounding may bring it above 0."""
    return min(max(score, LEAST_LOG_PROBABILITY), 0.0)
