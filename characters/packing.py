"""Ranked exchanges into a prompt's room: as many as fit, touching ones as one block. Pure.

Showing exchanges in place of whole windows shows about a quarter more of the character in the
same room, and finds more of what the moment asks for (``docs/retrieval.md``).
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

Reason = Literal["shown", "duplicate", "threshold", "budget", "rank"]


class Span(NamedTuple):
    """Consecutive lines of a scene: ``lines[start:stop]``."""

    scene: int
    start: int
    stop: int

    def contains(self, other: "Span") -> bool:
        return self.scene == other.scene and self.start <= other.start and other.stop <= self.stop


@dataclass(frozen=True, slots=True)
class Candidate:
    """An exchange that may be shown."""

    reply: int
    """What it is known by."""
    exchange: Span
    window: Span
    """What it may be shown with."""
    score: float
    """What it is ranked by; higher is better."""
    relevant: bool = True
    """Whether it is above the threshold."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What became of a candidate."""

    reply: int
    rank: int
    """1-based."""
    score: float
    reason: Reason
    """``shown``; or why not: it says the same as one that is (``duplicate``), its score is too
    low for this moment (``threshold``), it does not fit (``budget``), or enough are shown
    (``rank``)."""


@dataclass(frozen=True, slots=True)
class Block:
    """Lines that are shown as one example."""

    span: Span
    score: float
    """The best of its exchanges'."""
    replies: tuple[int, ...]
    """Its exchanges, best first."""


@dataclass(frozen=True, slots=True)
class Packing:
    """What is shown, best block first, and what became of each candidate."""

    blocks: list[Block]
    decisions: list[Decision]
    tokens: int
    """What the blocks cost, with the separators between them."""


@dataclass(frozen=True, slots=True)
class Room:
    """What there is to fill."""

    budget: int
    """Tokens."""
    separator: int
    """Tokens between two blocks."""
    most: int = 200
    """Exchanges that are shown at most."""


def pack(
    candidates: Sequence[Candidate],
    line: Callable[[int, int], str],
    cost: Callable[[str], int],
    room: Room,
) -> Packing:
    """Fill the room.

    ``candidates``: best first. ``line(scene, position)``: a line as it is shown. ``cost``: the
    tokens of a line with its newline; the sum of all lines shown and of the separators between
    blocks never exceeds the budget.

    Exchanges go in as they are ranked; one that does not fit is passed over. What room is left
    when all have been tried is given to the lines that come before them in their windows, those
    of the best first, a line at a time.
    """
    shelf = _Shelf(line, cost, room)
    decisions = [
        Decision(candidate.reply, rank, candidate.score, shelf.offer(candidate))
        for rank, candidate in enumerate(candidates, 1)
    ]
    shelf.widen()
    return Packing(shelf.blocks(), decisions, shelf.used)


def as_shown_before(blocks: Sequence[Block], earlier: Sequence[Span]) -> list[Block]:
    """The blocks, those that an earlier prompt's block contains replaced by that one.

    For an engine that need not read again what it has in its cache: see
    :mod:`characters.arrangement`, which decides about places. Best first, each span once; what
    they cost together may have grown.
    """
    found: dict[Span, Block] = {}
    for block in blocks:
        span = next((known for known in earlier if known.contains(block.span)), block.span)
        best = found.get(span)
        replies = (*best.replies, *block.replies) if best else block.replies
        found[span] = Block(span, best.score if best else block.score, replies)
    return list(found.values())


class _Shelf:
    """What is shown so far."""

    def __init__(
        self, line: Callable[[int, int], str], cost: Callable[[str], int], room: Room
    ) -> None:
        self._line = line
        self._cost = cost
        self._room = room
        self._lines: dict[int, set[int]] = defaultdict(set)
        self._shown: list[Candidate] = []
        self._said: set[str] = set()
        self._blocks = 0
        self.used = 0

    def offer(self, candidate: Candidate) -> Reason:
        if not candidate.relevant:
            return "threshold"
        if len(self._shown) >= self._room.most:
            return "rank"
        said = "\n".join(self._texts(candidate.exchange))
        if said in self._said:
            return "duplicate"
        if not self._add(candidate.exchange):
            return "budget"
        self._said.add(said)
        self._shown.append(candidate)
        return "shown"

    def widen(self) -> None:
        """Give what room is left to the lines before the exchanges, up to their windows' start."""
        for candidate in self._shown:
            scene, start, stop = candidate.exchange
            while start > candidate.window.start and self._add(Span(scene, start - 1, stop)):
                start -= 1

    def blocks(self) -> list[Block]:
        """Best first."""
        found: dict[Span, list[Candidate]] = {}
        for candidate in self._shown:
            found.setdefault(self._block(candidate.exchange), []).append(candidate)
        return [
            Block(span, of[0].score, tuple(candidate.reply for candidate in of))
            for span, of in found.items()
        ]

    def _add(self, span: Span) -> bool:
        """Show the lines if they fit."""
        shown = self._lines[span.scene]
        new = set(range(span.start, span.stop)) - shown
        blocks = self._blocks + _runs(shown | new) - _runs(shown)
        separators = max(0, blocks - 1) - max(0, self._blocks - 1)
        cost = sum(self._cost(self._line(span.scene, at)) for at in new)
        used = self.used + cost + separators * self._room.separator
        if used > self._room.budget:
            return False
        shown |= new
        self._blocks = blocks
        self.used = used
        return True

    def _texts(self, span: Span) -> list[str]:
        return [self._line(span.scene, at) for at in range(span.start, span.stop)]

    def _block(self, span: Span) -> Span:
        shown = self._lines[span.scene]
        start, stop = span.start, span.stop
        while start - 1 in shown:
            start -= 1
        while stop in shown:
            stop += 1
        return Span(span.scene, start, stop)


def _runs(lines: set[int]) -> int:
    """How many blocks the lines of a scene form."""
    return sum(at - 1 not in lines for at in lines)
