"""Add up what one piece of work takes of the engine, however many generations it makes."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from app.engines.port import Usage


@dataclass(slots=True)
class Bill:
    """Hold the tokens of one turn, summary, draft or call so far."""

    prompt_tokens: int = 0
    """Of every generation: of each choice of a call, and each draw of a reply."""
    cached_tokens: int = 0
    completion_tokens: int = 0
    turns: int = 0
    """Replies among them."""

    @property
    def tokens(self) -> int:
        """What counts against a quota: prompt and reply, cached or not."""
        return self.prompt_tokens + self.completion_tokens

    def add(self, usage: Usage) -> None:
        """Add one generation."""
        self.prompt_tokens += usage.prompt_tokens
        self.cached_tokens += usage.cached_tokens or 0
        self.completion_tokens += usage.completion_tokens


_current: ContextVar[Bill | None] = ContextVar("bill", default=None)


def current_bill() -> Bill | None:
    """Return the bill of the work that runs."""
    return _current.get()


@contextmanager
def billing(bill: Bill | None) -> Iterator[None]:
    """Add what the block, and tasks that it starts, ask of the engine to ``bill``."""
    before = _current.set(bill)
    try:
        yield
    finally:
        _current.reset(before)
