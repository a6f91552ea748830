"""Hold the held-out replies of an audition, and what both sides said in their place."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from app.turns.prepared_prompt import PreparedPrompt


@dataclass(slots=True, kw_only=True, eq=False)
class HeldOutReply:
    """Hold one held-out reply, its prompt, and what each side makes of it.

    The first side is the adapter, the second what is in force.
    """

    fold: int
    scene: int
    said_before: str
    truth: str
    prepared: PreparedPrompt
    shown: Sequence[str]
    """The lines of the examples in the prompt."""
    scores: list[float] = field(default_factory=list)
    """The log-probability of the true reply, by side."""
    tokens: int = 0
    """Of the true reply."""
    written: list[str] = field(default_factory=list)
    """The reply that each side wrote; empty where none was asked for."""
    right: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """The probability of the true reply, and of those written, to be the character's."""
