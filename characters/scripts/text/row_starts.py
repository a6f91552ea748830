"""Classify the beginning of a plain text row: a speaker, a heading, a direction, or none."""

import re
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache, partial
from itertools import pairwise

from characters.scripts.clauses import is_clause, is_sentence
from characters.scripts.field_labels import describes_work, is_field
from characters.scripts.headings import is_heading, is_heading_prefix
from characters.scripts.lines import (
    LONG_SPEAKER,
    NO_COLON,
    PREFIX_CHARACTERS,
    Refusal,
    SpeakerName,
    find_colon,
    read_speaker,
)
from characters.scripts.names import has_open_bracket
from characters.scripts.text.speaker_rows import (
    DECORATIONS,
    Naming,
    is_direction,
    rewrite,
    undecorate,
)

_KNOWN_PREFIXES = 4_096
_NUMBERED_ROW = re.compile(r"([0-9]{1,6})\s+[^\W\d_][^:：]*[:：]")
_FEWEST_NUMBERS = 3
_OTHERS = 0.1

_MAY_GO_ON = re.compile(r".*(?:https?|ftp|file|wss?|(?<![^\W_])[0-9]{1,2})", re.DOTALL)
_GOES_ON = re.compile(r":(?://|[0-9]{1,2}(?![0-9]))|：[0-9]{2}(?![0-9])")
_ASIDE_BEFORE = re.compile(r"([(（]([^()（）]*)[)）]|\[([^\[\]]*)\])\s*([^()（）\[\]]+)", re.DOTALL)

_PRONOUN_SAYS = re.compile(
    r"(?:[他她它我你您]们?|he\b|she\b|they\b|i\b|we\b).{0,8}(?:[说說道问問喊叫答]|\b(?:said|asked))",
    re.IGNORECASE | re.DOTALL,
)

SENTENCE_BEFORE_COLON = Refusal(
    "no_speaker", "What stands before the colon is a sentence, not a name."
)
_OPEN_DIRECTION = re.compile(r"[(（\[【][^)）\]】]*\Z")
"""``(scene`` opens a direction that goes on behind the colon."""
_LABEL = Refusal(
    "no_speaker", "A label of the text's data, such as “Title”, stands before the colon."
)
_PRONOUN = Refusal("no_speaker", "A pronoun stands before the colon, which names nobody.")
_ADDRESS_OR_TIME = Refusal(
    "no_speaker", "The colon belongs to an address or a time of day, so nobody is named."
)


class Unspoken(Enum):
    """Mark a row without a speaker in which nothing is wrong."""

    HEADING = "heading"
    DIRECTION = "direction"


Start = SpeakerName | Refusal | Unspoken


@dataclass(frozen=True, slots=True)
class _UncertainSpeaker:
    """Hold a speaker, unless the text behind the colon makes it a time or an address.

    ``Room 12:30`` is a time.
    """

    speaker: SpeakerName


class RowStarts:
    """Read the rows of one script. Names are remembered: a script has few of them."""

    def __init__(
        self,
        naming: Naming = "colon",
        recurring: Collection[str] = frozenset(),
        *,
        numbered: bool = False,
    ) -> None:
        """Take how the script names its speakers, and the names that recur in its beginning.

        ``numbered`` says that its rows begin with their number, ``12 Mira: Late.``
        """
        self._numbered = numbered
        self._naming: Naming = naming
        self.recurring = recurring
        self._read_prefix = lru_cache(_KNOWN_PREFIXES)(partial(_read_prefix, recurring))

    def read(self, text: str) -> tuple[str, int, Start]:
        """Return a stripped row as ``Name: line``, the index of its first colon, and its start.

        The row is unchanged where it has no speaker; the index is -1 without a colon; the start is
        the speaker, or why no one speaks.
        """
        if self._naming != "colon" or text[0] in DECORATIONS:
            return self._read_decorated(text)
        colon = find_colon(text)
        if 0 < colon <= PREFIX_CHARACTERS:  # the path of nearly every row saves a call
            before = self._read_prefix(text[:colon])
            if isinstance(before, SpeakerName):
                return text, colon, before
        return text, colon, self._find_speaker(text, colon)

    def speaks(self, text: str) -> bool:
        """Return whether the stripped row ``text`` has a speaker."""
        return isinstance(self.read(text)[2], SpeakerName)

    def _read_decorated(self, text: str) -> tuple[str, int, Start]:
        colon = find_colon(text)
        start = self._find_speaker(text, colon)
        if start is Unspoken.HEADING:
            return text, colon, start
        if is_direction(text):
            return text, -1, Unspoken.DIRECTION
        bare = text.lstrip("0123456789").lstrip() if self._numbered else text
        plain = rewrite(undecorate(bare or text) or text, self._naming)
        if plain != text:
            plain_colon = find_colon(plain)
            speaker = self._find_speaker(plain, plain_colon)
            if isinstance(speaker, SpeakerName):
                return plain, plain_colon, speaker
        return text, colon, start

    def _find_speaker(self, text: str, colon: int) -> Start:
        if colon < 0:
            return Unspoken.HEADING if is_heading(text) else NO_COLON
        if colon > PREFIX_CHARACTERS:
            return LONG_SPEAKER
        before = self._read_prefix(text[:colon])
        if isinstance(before, _UncertainSpeaker):
            return _ADDRESS_OR_TIME if self._goes_on(text, colon, before) else before.speaker
        return before

    def _goes_on(self, text: str, colon: int, before: _UncertainSpeaker) -> bool:
        """Return whether the colon is that of a time, an address or a verse: ``Genesis 1:3``."""
        if text[colon] == "：" and before.speaker.name in self.recurring:
            return False
        return _GOES_ON.match(text, colon) is not None


def is_numbered(rows: Iterable[str]) -> bool:
    """Return whether nearly all ``rows`` with a colon begin with ever higher numbers."""
    numbers: list[int] = []
    others = 0
    for row in rows:
        if match := _NUMBERED_ROW.match(row):
            numbers.append(int(match[1]))
        else:
            others += find_colon(row) > 0
    rising = all(above < below for above, below in pairwise(numbers))
    return rising and len(numbers) >= _FEWEST_NUMBERS and others <= _OTHERS * len(numbers)


def find_recurring(rows: Iterable[str]) -> frozenset[str]:
    """Return what stands more than once before the first colon of stripped ``rows``."""
    counts: Counter[str] = Counter()
    for row in rows:
        plain = undecorate(row) if row[0] in DECORATIONS else row
        colon = find_colon(plain)
        if 0 < colon <= PREFIX_CHARACTERS:
            speaker = read_speaker(plain[:colon])
            if isinstance(speaker, SpeakerName):
                counts[speaker.name] += 1
    return frozenset(name for name, count in counts.items() if count > 1)


def _read_prefix(recurring: Collection[str], prefix: str) -> Start | _UncertainSpeaker:
    """Classify the text before the first colon of a row."""
    if is_heading_prefix(prefix):
        return Unspoken.HEADING
    speaker = read_speaker(prefix)
    if isinstance(speaker, Refusal):
        return speaker
    if (unspoken := _why_no_name(speaker.name, recurring)) is not None:
        return unspoken
    if not speaker.aside and (match := _ASIDE_BEFORE.fullmatch(speaker.name)):
        direction = match[2] if match[3] is None else match[3]
        speaker = SpeakerName(match[4], match[1], direction.strip() or None)
    return _UncertainSpeaker(speaker) if _MAY_GO_ON.fullmatch(prefix) else speaker


def _why_no_name(name: str, recurring: Collection[str]) -> Refusal | Unspoken | None:
    """Return what stands before a colon where it is no name; None for a name."""
    if _OPEN_DIRECTION.match(name):
        return Unspoken.DIRECTION
    if describes_work(name) and is_field(name) and name not in recurring:
        return _LABEL
    if _PRONOUN_SAYS.fullmatch(name) and not is_sentence(name, recurring):
        return _PRONOUN
    if has_open_bracket(name) or is_sentence(name, recurring) or is_clause(name, recurring):
        return SENTENCE_BEFORE_COLON
    return None
