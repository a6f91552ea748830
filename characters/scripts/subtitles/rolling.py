"""Drop the rows that live captions show again while they scroll up."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, pairwise

from characters.scripts.model import NonDialogue, Rejection
from characters.scripts.subtitles.cues import Cue, CueRow

_HEAD_CUES = 200
_FEWEST = 2
_SHARE = 0.4
"""Share of the cues that begin with the last row of the one before, from which on captions scroll.
People repeat themselves too, but seldom in so many cues."""


def drop_repeats(
    items: Iterable[Cue | NonDialogue | Rejection],
) -> Iterator[Cue | NonDialogue | Rejection]:
    """Yield ``items``; where captions scroll or grow word by word, each row appears once.

    Whether they do is judged by the first ``_HEAD_CUES`` cues. Rows left out are layout.
    """
    items = iter(items)
    head: list[Cue | NonDialogue | Rejection] = []
    cues: list[Cue] = []
    for item in items:
        head.append(item)
        if isinstance(item, Cue):
            cues.append(item)
            if len(cues) == _HEAD_CUES:
                break
    rest = chain(head, items)
    return _roll(rest) if _scrolls(cues) else rest


def _scrolls(cues: Sequence[Cue]) -> bool:
    pairs = [(above, cue) for above, cue in pairwise(cues) if above.rows and cue.rows]
    again = sum(_normal(cue.rows[0]).startswith(_normal(above.rows[-1])) for above, cue in pairs)
    return again >= max(_FEWEST, _SHARE * len(pairs))


def _roll(
    items: Iterable[Cue | NonDialogue | Rejection],
) -> Iterator[Cue | NonDialogue | Rejection]:
    held: Cue | None = None
    """The last cue, whose rows may still grow."""
    shown: list[str] = []
    """The rows on the screen with it."""
    for item in items:
        if not isinstance(item, Cue) or not item.rows:
            yield item
            continue
        rows = [_normal(row) for row in item.rows]
        again = _count_again(shown, rows)
        dropped = item.rows[:again]
        if held is not None:
            if again == 0 and held.rows and _grows(_normal(held.rows[-1]), rows[0]):
                dropped, held.rows = held.rows[-1:], held.rows[:-1]
            elif again and len(rows) == again and held.end is not None and item.end is not None:
                held.end = max(held.end, item.end)
            if held.rows:
                yield held
        yield from _account(dropped, kept=[*item.rows[again:], *(held.rows if held else [])])
        item.rows = item.rows[again:]
        shown = rows
        held = item
    if held is not None and held.rows:
        yield held


def _count_again(shown: Sequence[str], rows: Sequence[str]) -> int:
    """Return how many of the first ``rows`` are the last of those ``shown``."""
    most = min(len(shown), len(rows))
    return next((count for count in range(most, 0, -1) if shown[-count:] == rows[:count]), 0)


def _grows(above: str, row: str) -> bool:
    return row != above and row.startswith(above)


def _account(dropped: Sequence[CueRow], kept: Sequence[CueRow]) -> Iterator[NonDialogue]:
    """Yield the physical rows of ``dropped`` as layout, except rows that other cues share."""
    numbers = {row.row for row in dropped} - {row.row for row in kept}
    return (NonDialogue(number, "layout") for number in sorted(numbers))


def _normal(row: CueRow) -> str:
    return " ".join(row.text.split())
