"""Hold how a stage play names its speakers, and what therefore opens a speech."""

import re
from dataclasses import dataclass

from characters.scripts.names import has_ideographs, is_in_capitals
from characters.scripts.plays.directions import says_who_acts
from characters.scripts.plays.starts import Mark, PlayStart, find_starts, key_of

_MOST_WORDS = 5
_SHORT = 2
_VERSE_CHARACTERS = 60
_AND = re.compile(r",\s*|\s+(?:and|et|und|e|y|и|&)\s+")
_ORDINAL = re.compile(
    r"(?:(?:first|second|third|fourth|fifth|sixth|seventh)|(?:erste|zweite|dritte|vierte)[rs]?"
    r"|premi[eè]re?|deuxi[eè]me|seconde?|troisi[eè]me|перв\w+|втор\w+|трет\w+)\s",
    re.IGNORECASE,
)


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
    parted: bool
    """Whether a blank row stands above nearly every speech of the names that recur."""
    upper: frozenset[str]
    """Keys of the names that are mostly in capitals: elsewhere they are called, or mentioned."""
    hanging: bool = False
    """Whether names stand at the margin, above a blank row, and all that is said deeper."""
    bracketed: bool = False
    """Whether nearly all directions are in brackets: other rows without a name are said."""
    said_column: int | None = None
    """Column of what is said, where nearly all directions are in brackets or stand elsewhere, and
    in a play without blank rows."""

    def resumes(self, source: str, below: str) -> bool:
        """Return whether a row without a name, behind a direction, goes on with the speech.

        So do the verses of a stanza, in a play with names in capitals above the speeches.
        """
        if self.above and self.capitals and _is_verse(source.strip()) and _is_verse(below):
            return True
        if self.hanging:
            return self.column is not None and column_of(source) > self.column
        return self.bracketed or column_of(source) == self.said_column

    def accepts(self, start: PlayStart, *, fresh: bool, below: str) -> bool:
        """Return whether ``start`` opens a speech.

        ``fresh`` says that a blank row is above; ``below`` is the next row, empty if that is blank.
        """
        if not start.has_words and (not below or lists_persons(below)):
            return False
        if self.hanging:
            return fresh and start.mark == "alone" and not start.has_manner
        if self._calls(start, fresh=fresh):
            return False
        if start.is_list or self._names_several(start):
            return self._accepts_list(start, fresh=fresh)
        if start.key in self.names:
            is_usual = start.mark in (self.mark, "alone", "bracket")
            return is_usual or fresh or is_in_capitals(start.name)
        return self._accepts_unknown(start, fresh=fresh)

    def _calls(self, start: PlayStart, *, fresh: bool) -> bool:
        """Return whether a person is rather called or mentioned: ``Mira, come here``."""
        if is_in_capitals(start.name):
            return False
        called = start.has_manner and start.mark == "alone" and not fresh
        called = called or (self.parted and not fresh)  # ``Mira.`` begins a verse
        # ``Farncombe.`` is said in a play of ``FARNCOMBE.``
        return called or start.key in self.upper or (self.capitals and self.above)

    def _accepts_unknown(self, start: PlayStart, *, fresh: bool) -> bool:
        """Return whether a name that does not recur in the beginning opens a speech."""
        words = start.name.split()
        is_dense = self.dense and start.mark == self.mark
        is_apart = fresh or not self.spaced or start.mark == "colon"
        out_of_place = not is_apart or (self.above and start.has_words)
        aside = start.has_manner and (start.mark == "alone" or not fresh)
        if start.mark not in (self.mark, "alone") or out_of_place or aside:
            return False
        is_chinese = self.mark == "gap" and has_ideographs(start.name)
        if is_dense or (is_chinese and start.mark == self.mark and not start.is_loose):
            return True
        if start.is_loose or len(words) > _MOST_WORDS:
            return False
        if self.capitals and is_in_capitals(start.name):
            return sum(map(str.isalpha, start.name)) > 1
        if self.mixed and _ORDINAL.match(start.name):
            return True
        known = self.known if self.spaced or self.mark == "gap" else self.mentioned
        return start.mark == self.mark and all(
            key_of(word) in known for word in words if len(word) > _SHORT
        )

    def _names_several(self, start: PlayStart) -> bool:
        """Return whether persons who speak elsewhere are named: ``MIRA and TOBY``."""
        names = _AND.split(start.name)
        return len(names) > 1 and all(
            key_of(name) in self.names and (is_in_capitals(name) or key_of(name) not in self.upper)
            for name in names
        )

    def _accepts_list(self, start: PlayStart, *, fresh: bool) -> bool:
        """Return whether ``MIRA, TOBY`` speak together."""
        if start.mark not in (self.mark, "alone"):
            return False
        is_shown = self.capitals and fresh and is_in_capitals(start.name)
        return is_shown or self._names_several(start)


def _is_verse(row: str) -> bool:
    """Return whether a row is short and begins with a capital."""
    return len(row) <= _VERSE_CHARACTERS and row[:1].isupper() and not says_who_acts(row)


def lists_persons(row: str) -> bool:
    """Return whether a row is an entry of a list of persons, ``TOBY, her man.``, no speech."""
    found = list(find_starts(row))
    return any(start.has_manner and not start.has_words for start in found) and all(
        is_in_capitals(start.name) for start in found
    )


def column_of(row: str) -> int:
    """Return the column in which a row's text begins."""
    row = row.expandtabs()
    return len(row) - len(row.lstrip())
