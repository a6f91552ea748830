"""Detect from its beginning how a stage play names its speakers."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import NamedTuple

from characters.scripts.headings import is_heading
from characters.scripts.names import is_in_capitals
from characters.scripts.plays.directions import BRACKETS, says_who_acts
from characters.scripts.plays.starts import (
    Mark,
    PlayStart,
    find_starts,
    key_of,
    strip_emphasis,
)
from characters.scripts.plays.style import PlayStyle, column_of, lists_persons

_FEWEST_STARTS = 3
_TWICE = 2
_DENSE_SHARE = 0.8
_SPACED_SHARE = 0.8
_PARTED_SHARE = 0.9
_MOSTLY = 0.8
_SAME_COLUMN = 0.9
_MOST_UNDER_HEADINGS = 0.8
_FEWEST_LOOSE = 3
_SHARE_BESIDE = 0.05
_FEWEST_HANGING = 10
_HANGS = 2
"""Columns by which speeches stand deeper than names in a play of hanging names."""
_MOST_AT_MARGIN = 0.25
_FEWEST_BRACKETS = 5
_MOST_UNBRACKETED = 0.25
_MOST_OTHERS = 0.5
_NAME_ROW = 80
"""Most characters of a row that is only a name and its directions."""
_MENTION = re.compile(r"(?<![.!?…:»”\"'’—–-] )(?<=[\w,;(\[] )[^\W\d_a-zа-я][\w’'-]{2,}")

_CAPITALISED = re.compile(r"(?<![^\W_])[^\W\d_a-zа-я][\w’'-]{2,}")


@dataclass(slots=True)
class _Counts:
    """Count how rows may open speeches, by the keys of their names."""

    marks: dict[Mark, Counter[str]] = field(default_factory=dict)
    above: Counter[str] = field(default_factory=Counter)
    """Names on a row of their own."""
    beside: Counter[str] = field(default_factory=Counter)
    """Names with words in the same row."""
    under_headings: Counter[str] = field(default_factory=Counter)
    capitals: Counter[str] = field(default_factory=Counter)
    fresh: Counter[Mark] = field(default_factory=Counter)
    """Starts below a blank row."""
    fresh_names: Counter[str] = field(default_factory=Counter)
    loose: set[str] = field(default_factory=set)

    def add(self, start: PlayStart, *, fresh: bool, under_heading: bool) -> None:
        """Count one start."""
        self.marks.setdefault(start.mark, Counter())[start.key] += 1
        self.capitals[start.key] += is_in_capitals(start.name)
        self.fresh[start.mark] += fresh
        self.fresh_names[start.key] += fresh
        if start.is_loose:
            self.loose.add(start.key)
        self.under_headings[start.key] += under_heading and not is_in_capitals(start.name)

    def recurring(self, mark: Mark) -> Counter[str]:
        """Return the names with ``mark`` that recur, with any mark, elsewhere than under headings.

        A place under each heading recurs, too: ``Elsinore. A room in the castle.``
        """
        return Counter(
            {
                key: count
                for key, count in self.marks[mark].items()
                if self._recurs(mark, key, max(count, self.above[key] + self.beside[key]))
                and self.under_headings[key] < _MOST_UNDER_HEADINGS * count
            }
        )

    def _recurs(self, mark: Mark, key: str, count: int) -> bool:
        """Return whether a name recurs; what is hardly written like one must do so more surely."""
        if key not in self.loose or key[0].isdigit():
            return count >= _TWICE
        starts = self.marks[mark][key]
        if count < _FEWEST_LOOSE:
            return False
        return mark in ("alone", "gap") or self.fresh_names[key] >= starts

    def total(self, key: str) -> int:
        """Return how often ``key`` opens a row in any way."""
        return sum(found[key] for found in self.marks.values())


class _Row(NamedTuple):
    """Hold a row that is not blank, and what is around it."""

    text: str
    column: int
    fresh: bool
    """Whether a blank row is above."""
    below: str
    """The next row, empty if that is blank."""
    starts: tuple[PlayStart, ...]


def _place(source: Sequence[str]) -> Iterator[_Row]:
    texts = ["", *(row.strip() for row in source), ""]
    for index, row in enumerate(source, start=1):
        if text := texts[index]:
            starts = find_starts(text)
            fresh = not texts[index - 1]
            yield _Row(text, column_of(row), fresh, texts[index + 1], starts)


def read_style(source: Sequence[str]) -> PlayStyle | None:
    """Return the style of the play that begins with ``source``, blank rows included.

    None where no way of naming opens three speeches, some of them under a name that recurs.
    """
    rows = list(_place(source))
    margin = _find_margin(rows)
    hanging = margin is not None
    detached = hanging or _is_detached(rows)
    counts = _count(rows, detached=detached)
    mark = "alone" if hanging else _choose_mark(counts)
    if mark is None or mark not in counts.marks:
        return None
    style = replace(_describe(rows, mark, counts, detached=detached), hanging=hanging)
    style = replace(style, column=margin if hanging else _find_column(rows, style))
    return style if detached else _find_directions(rows, style)


def _choose_mark(counts: _Counts) -> Mark | None:
    """Return what parts most of the recurring names from their speech."""
    best: tuple[int, Mark] | None = None
    total = counts.above.total() + counts.beside.total()
    for mark, found in counts.marks.items():
        repeated = counts.recurring(mark).total()
        # A row that is nothing but a name may be a verse: it counts less than a marked one.
        weight = repeated // 2 if mark == "alone" else repeated
        enough = repeated >= _TWICE and max(total, found.total()) >= _FEWEST_STARTS
        if enough and weight > (best or (0,))[0]:
            best = weight, mark
    if best is None:
        return None
    if best[1] == "alone" and "gap" in counts.marks:  # Folger: verse below the name, prose beside
        names = counts.recurring("alone")
        beside = {key: n for key, n in counts.recurring("gap").items() if key in names}
        if len(beside) >= _TWICE and sum(beside.values()) >= _SHARE_BESIDE * names.total():
            return "gap"
    return best[1]


def _find_margin(rows: Sequence[_Row]) -> int | None:
    """Return the column of names that hang above deeper speeches, behind a blank row."""
    hanging: Counter[int] = Counter()
    others: Counter[int] = Counter()
    for row, next_row in pairwise(rows):
        hangs = row.fresh and not row.below and next_row.column >= row.column + _HANGS
        if hangs and any(each.mark == "alone" and not each.has_manner for each in row.starts):
            hanging[row.column] += 1
        elif not is_heading(row.text):
            others[row.column] += 1
    if not hanging:
        return None
    column, count = hanging.most_common(1)[0]
    at_margin = sum(number for other, number in others.items() if other <= column)
    enough = count >= _FEWEST_HANGING and at_margin <= _MOST_AT_MARGIN * count
    return column if enough else None


def _find_directions(rows: Sequence[_Row], style: PlayStyle) -> PlayStyle:
    """Return the style with how directions differ from the rest of a speech below a blank row."""
    columns: Counter[int] = Counter()
    paragraphs: Counter[int] = Counter()
    brackets = plain = 0
    begun = False
    for row in rows:
        if is_heading(row.text):
            continue
        if any(style.accepts(each, fresh=row.fresh, below=row.below) for each in row.starts):
            begun = True
        elif not row.fresh:
            columns[row.column] += begun
        elif strip_emphasis(row.text)[:1] in BRACKETS:
            brackets += begun
        elif says_who_acts(row.text):
            plain += begun
        else:
            paragraphs[row.column] += begun
    others = paragraphs.total()
    enough = brackets >= _FEWEST_BRACKETS and others <= _MOST_OTHERS * brackets
    if enough and plain <= _MOST_UNBRACKETED * brackets:
        return replace(style, bracketed=True)
    said = columns.most_common(1)[0][0] if columns else None
    if said is None:
        return style
    elsewhere = brackets + plain + others - paragraphs[said]
    is_apart = elsewhere >= _FEWEST_BRACKETS and paragraphs[said] <= _MOST_OTHERS * elsewhere
    is_apart = is_apart or not paragraphs.total() + plain + brackets  # without blank rows
    return replace(style, said_column=said if is_apart else None)


def _find_column(rows: Sequence[_Row], style: PlayStyle) -> int | None:
    columns: Counter[int] = Counter()
    for row in rows:
        known = any(each.key in style.names and each.mark == style.mark for each in row.starts)
        columns[row.column] += known
    column, count = columns.most_common(1)[0]
    return column if count >= _SAME_COLUMN * columns.total() else None


def _is_detached(rows: Sequence[_Row]) -> bool:
    """Return whether most rows of nothing but a name and a stop stand between blank rows."""
    apart: Counter[bool] = Counter()
    for row in rows[:-1]:
        text = row.text
        if text.endswith((".", "]", ")")) and len(text) <= _NAME_ROW and is_in_capitals(text[:2]):
            starts = (each for each in row.starts if each.mark == "stop")
            if any(not each.has_words and is_in_capitals(each.name) for each in starts):
                apart[not row.below] += 1
    return apart[True] > max(_FEWEST_STARTS, 2 * apart[False])


def _count(rows: Sequence[_Row], *, detached: bool) -> _Counts:
    counts = _Counts()
    heading = False
    for row in rows:
        beside: set[str] = set()
        above: set[str] = set()
        for start in row.starts:
            unsaid = not row.below or lists_persons(row.below)
            if not start.has_words and not detached and unsaid:
                continue
            if start.is_list or (start.has_manner and not start.has_words):
                continue  # ``Don't, if you please.``
            if start.mark != "alone":
                (beside if start.has_words else above).add(start.key)
            counts.add(start, fresh=row.fresh, under_heading=heading)
        counts.beside.update(beside)
        counts.above.update(above)
        heading = is_heading(row.text)
    return counts


def _describe(rows: Sequence[_Row], mark: Mark, counts: _Counts, *, detached: bool) -> PlayStyle:
    found = counts.recurring(mark)
    above = sum(counts.above[key] for key in found)
    beside = sum(counts.beside[key] for key in found if counts.above[key])
    mostly_above = above > _MOSTLY * (above + beside) and above >= _MOSTLY / 2 * found.total()
    if mostly_above:  # what recurs only beside words is a direction: ``To Lily. Good night.``
        found = Counter({key: count for key, count in found.items() if counts.above[key]})
    names = set(found)
    capitals = sum(count for key, count in found.items() if counts.capitals[key])
    alone = counts.marks.get("alone", Counter())
    names |= {key for key, count in alone.items() if count > _TWICE and counts.capitals[key]}
    total = counts.marks[mark].total()
    parted = sum(min(counts.fresh_names[key], count) for key, count in found.items())
    texts = [row.text for row in rows]
    return PlayStyle(
        mark=mark,
        names=frozenset(names),
        mentioned=frozenset(_find_words(texts, _MENTION, 1)),
        known=frozenset(_find_words(texts, _CAPITALISED, _TWICE)),
        capitals=2 * capitals >= found.total(),
        mixed=any(not counts.capitals[key] for key in found),
        above=mostly_above,
        column=None,
        detached=detached,
        dense=mark in ("dash", "gap") and total >= _DENSE_SHARE * len(rows),
        spaced=counts.fresh[mark] >= _SPACED_SHARE * total,
        parted=parted >= _PARTED_SHARE * found.total(),
        upper=frozenset(key for key in names if 2 * counts.capitals[key] >= counts.total(key)),
    )


def _find_words(rows: Sequence[str], pattern: re.Pattern[str], times: int) -> set[str]:
    """Return the keys of words in ``rows`` that ``pattern`` finds at least so many ``times``."""
    counts = Counter(key_of(word) for row in rows for word in pattern.findall(strip_emphasis(row)))
    return {key for key, count in counts.items() if count >= times}
