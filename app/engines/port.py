"""What an engine promises: the process that generates text behind an OpenAI-compatible API."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal, Protocol

PromptStyle = Literal["completion", "chat"]
FinishReason = Literal["stop", "length"]


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One message of a ``chat`` prompt."""

    role: Literal["system", "user", "assistant"]
    content: str


EnginePrompt = str | Sequence[ChatMessage]
"""A ``completion`` prompt is one string, a ``chat`` prompt a list of messages."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """How to choose tokens. ``None`` leaves a field to the engine.

    The defaults are those of the Index role-play web demo.
    """

    temperature: float = 0.85
    top_p: float = 0.8
    top_k: int = 5
    repetition_penalty: float = 1.0
    max_tokens: int = 512
    min_p: float | None = None
    seed: int | None = None
    extra: Mapping[str, object] = field(default_factory=dict)
    """Fields only some engines know, sent as they are (llama.cpp's ``dry_multiplier``, ...)."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one generation; ``cached_tokens`` is the prompt's prefix the engine had already."""

    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of the reply. The last one has a ``finish_reason``, and ``usage`` where known."""

    text: str = ""
    finish_reason: FinishReason | None = None
    usage: Usage | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """What the engine serves, known once it is ready."""

    model: str
    context_length: int
    """Tokens of prompt and reply together, for one request."""
    prompt_style: PromptStyle
    sampling: Sampling = field(default_factory=Sampling)
    """What to sample with where the caller says nothing: small models need other values."""
    max_examples: int | None = None
    """Examples the model can bear in one prompt, where it has such a bound."""


@dataclass(frozen=True, slots=True)
class ReplicaHealth:
    """How one of several servers behind an engine does."""

    number: int
    """Its place in the settings, from 1: its address is nobody's business but the operator's."""
    available: bool
    """Whether it is asked now."""
    detail: str
    outstanding: int
    """Requests that it answers now, as far as they came from this process."""
    failures: int
    """How often it was away, overloaded or too slow, since the start."""


class EngineError(Exception):
    """Base of the engine's failures. ``retry_after`` is in seconds, where waiting can help."""

    kind: ClassVar[str] = "other"
    """Its name in logs and metrics."""

    replica: int | None = None
    """The number of the server that failed, where the engine is made of several."""

    def __init__(self, message: str, *, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class EngineUnavailableError(EngineError):
    """No server answers, the connection broke (also in mid-stream), or an answer makes no sense."""

    kind = "unavailable"


class EngineOverloadedError(EngineError):
    """The engine answers that it has too much to do (429 or 503)."""

    kind = "overloaded"


class ContextTooLongError(EngineError):
    """Prompt and reply do not fit the engine's context."""

    kind = "context_too_long"


class EngineTimeoutError(EngineError):
    """No first token, no next one, or no end, within the configured time."""

    kind = "timeout"


class EngineRequestError(EngineError):
    """The engine refused the request as wrong (another 4xx): a bug or a bad setting."""

    kind = "refused"


class ChatEngine(Protocol):
    """Generates replies.

    Safe for many concurrent calls on one event loop. Every failure is one of the errors above,
    raised by the call or by the iteration; text already yielded stays valid.
    """

    def stream(
        self,
        prompt: EnginePrompt,
        sampling: Sampling,
        stop: Sequence[str] = (),
        *,
        affinity: str | None = None,
    ) -> AsyncGenerator[Delta, None]:
        """Generate, piece by piece, until a stop string, the end of the text or ``max_tokens``.

        ``affinity`` names what prompts that begin alike have in common, a conversation: an engine
        of several servers sends them to the same one, which has their beginning in its cache.
        Stop strings are not part of the text. A character is never split between two deltas. What
        the prompt says is text throughout: control tokens that it spells reach no model. An engine
        that goes on beyond ``max_tokens`` is cut off, with ``length`` as the reason.
        Closing the generator (``aclose``, cancellation) makes the engine stop within a second.
        """
        ...

    async def count_tokens(self, texts: Sequence[str], *, rough: int = 0) -> list[int]:
        """Tokens of each text on its own, without special tokens. Cached per text.

        Texts that were not counted before may be estimated while they come to no more than
        ``rough`` tokens together: that saves asking a server about a line or two.
        """
        ...

    async def limits(self) -> Limits:
        """Raises :class:`EngineUnavailableError` while the engine is not ready."""
        ...

    async def ready(self) -> bool:
        """Whether a turn sent now would be answered. Never raises, answers within two seconds."""
        ...

    async def aclose(self) -> None:
        """End streams and free what the engine holds."""
        ...
