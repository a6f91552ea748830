"""Read narrative prose: a quotation is a line of the speaker that a clause beside it names."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from characters.scripts.headings import heading_title
from characters.scripts.lines import CONTROL_CHARACTER, Refusal, reject
from characters.scripts.model import SCENE_LINES, Line, NonDialogue, ParseItem, Scene
from characters.scripts.prose.attribution import Attribution
from characters.scripts.prose.dashes import opening_dash
from characters.scripts.prose.paragraphs import ProseParagraph, opens_scene, read_paragraphs
from characters.scripts.prose.quotations import Quotation, find_quotations
from characters.scripts.tables.delimited import TABLE_ENDINGS
from characters.scripts.text.layout import SNIFFED_ROWS, find_naming, take_head
from characters.scripts.text.row_starts import RowStarts
from characters.scripts.text.wrapping import find_wrap_width, join_rows, measure

UNATTRIBUTED = Refusal(
    "unattributed",
    "Somebody speaks here, but no clause such as “said Anna” names who, so it was left out.",
)

NARRATION_CHARACTERS = 1_000
"""A longer stretch without a quotation ends the scene."""

_SUREST = 0.8
_DENSE_SHARE = 0.25
_WRAPPED_SHARE = 0.6
_WIDE = "\u2e80"
_DATA = re.compile(r"[{\[]|\"[^\"]*\"\s*[:,]")


class Prose:
    """Read a novel or a story: a line for each quotation that a clause attributes.

    Chinese and English clauses: ``三三说：“…”``, ``“…”老周笑道``, ``“…,” said Anna``. A pronoun is
    not a name, and a speaker is not inferred from the order of turns: these quotations are reported
    as ``unattributed``. Successive quotations of one speaker in a paragraph are one line. Headings
    of chapters begin scenes, and so does a long stretch without speech.
    """

    name = "prose"

    def sniff(self, head: str, filename: str) -> float:
        """Return a score that grows with the share of rows that quote, over rows with a speaker.

        A table's cells are quoted too, so its file endings score 0.
        """
        if filename.lower().endswith(TABLE_ENDINGS):
            return 0
        rows = [row for row in map(str.strip, head.split("\n")[:SNIFFED_ROWS]) if row]
        speaks = RowStarts(find_naming(rows)).speaks
        spoken = quoted = 0
        for row in rows:
            if _DATA.match(row) or opens_scene(row):
                continue
            if speaks(row) and not _is_clause(row):
                spoken += 1
            elif find_quotations(row):
                quoted += 1
        if not quoted:
            return 0
        dense = min(1.0, quoted / (_DENSE_SHARE * len(rows)))
        return _SUREST * dense * quoted / (quoted + spoken)

    def parse(self, rows: Iterable[str]) -> Iterator[ParseItem]:
        """Yield scenes and rejections; see ``ScriptFormat.parse``."""
        rows = iter(rows)
        head = take_head(rows)
        wrapped = find_wrap_width(head, _find_following(head), _WRAPPED_SHARE) is not None
        scene = _OpenScene()
        attribution = Attribution()
        for paragraph in read_paragraphs(chain(head, rows), wrapped=wrapped):
            if paragraph.is_heading:
                yield from scene.begin(heading_title(paragraph.text))
                yield NonDialogue(paragraph.row, "heading")
            elif "\0" in paragraph.text:
                yield reject(paragraph.row, paragraph.text, CONTROL_CHARACTER, paragraph.rows)
            elif quotations := find_quotations(paragraph.text):
                speakers = attribution.find_speakers(paragraph.text, quotations)
                yield from scene.add(paragraph, quotations, speakers)
            else:
                yield from scene.narrate(paragraph)
        yield from scene.begin(None)


class _OpenScene:
    """Hold the lines since the last heading or long stretch of narration."""

    def __init__(self) -> None:
        self._heading: str | None = None
        self._lines: list[Line] = []
        self._continued = 0
        self._narrated = 0
        """Characters since the last quotation."""

    def begin(self, heading: str | None) -> Iterator[Scene]:
        """Yield the scene so far; the next one is under ``heading``."""
        yield from self._close()
        self._heading = heading

    def narrate(self, paragraph: ProseParagraph) -> Iterator[ParseItem]:
        """Add a paragraph without a quotation."""
        self._narrated += len(paragraph.text)
        if self._narrated > NARRATION_CHARACTERS:
            yield from self._close()
        yield NonDialogue(paragraph.row, "narration", paragraph.rows)

    def add(
        self,
        paragraph: ProseParagraph,
        quotations: Sequence[Quotation],
        speakers: Sequence[str | None],
    ) -> Iterator[ParseItem]:
        """Add a paragraph with quotations."""
        self._narrated = 0
        lines, unattributed = _gather(paragraph, quotations, speakers)
        if lines:
            if len(self._lines) + len(lines) > SCENE_LINES:
                yield from self._close()
            self._lines += lines
            self._continued += paragraph.rows - len(lines)
        rows = 0 if lines else paragraph.rows
        for text in unattributed:
            yield reject(paragraph.row, text, UNATTRIBUTED, rows)
            rows = 0

    def _close(self) -> Iterator[Scene]:
        if self._lines:
            lines = self._lines
            yield Scene(lines, lines[0].row, self._heading, continued=self._continued)
        self._lines = []
        self._continued = 0


def _gather(
    paragraph: ProseParagraph, quotations: Sequence[Quotation], speakers: Sequence[str | None]
) -> tuple[list[Line], list[str]]:
    """Return the lines of a paragraph, and the quotations without a speaker."""
    lines: list[Line] = []
    unattributed: list[str] = []
    last: str | None = None
    end = 0
    for quotation, speaker in zip(quotations, speakers, strict=True):
        if speaker is None:
            unattributed.append(quotation.text)
        elif speaker == last:
            between = paragraph.text[end : quotation.start]
            text = join_rows(_punctuate(lines[-1].text, between), quotation.text)
            lines[-1] = lines[-1]._replace(text=text)
        else:
            colon = ": " if measure(speaker) == len(speaker) else "："
            lines.append(Line(speaker, quotation.text, paragraph.row, None, colon))
        last = speaker
        end = quotation.end
    return lines, unattributed


def _punctuate(said: str, between: str) -> str:
    """Return what is ``said`` with the mark that follows it in the narrator's words ``between``."""
    if not said[-1].isalnum() or said[-1] >= _WIDE:
        return said
    marks = between.lstrip()[:1] + between.rstrip(' —–―-«»„“"')[-1:]
    return said + next((mark for mark in marks if mark in ".,;:!?…"), "")


def _is_clause(row: str) -> bool:
    """Return whether prose stands before a row's colon: ``三三笑道：“…”``, not only a name."""
    found = find_quotations(row)
    return bool(found) and Attribution().find_speakers(row, found[:1]) != [None]


def _find_following(rows: Sequence[str]) -> list[bool]:
    """Return which rows may go on with the one above: not blank, no heading, no dash."""
    return [
        bool(row) and not opens_scene(row) and not opening_dash(row) for row in map(str.strip, rows)
    ]
