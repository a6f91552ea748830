"""Record one turn as its client sees it."""

import time
from dataclasses import dataclass, field


@dataclass(slots=True)
class TurnSample:
    """Hold the times and counts of a turn.

    Times are readings of :func:`time.perf_counter`, in seconds.
    """

    sent: float = field(default_factory=time.perf_counter)
    pieces: list[float] = field(default_factory=list)
    """When each piece of text came."""
    ended: float = 0.0
    completion_tokens: int | None = None
    prompt_tokens: int | None = None
    cached_tokens: int | None = None
    embed_ms: float | None = None
    """Spent on embedding the query, as the service reports it."""
    error: str | None = None

    @property
    def first_token_ms(self) -> float:
        """Return the milliseconds to the first text; only of a turn that has text."""
        return (self.pieces[0] - self.sent) * 1_000

    @property
    def gaps_ms(self) -> list[float]:
        """Return the milliseconds between successive pieces."""
        pairs = zip(self.pieces, self.pieces[1:], strict=False)
        return [(later - earlier) * 1_000 for earlier, later in pairs]

    @property
    def tokens(self) -> int:
        """Return the tokens of the reply; its pieces where no usage was reported."""
        reported = self.completion_tokens
        return reported if reported is not None else len(self.pieces)

    def record_piece(self) -> None:
        """Note that a piece of text has just come."""
        self.pieces.append(time.perf_counter())

    def take_usage(self, usage: dict[str, int | None] | None) -> None:
        """Keep the usage that an engine or the service reports at the end."""
        if usage:
            self.completion_tokens = usage.get("completion_tokens")
            self.prompt_tokens = usage.get("prompt_tokens")
            self.cached_tokens = usage.get("cached_tokens")
