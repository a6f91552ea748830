"""Hold what chatters saw: their turns, and what the service acknowledged."""

import time
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Turn:
    """Record one turn as its chatter saw it. Times are of :func:`time.perf_counter`, in seconds."""

    conversation: str
    sent: float = field(default_factory=time.perf_counter)
    first: float | None = None
    """When the first piece of text came."""
    ended: float = 0.0
    request: str = ""
    """The request's id, which nginx logs with the process that answered."""
    status: int = 0
    """Of the answer; 0 where none came."""
    failure: str = ""
    """An error's code, or what broke; empty for a reply."""
    prompt_tokens: int = 0
    cached_tokens: int | None = None

    @property
    def succeeded(self) -> bool:
        """Return whether the turn ended with a reply."""
        return not self.failure

    def take_usage(self, usage: dict[str, Any] | None) -> None:
        """Keep what the engine counted."""
        if usage:
            self.prompt_tokens = usage["prompt_tokens"]
            self.cached_tokens = usage.get("cached_tokens")


@dataclass(slots=True)
class Talk:
    """Collect what all chatters saw."""

    turns: list[Turn] = field(default_factory=list)
    acknowledged: dict[str, str] = field(default_factory=dict)
    """Texts of messages and whole replies, by the id that the service gave them."""
    waits: int = 0
    """Times that a chatter was asked to come back: a turn still ran, or too many did."""
    refused: dict[str, int] = field(default_factory=dict)
    """Requests other than turns that failed with 5xx or not at all, by what came."""
    resumed: int = 0
    """Streams that broke and were followed to their end."""
