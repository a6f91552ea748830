"""Ranked exchanges into a prompt's room: as many as fit, touching ones as one block. Pure.

Showing exchanges in place of whole windows shows about a quarter more of the character in the
same room, and finds more of what the moment asks for (``docs/retrieval.md``).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
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
    shown: list[Candidate]
    """Best first."""


@dataclass(frozen=True, slots=True)
class PackingRoom:
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
    cost: Callable[[int, int], int],
    room: PackingRoom,
    *,
    widen: bool = True,
) -> Packing:
    """Fill the room.

    ``candidates``: best first. ``line(scene, position)``: a line as it is shown. ``cost``: its
    tokens, with its newline; the sum of all lines shown and of the separators between blocks never
    exceeds the budget.

    Exchanges go in as they are ranked; one that does not fit is passed over. What room is left
    when all have been tried is given to the lines that come before them in their windows, those
    of the best first, a line at a time; unless ``widen`` is false.
    """
    shelf = _Shelf(line, cost, room)
    decisions = [
        Decision(candidate.reply, rank, candidate.score, shelf.offer(candidate))
        for rank, candidate in enumerate(candidates, 1)
    ]
    if widen:
        shelf.widen()
    return Packing(shelf.blocks(), decisions, shelf.used, shelf.shown)


def as_shown_before(
    packing: Packing, earlier: Sequence[Span], best: int
) -> tuple[list[Block], int]:
    """The blocks of a prompt that follows on another, and how many hold the ``best`` exchanges.

    For an engine that need not read again what it has in its cache: see
    :mod:`characters.prompting.prefix_layout`, which decides about places. An exchange that a block of the
    ``earlier`` prompt contains is shown by that one; the others form blocks of their own, the best
    ones apart from the rest. Best first, each span once; what they cost together may be more than
    it was.
    """
    if not earlier:
        chosen = {candidate.reply for candidate in packing.shown[:best]}
        return packing.blocks, sum(block.replies[0] in chosen for block in packing.blocks)
    known, found = Spans(earlier), dict[Span, list[Candidate]]()
    holding: list[int] = []
    for part in (packing.shown[:best], packing.shown[best:]):
        exchanges = [candidate.exchange for candidate in part]
        known.extend(_joined(each for each in exchanges if known.around(each) is None))
        for candidate in part:
            span = known.around(candidate.exchange) or candidate.exchange
            found.setdefault(span, []).append(candidate)
        holding.append(len(found))
    return [_block(span, of) for span, of in found.items()], holding[0]


class Spans:
    """Spans, found again by what they contain."""

    def __init__(self, spans: Iterable[Span] = ()) -> None:
        self._of: dict[int, list[Span]] = defaultdict(list)
        self.extend(spans)

    def extend(self, spans: Iterable[Span]) -> None:
        for span in spans:
            self._of[span.scene].append(span)

    def around(self, span: Span) -> Span | None:
        """The first that contains it."""
        return next((each for each in self._of.get(span.scene, ()) if each.contains(span)), None)


def _joined(spans: Iterable[Span]) -> list[Span]:
    """Those that touch or overlap as one."""
    joined: list[Span] = []
    for span in sorted(spans):
        last = joined[-1] if joined else None
        if last and last.scene == span.scene and span.start <= last.stop:
            joined[-1] = last._replace(stop=max(last.stop, span.stop))
        else:
            joined.append(span)
    return joined


def _block(span: Span, of: Sequence[Candidate]) -> Block:
    return Block(span, of[0].score, tuple(candidate.reply for candidate in of))


class _Shelf:
    """What is shown so far."""

    def __init__(
        self, line: Callable[[int, int], str], cost: Callable[[int, int], int], room: PackingRoom
    ) -> None:
        self._line = line
        self._cost = cost
        self._room = room
        self._lines: dict[int, set[int]] = defaultdict(set)
        self.shown: list[Candidate] = []
        self._said: set[str] = set()
        self._blocks = 0
        self.used = 0

    def offer(self, candidate: Candidate) -> Reason:
        if not candidate.relevant:
            return "threshold"
        if len(self.shown) >= self._room.most:
            return "rank"
        said = "\n".join(self._texts(candidate.exchange))
        if said in self._said:
            return "duplicate"
        if not self._add(candidate.exchange):
            return "budget"
        self._said.add(said)
        self.shown.append(candidate)
        return "shown"

    def widen(self) -> None:
        """Give what room is left to the lines before the exchanges, up to their windows' start."""
        for candidate in self.shown:
            scene, start, stop = candidate.exchange
            while start > candidate.window.start and self._add(Span(scene, start - 1, stop)):
                start -= 1

    def blocks(self) -> list[Block]:
        """Best first."""
        found: dict[Span, list[Candidate]] = {}
        for candidate in self.shown:
            found.setdefault(self._around(candidate.exchange), []).append(candidate)
        return [_block(span, of) for span, of in found.items()]

    def _add(self, span: Span) -> bool:
        """Show the lines if they fit."""
        scene, start, stop = span
        shown = self._lines[scene]
        new = [at for at in range(start, stop) if at not in shown]
        used = self.used
        for at in new:
            used += self._cost(scene, at)
        blocks = self._blocks + (1 - _runs_near(shown, start, stop) if new else 0)
        separators = max(0, blocks - 1) - max(0, self._blocks - 1)
        used += separators * self._room.separator
        if used > self._room.budget:
            return False
        shown.update(new)
        self._blocks = blocks
        self.used = used
        return True

    def _texts(self, span: Span) -> list[str]:
        return [self._line(span.scene, at) for at in range(span.start, span.stop)]

    def _around(self, span: Span) -> Span:
        shown = self._lines[span.scene]
        start, stop = span.start, span.stop
        while start - 1 in shown:
            start -= 1
        while stop in shown:
            stop += 1
        return Span(span.scene, start, stop)


def _runs_near(lines: set[int], start: int, stop: int) -> int:
    """How many blocks of these lines overlap or touch ``start`` to ``stop``: they become one."""
    if not lines:
        return 0
    begun = [at for at in range(start, stop + 1) if at in lines and at - 1 not in lines]
    return len(begun) + (start - 1 in lines)
