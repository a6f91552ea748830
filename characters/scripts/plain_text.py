"""Plain text: one ``Name: line`` per row, scenes apart by blank rows or headings."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, islice

from characters.scripts.headings import heading_title, is_heading, is_heading_prefix
from characters.scripts.lines import (
    LONG_SPEAKER,
    NO_COLON,
    PREFIX_CHARACTERS,
    Refusal,
    Speaker,
    build_line,
    find_colon,
    read_speaker,
    reject,
)
from characters.scripts.model import (
    SCENE_LINES,
    Line,
    Narration,
    ParseItem,
    Rejection,
    Scene,
)

HEAD_ROWS = 2_000
HEAD_CHARACTERS = 1_000_000
"""How much is looked at to decide whether the script is double-spaced."""

_SNIFFED_ROWS = 400
_KNOWN_PREFIXES = 4_096
_DOUBLE_SPACED_SHARE = 0.9
_DOUBLE_SPACED_RUNS = 4

_SENTENCE = re.compile(r"[。！？!?；;，,…]|(?<!\w)(?:[^\W\d_A-Z]\w{3,})\.(?:\s|$)")
_MAY_GO_ON = re.compile(r".*(?:https?|ftp|file|wss?|(?<![^\W_])[0-9]{1,2})", re.DOTALL)
_GOES_ON = re.compile(r"//|[0-9]{2}(?![0-9])")

_HEADING = Refusal("heading", "")
_SENTENCE_BEFORE_COLON = Refusal(
    "no_speaker", "What stands before the colon is a sentence, not a name."
)
_ADDRESS_OR_TIME = Refusal(
    "no_speaker", "The colon belongs to an address or a time of day, so nobody is named."
)


class PlainText:
    """``Name: line`` or ``Name：line``, one line of dialogue a row.

    A scene ends at a blank row or at a heading: ``第三场 …``, ``SCENE 12 - …``, ``ACT II``,
    ``INT. KITCHEN``, ``[Scene: …]``, a Markdown heading, a rule of ``---``, ``***`` or ``===``.
    Its heading stays with the scenes that follow until the next one.

    In a double-spaced script a blank row separates lines and not scenes; there it takes two blank
    rows, or a heading. Its first 2,000 rows tell: of at least four blocks between blank rows, nine
    in ten hold no more than one line of dialogue.

    A row without a colon is rejected, also where a person would read it as the continuation of
    the row above: who speaks is never guessed.
    """

    name = "text"

    def sniff(self, head: str, filename: str) -> float:
        """The share of rows in which a plausible name speaks."""
        rows = [row for row in map(str.strip, head.split("\n")[:_SNIFFED_ROWS]) if row]
        spoken = sum(_speaks(row) for row in rows)
        headings = sum(is_heading(row) for row in rows)
        return 0.9 * spoken / max(1, len(rows) - headings)

    def parse(self, rows: Iterable[str]) -> Iterator[ParseItem]:
        """See ``ScriptFormat.parse``."""
        rows = iter(rows)
        head = _take_head(rows)
        blank_rows_between_scenes = 2 if is_double_spaced(head) else 1
        read_prefix = lru_cache(_KNOWN_PREFIXES)(_read_prefix)  # a script has few speakers
        lines: list[Line] = []
        heading: str | None = None
        blank_rows = 0
        for number, row in enumerate(chain(head, rows), start=1):
            text = row.strip()
            if not text:
                blank_rows += 1
                if lines and blank_rows == blank_rows_between_scenes:
                    yield Scene(lines, lines[0].row, heading)
                    lines = []
                continue
            blank_rows = 0
            colon = find_colon(text)
            before = _read_start(text, colon, read_prefix)
            if isinstance(before, Speaker):
                item = build_line(number, text, colon, before)
                if isinstance(item, Rejection):
                    yield item
                    continue
                lines.append(item)
                if len(lines) == SCENE_LINES:
                    yield Scene(lines, lines[0].row, heading)
                    lines = []
            elif before is _HEADING:
                if lines:
                    yield Scene(lines, lines[0].row, heading)
                    lines = []
                heading = heading_title(text)
                yield Narration(number, "heading")
            else:
                yield reject(number, text, before)
        if lines:
            yield Scene(lines, lines[0].row, heading)


def is_double_spaced(rows: Sequence[str]) -> bool:
    """Whether blank rows in ``rows`` separate lines rather than scenes; see ``PlainText``."""
    single = multiple = spoken = 0
    for row in chain(map(str.strip, rows), [""]):
        if row:
            spoken += _speaks(row)
            continue
        single += spoken == 1
        multiple += spoken > 1
        spoken = 0
    runs = single + multiple
    return runs >= _DOUBLE_SPACED_RUNS and single >= _DOUBLE_SPACED_SHARE * runs


def _take_head(rows: Iterator[str]) -> list[str]:
    head: list[str] = []
    characters = 0
    for row in islice(rows, HEAD_ROWS):
        head.append(row)
        characters += len(row)
        if characters > HEAD_CHARACTERS:
            break
    return head


@dataclass(frozen=True, slots=True)
class _Doubtful:
    """A speaker, unless what follows the colon makes it an address or a time: ``Room 12:30``."""

    speaker: Speaker


_Prefix = Speaker | Refusal | _Doubtful


def _speaks(row: str) -> bool:
    return isinstance(_read_start(row, find_colon(row), _read_prefix), Speaker)


def _read_start(text: str, colon: int, read_prefix: Callable[[str], _Prefix]) -> Speaker | Refusal:
    """Who speaks in a stripped row, or the marker of a heading, or why nobody does."""
    if colon < 0:
        return _HEADING if is_heading(text) else NO_COLON
    if colon > PREFIX_CHARACTERS:
        return LONG_SPEAKER
    before = read_prefix(text[:colon])
    if isinstance(before, _Doubtful):
        return _ADDRESS_OR_TIME if _GOES_ON.match(text, colon + 1) else before.speaker
    return before


def _read_prefix(prefix: str) -> _Prefix:
    """What stands before the first colon of a row."""
    if is_heading_prefix(prefix):
        return _HEADING
    speaker = read_speaker(prefix)
    if isinstance(speaker, Refusal):
        return speaker
    if _SENTENCE.search(speaker.name):
        return _SENTENCE_BEFORE_COLON
    return _Doubtful(speaker) if _MAY_GO_ON.fullmatch(prefix) else speaker
