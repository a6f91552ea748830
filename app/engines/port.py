"""Define the contract of an engine, which generates text behind an OpenAI-compatible API."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal, Protocol

from characters.language import Language

PromptStyle = Literal["completion", "chat"]
FinishReason = Literal["stop", "length", "content_filter"]
"""``content_filter``: moderation ended the text; no engine's reply ends so."""

LEAST_LOG_PROBABILITY = -104.0
"""Least score of a token. The smallest positive float32 is e^-103.3; engines that compute
probabilities in float32 report 0 for anything less likely."""


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """Hold one message of a ``chat`` prompt."""

    role: Literal["system", "user", "assistant"]
    content: str


EnginePrompt = str | Sequence[ChatMessage]
"""A ``completion`` prompt is one string, a ``chat`` prompt a list of messages."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """Hold sampling parameters. ``None`` leaves a field to the engine.

    The defaults come from the Index role-play web demo.
    """

    temperature: float = 0.85
    top_p: float = 0.8
    top_k: int = 5
    repetition_penalty: float = 1.0
    max_tokens: int = 512
    min_p: float | None = None
    seed: int | None = None
    avoided_words: Sequence[str] = ()
    """Words that the text should not contain. An engine keeps their tokens out as far as it can;
    one that cannot generates as if none were given."""
    json_schema: Mapping[str, object] | None = None
    """The JSON Schema of the text, which the engine's grammar then holds it to."""
    extra: Mapping[str, object] = field(default_factory=dict)
    """Fields of particular engines, sent unchanged (llama.cpp's ``dry_multiplier``, ...)."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Hold the tokens of one generation; ``cached_tokens`` is the prompt's cached prefix."""

    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Delta:
    """Hold a piece of the reply. The last has a ``finish_reason``, and ``usage`` where known."""

    text: str = ""
    finish_reason: FinishReason | None = None
    usage: Usage | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """Hold the engine's model and limits, known once it is ready."""

    model: str
    context_length: int
    """Tokens of prompt and reply together, for one request."""
    prompt_style: PromptStyle
    sampling: Sampling = field(default_factory=Sampling)
    """Default sampling of the model: small models need other values."""
    max_examples: int | None = None
    """Most examples in one prompt that the model can handle; None without a bound."""
    profile_length: int | None = None
    """Reading length of the part of a profile that the model can handle; None for all of it."""
    screened: bool = False
    """Whether a character's replies are screened unless a setting says otherwise."""
    adapters: tuple[str, ...] = ()
    """Names of the adapters that requests may ask for; see :mod:`app.engines.adapters`."""
    voice_thresholds: Mapping[Language, float] = field(default_factory=dict)
    """By language, the least log-probability with which the model itself takes an opening for a
    character's; empty for a model that does not judge its own openings."""


@dataclass(frozen=True, slots=True)
class ReplicaHealth:
    """Hold the health of the server of an engine elsewhere; its address is for the operator."""

    number: int
    """Always 1: several servers stand behind a router, which has one address."""
    available: bool
    """Whether it answered the newest probe."""
    detail: str
    outstanding: int
    """Running requests from this process."""
    failures: int
    """Requests that failed since the start because it was away, overloaded or too slow."""


class EngineError(Exception):
    """Base of the engine's failures. ``retry_after`` is in seconds, where waiting can help."""

    kind: ClassVar[str] = "other"
    """Name in logs and metrics."""

    def __init__(self, message: str, *, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class EngineUnavailableError(EngineError):
    """No server answers, the connection broke (also in mid-stream), or an answer is malformed."""

    kind = "unavailable"


class EngineOverloadedError(EngineError):
    """The engine answers that it is overloaded (429 or 503)."""

    kind = "overloaded"


class ContextTooLongError(EngineError):
    """Prompt and reply do not fit the engine's context."""

    kind = "context_too_long"


class EngineTimeoutError(EngineError):
    """The first token, the next token or the end did not arrive within the configured time."""

    kind = "timeout"


class EngineRequestError(EngineError):
    """The engine rejected the request (another 4xx): a bug or a bad setting."""

    kind = "refused"


class AdapterUnknownError(EngineRequestError):
    """The engine does not serve the adapter that a request asks for; the message says why."""

    kind = "adapter_unknown"


class ScoringUnsupportedError(EngineRequestError):
    """The engine cannot score a given text, only generate its own."""

    kind = "cannot_score"


class ScoringEngine(Protocol):
    """Score given replies, and count tokens."""

    async def score(
        self,
        prompt: EnginePrompt,
        continuation: str,
        *,
        affinity: str | None = None,
        adapter: str | None = None,
    ) -> list[float]:
        """Return the natural-log probability of each token of ``continuation`` after ``prompt``.

        The tokens are those of the continuation on its own, without special tokens, as
        :meth:`count_tokens` counts them; an empty one has none. Probabilities are the model's own,
        before temperature, penalties or any other sampler, from
        :data:`LEAST_LOG_PROBABILITY` to 0. Control tokens spelled in either text are broken, and
        ``affinity`` and ``adapter`` are used, as in :meth:`ChatEngine.stream`. Cancelling stops
        the engine.

        Raises the errors of :meth:`ChatEngine.stream`, :class:`ContextTooLongError` where both
        texts together do not fit the context, :class:`EngineRequestError` for a prompt without a
        token, and :class:`ScoringUnsupportedError` where the engine cannot score.
        """
        ...

    def as_sent(self, prompt: EnginePrompt) -> EnginePrompt:
        """Return the prompt as the engine gets it: its control tokens broken.

        Returns the same object if unchanged, and where the model is not known.
        """
        ...

    async def count_tokens(self, texts: Sequence[str], *, rough: int = 0) -> list[int]:
        """Return the tokens of each text on its own, without special tokens. Cached per text.

        Texts that are not cached may be estimated while their estimates sum to at most ``rough``
        tokens, which saves a request for a line or two.
        """
        ...

    async def limits(self) -> Limits:
        """Return the limits; raise :class:`EngineUnavailableError` until the engine is ready."""
        ...


class ChatEngine(ScoringEngine, Protocol):
    """Generate replies, and score given ones.

    Safe for concurrent calls on one event loop. Every failure is one of the errors above, raised
    by the call or by the iteration; text already yielded stays valid.
    """

    def stream(
        self,
        prompt: EnginePrompt,
        sampling: Sampling,
        stop: Sequence[str] = (),
        *,
        affinity: str | None = None,
        adapter: str | None = None,
    ) -> AsyncGenerator[Delta, None]:
        """Yield the reply piece by piece, up to a stop string, its end or ``max_tokens``.

        ``affinity`` identifies prompts with a common prefix, such as a conversation's: a router
        sends them to the same server, which has the prefix in its cache. ``adapter`` names a LoRA
        adapter to generate with; None is the model itself, whatever other requests ask for, and a
        prefix that was read with one adapter is never reused with another. Raises
        :class:`AdapterUnknownError` for one that is not among :attr:`Limits.adapters`. Stop
        strings are not part of the text. A character is never split between two deltas. Control
        tokens spelled in the prompt's text are broken before they reach a model. An engine that
        continues beyond ``max_tokens`` is cut off, with ``length`` as the reason. Closing the
        generator (``aclose``, cancellation) stops the engine within a second.
        """
        ...

    async def ready(self) -> bool:
        """Return within two seconds whether a turn sent now would be answered; never raise."""
        ...

    async def aclose(self) -> None:
        """End streams and release the engine's resources."""
        ...
