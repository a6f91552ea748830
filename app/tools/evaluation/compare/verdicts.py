"""Define what a pairwise judge is asked, and what it answers."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyPair:
    """Hold the replies of both sides to one question."""

    id: str
    """Unique among all questions."""
    scene: int
    """Scenes are numbered among all characters."""
    character: str
    profile: str
    dialogue: Sequence[tuple[str, str]]
    """(Speaker, text) before the reply, oldest first."""
    true: str
    one: str
    other: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdicts:
    """Hold what a judge thinks of the pairs."""

    text: str
    """Sentences for the report."""
    figures: Mapping[str, Any]
    """The same as JSON."""


GiveVerdicts = Callable[[Sequence[ReplyPair]], Awaitable[Verdicts]]
"""Asks a judge which replies are better. Raises
:class:`~app.search.benchmark.errors.EvaluationError`."""
