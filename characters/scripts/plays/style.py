"""Detect from its beginning how a stage play names its speakers."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from characters.scripts.names import has_ideographs, is_in_capitals
from characters.scripts.plays.starts import Mark, PlayStart, find_starts, key_of, strip_emphasis

_FEWEST_STARTS = 3
_TWICE = 2
_MOST_WORDS = 5
_DENSE_SHARE = 0.8
_SPACED_SHARE = 0.8
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
        if start.key in self.names:
            is_usual = start.mark in (self.mark, "alone")
            return is_usual or fresh or is_in_capitals(start.name)
        return self._accepts_unknown(start, fresh=fresh)

    def _accepts_unknown(self, start: PlayStart, *, fresh: bool) -> bool:
        """Return whether a name that does not recur in the beginning opens a speech."""
        words = start.name.split()
        out_of_place = self.spaced and not fresh
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


def read_style(rows: Sequence[str]) -> PlayStyle | None:
    """Return the style of the play that begins with stripped ``rows``, blank ones included.

    None where no way of naming opens three speeches, some of them under a name that recurs.
    """
    found: dict[Mark, Counter[str]] = {}
    rows_of: Counter[str] = Counter()
    capitals: Counter[str] = Counter()
    fresh: Counter[Mark] = Counter()
    for index, row in enumerate(rows):
        keys = set()
        for start in find_starts(row) if row else ():
            below = rows[index + 1] if index + 1 < len(rows) else ""
            if not start.has_words and (not below or _lists(below)):
                continue
            if start.mark != "alone":
                keys.add(start.key)
            found.setdefault(start.mark, Counter())[start.key] += 1
            capitals[start.key] += is_in_capitals(start.name)
            fresh[start.mark] += index == 0 or not rows[index - 1]
        rows_of.update(keys)
    total = sum(rows_of.values())
    best: tuple[int, Mark] | None = None
    for mark, counts in found.items():
        repeated = sum(count for key, count in counts.items() if max(count, rows_of[key]) >= _TWICE)
        # A row that is nothing but a name may be a verse: it counts less than a marked one.
        weight = repeated // 2 if mark == "alone" else repeated
        if (
            repeated >= _TWICE
            and max(total, counts.total()) >= _FEWEST_STARTS
            and weight > (best or (0,))[0]
        ):
            best = weight, mark
    if best is None:
        return None
    return _describe(rows, best[1], found, rows_of, capitals, fresh)


def _describe(
    rows: Sequence[str],
    mark: Mark,
    found: dict[Mark, Counter[str]],
    rows_of: Counter[str],
    capitals: Counter[str],
    fresh: Counter[Mark],
) -> PlayStyle:
    counts = found[mark]
    names = {key for key, count in counts.items() if max(count, rows_of[key]) >= _TWICE}
    # A name with a second mark here and there: ``MIRA [aside] …`` in a play of ``MIRA. …``.
    total = sum(counts[key] for key in names)
    in_capitals = sum(capitals[key] > 0 for key in names for _ in range(counts[key])) >= total / 2
    alone = found.get("alone", Counter())
    names |= {key for key, count in alone.items() if count >= _TWICE + 1 and capitals[key]}
    return PlayStyle(
        mark,
        frozenset(names),
        frozenset(_find_words(rows, _MENTION, 1)),
        frozenset(_find_words(rows, _CAPITALISED, _TWICE)),
        in_capitals,
        any(counts[key] and not capitals[key] for key in names),
        mark in ("dash", "gap") and counts.total() >= _DENSE_SHARE * sum(map(bool, rows)),
        fresh[mark] >= _SPACED_SHARE * counts.total(),
    )


def _find_words(rows: Sequence[str], pattern: re.Pattern[str], times: int) -> set[str]:
    """Return the keys of words in ``rows`` that ``pattern`` finds at least so many ``times``."""
    counts = Counter(key_of(word) for row in rows for word in pattern.findall(strip_emphasis(row)))
    return {key for key, count in counts.items() if count >= times}
