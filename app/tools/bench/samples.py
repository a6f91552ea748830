"""What one turn was like for who waited for it."""

import time
from dataclasses import dataclass, field


@dataclass(slots=True)
class TurnSample:
    """Moments are readings of :func:`time.perf_counter`, in seconds."""

    sent: float = field(default_factory=time.perf_counter)
    pieces: list[float] = field(default_factory=list)
    """When each piece of text came."""
    ended: float = 0.0
    completion_tokens: int | None = None
    prompt_tokens: int | None = None
    cached_tokens: int | None = None
    embed_ms: float | None = None
    """What the service says it spent on embedding the query."""
    error: str | None = None

    @property
    def first_token_ms(self) -> float:
        """Only of a turn that has text."""
        return (self.pieces[0] - self.sent) * 1_000

    @property
    def gaps_ms(self) -> list[float]:
        """Between successive pieces."""
        pairs = zip(self.pieces, self.pieces[1:], strict=False)
        return [(later - earlier) * 1_000 for earlier, later in pairs]

    @property
    def tokens(self) -> int:
        """Of the reply; its pieces where the engine told no usage."""
        told = self.completion_tokens
        return told if told is not None else len(self.pieces)

    def said(self) -> None:
        """A piece of text has come, now."""
        self.pieces.append(time.perf_counter())

    def take_usage(self, usage: dict[str, int | None] | None) -> None:
        """The usage an engine or the service tells at the end."""
        if usage:
            self.completion_tokens = usage.get("completion_tokens")
            self.prompt_tokens = usage.get("prompt_tokens")
            self.cached_tokens = usage.get("cached_tokens")
