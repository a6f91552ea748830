"""Detect from its beginning how a stage play names its speakers."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from characters.scripts.headings import is_heading
from characters.scripts.names import has_ideographs, is_in_capitals
from characters.scripts.plays.starts import Mark, PlayStart, find_starts, key_of, strip_emphasis

_FEWEST_STARTS = 3
_TWICE = 2
_MOST_WORDS = 5
_DENSE_SHARE = 0.8
_SPACED_SHARE = 0.8
_MOSTLY = 0.8
_SAME_COLUMN = 0.9
_MOST_UNDER_HEADINGS = 0.8
_NAME_ROW = 80
"""Most characters of a row that is only a name and its directions."""
_MENTION = re.compile(r"(?<![.!?…:»”\"'’—–-] )(?<=[\w,;(\[] )[^\W\d_a-zа-я][\w’'-]{2,}")

_CAPITALISED = re.compile(r"(?<![^\W_])[^\W\d_a-zа-я][\w’'-]{2,}")


@dataclass(frozen=True, slots=True)
class PlayStyle:
    """Hold what the beginning of a play shows."""

    mark: Mark
    """What parts most names from their speech."""
    names: frozenset[str]
    """Keys of the names that open several speeches."""
    mentioned: frozenset[str]
    """Keys of words with a capital within sentences: names, among others."""
    known: frozenset[str]
    """Keys of words with a capital that occur more than once."""
    capitals: bool
    """Whether most of the names are in capitals."""
    mixed: bool
    """Whether some of the recurring names are not in capitals."""
    above: bool
    """Whether most names stand on a row of their own, above the speech."""
    detached: bool
    """Whether a blank row parts these names from their speech."""
    column: int | None
    """Column in which speeches begin, where it is nearly always the same one."""
    dense: bool
    """Whether nearly every row opens a speech behind a dash or a gap."""
    spaced: bool
    """Whether a blank row stands above most speeches."""

    def accepts(self, start: PlayStart, *, fresh: bool, below: str) -> bool:
        """Return whether ``start`` opens a speech.

        ``fresh`` says that a blank row is above; ``below`` is the next row, empty if that is blank.
        """
        if not start.has_words and (not below or _lists(below)):
            return False
        if self.capitals and self.above and not is_in_capitals(start.name):
            return False  # ``Farncombe.`` is said in a play of ``FARNCOMBE.``
        if start.key in self.names:
            is_usual = start.mark in (self.mark, "alone", "bracket")
            return is_usual or fresh or is_in_capitals(start.name)
        return self._accepts_unknown(start, fresh=fresh)

    def _accepts_unknown(self, start: PlayStart, *, fresh: bool) -> bool:
        """Return whether a name that does not recur in the beginning opens a speech."""
        words = start.name.split()
        out_of_place = (self.spaced and not fresh) or (self.above and start.has_words)
        aside = start.has_manner and (start.mark == "alone" or not fresh)
        if start.mark not in (self.mark, "alone") or out_of_place or aside:
            return False
        is_chinese = self.mark == "gap" and has_ideographs(start.name)
        if start.mark == self.mark and (self.dense or is_chinese):
            return True
        if self.capitals and is_in_capitals(start.name):
            return len(words) <= _MOST_WORDS and sum(map(str.isalpha, start.name)) > 1
        if len(words) > _MOST_WORDS or start.mark != self.mark:
            return False
        known = self.known if self.spaced or self.mark == "gap" else self.mentioned
        return all(key_of(word) in known for word in words if len(word) > _TWICE)


def _lists(row: str) -> bool:
    """Return whether a row is an entry of a list of persons, ``TOBY, her man.``, no speech."""
    found = list(find_starts(row))
    return any(start.has_manner and not start.has_words for start in found) and all(
        is_in_capitals(start.name) for start in found
    )


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

    def add(self, start: PlayStart, *, fresh: bool, under_heading: bool) -> None:
        """Count one start."""
        self.marks.setdefault(start.mark, Counter())[start.key] += 1
        self.capitals[start.key] += is_in_capitals(start.name)
        self.fresh[start.mark] += fresh
        self.under_headings[start.key] += under_heading and not is_in_capitals(start.name)

    def recurring(self, mark: Mark) -> Counter[str]:
        """Return the names with ``mark`` that recur, with any mark, elsewhere than under headings.

        A place under each heading recurs, too: ``Elsinore. A room in the castle.``
        """
        return Counter(
            {
                key: count
                for key, count in self.marks[mark].items()
                if max(count, self.above[key] + self.beside[key]) >= _TWICE
                and self.under_headings[key] < _MOST_UNDER_HEADINGS * count
            }
        )


def read_style(source: Sequence[str]) -> PlayStyle | None:
    """Return the style of the play that begins with ``source``, blank rows included.

    None where no way of naming opens three speeches, some of them under a name that recurs.
    """
    rows = [row.strip() for row in source]
    detached = _is_detached(rows)
    counts = _count(rows, detached=detached)
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
    style = _describe(rows, best[1], counts, detached=detached)
    return replace(style, column=_find_column(source, style))


def _find_column(source: Sequence[str], style: PlayStyle) -> int | None:
    columns: Counter[int] = Counter()
    for row in source:
        if text := row.strip():
            known = any(
                start.key in style.names and start.mark == style.mark for start in find_starts(text)
            )
            columns[column_of(row)] += known
    column, count = columns.most_common(1)[0]
    return column if count >= _SAME_COLUMN * columns.total() else None


def column_of(row: str) -> int:
    """Return the column in which a row's text begins."""
    row = row.expandtabs()
    return len(row) - len(row.lstrip())


def _is_detached(rows: Sequence[str]) -> bool:
    """Return whether most rows of nothing but a name and a stop stand between blank rows."""
    apart: Counter[bool] = Counter()
    for index, row in enumerate(rows[:-1]):
        if row.endswith((".", "]", ")")) and len(row) <= _NAME_ROW and is_in_capitals(row[:2]):
            starts = (start for start in find_starts(row) if start.mark == "stop")
            if any(not start.has_words and is_in_capitals(start.name) for start in starts):
                apart[not rows[index + 1]] += 1
    return apart[True] > max(_FEWEST_STARTS, 2 * apart[False])


def _count(rows: Sequence[str], *, detached: bool) -> _Counts:
    counts = _Counts()
    heading = False
    for index, row in enumerate(rows):
        if not row:
            continue
        beside: set[str] = set()
        above: set[str] = set()
        for start in find_starts(row):
            below = rows[index + 1] if index + 1 < len(rows) else ""
            if not start.has_words and not detached and (not below or _lists(below)):
                continue
            if start.has_manner and not start.has_words:  # ``Don't, if you please.``
                continue
            if start.mark != "alone":
                (beside if start.has_words else above).add(start.key)
            fresh = index == 0 or not rows[index - 1]
            counts.add(start, fresh=fresh, under_heading=heading)
        counts.beside.update(beside)
        counts.above.update(above)
        heading = is_heading(row)
    return counts


def _describe(rows: Sequence[str], mark: Mark, counts: _Counts, *, detached: bool) -> PlayStyle:
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
    return PlayStyle(
        mark=mark,
        names=frozenset(names),
        mentioned=frozenset(_find_words(rows, _MENTION, 1)),
        known=frozenset(_find_words(rows, _CAPITALISED, _TWICE)),
        capitals=2 * capitals >= found.total(),
        mixed=any(not counts.capitals[key] for key in found),
        above=mostly_above,
        column=None,
        detached=detached,
        dense=mark in ("dash", "gap") and total >= _DENSE_SHARE * sum(map(bool, rows)),
        spaced=counts.fresh[mark] >= _SPACED_SHARE * total,
    )


def _find_words(rows: Sequence[str], pattern: re.Pattern[str], times: int) -> set[str]:
    """Return the keys of words in ``rows`` that ``pattern`` finds at least so many ``times``."""
    counts = Counter(key_of(word) for row in rows for word in pattern.findall(strip_emphasis(row)))
    return {key for key, count in counts.items() if count >= times}
