"""Pack ranked exchanges into a prompt's room, adjacent ones as one block.

Exchanges instead of whole windows show about a quarter more of the character in the same room,
and more lines relevant to the query (``docs/retrieval.md``).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

Reason = Literal["shown", "duplicate", "threshold", "budget", "rank"]


class Span(NamedTuple):
    """Address consecutive lines of a scene: ``lines[start:stop]``."""

    scene: int
    start: int
    stop: int

    def contains(self, other: "Span") -> bool:
        """Return whether ``other`` lies inside this span."""
        return self.scene == other.scene and self.start <= other.start and other.stop <= self.stop


@dataclass(frozen=True, slots=True)
class Candidate:
    """Hold an exchange that may be shown."""

    reply: int
    """Identifies it to the caller."""
    exchange: Span
    window: Span
    """The lines it may be widened to."""
    score: float
    """Its rank's score; higher is better."""
    relevant: bool = True
    """Whether it is above the threshold."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Record whether a candidate is shown, and why not."""

    reply: int
    rank: int
    """1-based."""
    score: float
    reason: Reason
    """``shown``; or why not: it repeats a shown one (``duplicate``), its score is below the
    query's threshold (``threshold``), it does not fit (``budget``), or enough are shown
    (``rank``)."""


@dataclass(frozen=True, slots=True)
class Block:
    """Hold lines that are shown as one example."""

    span: Span
    score: float
    """The best score of its exchanges."""
    replies: tuple[int, ...]
    """Its exchanges, best first."""


@dataclass(frozen=True, slots=True)
class Packing:
    """Hold the blocks shown, best first, and the decision on each candidate."""

    blocks: list[Block]
    decisions: list[Decision]
    tokens: int
    """Tokens of the blocks, with the separators between them."""
    shown: list[Candidate]
    """Best first."""


@dataclass(frozen=True, slots=True)
class PackingRoom:
    """Hold the bounds of the room to fill."""

    budget: int
    """Tokens."""
    separator: int
    """Tokens between two blocks."""
    most: int = 200
    """Most exchanges that are shown."""


def pack(
    candidates: Sequence[Candidate],
    line: Callable[[int, int], str],
    cost: Callable[[int, int], int],
    room: PackingRoom,
    *,
    widen: bool = True,
) -> Packing:
    """Return the exchanges that fill the room.

    ``candidates``: best first. ``line(scene, position)``: a line as it is shown. ``cost``: its
    tokens, with its newline; the sum of all lines shown and of the separators between blocks never
    exceeds the budget.

    Exchanges are added in ranked order; one that does not fit is skipped. With ``widen``, the room
    left then goes to the lines before them in their windows, those of the best exchange first, a
    line at a time.
    """
    selection = _BlockSelection(line, cost, room)
    decisions = [
        Decision(candidate.reply, rank, candidate.score, selection.offer(candidate))
        for rank, candidate in enumerate(candidates, 1)
    ]
    if widen:
        selection.widen()
    return Packing(selection.blocks(), decisions, selection.used, selection.shown)


def in_previous_order(
    packing: Packing, earlier: Sequence[Span], best: int
) -> tuple[list[Block], int]:
    """Return the blocks of a prompt that follows another, and how many hold the ``best`` exchanges.

    Keeps the prompt's beginning in the engine's cache; positions are chosen by
    :mod:`characters.prompting.prefix_layout`. An exchange inside a block of the ``earlier``
    prompt is shown by that block; the others form blocks of their own, the best ones apart from
    the rest. Best first, each span once; their total cost may exceed the packing's.
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
    """Find spans by the spans they contain."""

    def __init__(self, spans: Iterable[Span] = ()) -> None:
        self._of: dict[int, list[Span]] = defaultdict(list)
        self.extend(spans)

    def extend(self, spans: Iterable[Span]) -> None:
        """Add ``spans``, to be found after the earlier ones."""
        for span in spans:
            self._of[span.scene].append(span)

    def around(self, span: Span) -> Span | None:
        """Return the first span that contains ``span``, None if none does."""
        return next((each for each in self._of.get(span.scene, ()) if each.contains(span)), None)


def _joined(spans: Iterable[Span]) -> list[Span]:
    """Merge the spans that touch or overlap."""
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


class _BlockSelection:
    """Collect the exchanges shown, within the room."""

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
        """Show the candidate if it is relevant, new and fits; return the decision."""
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
        """Spend the room left on the lines before the exchanges, up to their windows' start."""
        for candidate in self.shown:
            scene, start, stop = candidate.exchange
            while start > candidate.window.start and self._add(Span(scene, start - 1, stop)):
                start -= 1

    def blocks(self) -> list[Block]:
        """Return the blocks, best first."""
        found: dict[Span, list[Candidate]] = {}
        for candidate in self.shown:
            found.setdefault(self._around(candidate.exchange), []).append(candidate)
        return [_block(span, of) for span, of in found.items()]

    def _add(self, span: Span) -> bool:
        """Add the lines if they fit; return whether they did."""
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
    """Count the blocks of ``lines`` that overlap or touch ``start`` to ``stop`` and would merge."""
    if not lines:
        return 0
    begun = [at for at in range(start, stop + 1) if at in lines and at - 1 not in lines]
    return len(begun) + (start - 1 in lines)
