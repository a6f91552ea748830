"""Read plain text: one ``Name: line`` per row, scenes separated by blank rows or headings."""

from collections.abc import Iterable, Iterator
from itertools import chain

from characters.scripts.chats.chat_text import read_chat
from characters.scripts.chats.detection import find_dialect
from characters.scripts.headings import heading_title
from characters.scripts.lines import NO_TEXT, Refusal, SpeakerName
from characters.scripts.model import Line, NonDialogue, ParseItem
from characters.scripts.text.cast_list import find_cast_list, lists_cast
from characters.scripts.text.layout import (
    HEAD_ROWS,
    SNIFFED_ROWS,
    find_naming,
    read_layout,
    take_head,
)
from characters.scripts.text.row_starts import (
    SENTENCE_BEFORE_COLON,
    RowStarts,
    Unspoken,
    find_recurring,
)
from characters.scripts.text.speeches import OpenScene, build_speech


class PlainText:
    """Read ``Name: line``, ``【Name】line`` or ``Name「line」``, one line of dialogue a row.

    A scene ends at a blank row or at a heading: ``第三场 …``, ``SCENE 12 - …``, ``ACT II``, ``INT.
    KITCHEN``, ``[Scene: …]``, a Markdown heading, a rule of ``---``, ``***`` or ``===``. Its
    heading stays with the scenes that follow until the next one.

    In a double-spaced script a blank row separates lines rather than scenes; there it takes two
    blank rows, or a heading. The first 2,000 rows decide: of at least four blocks between blank
    rows, nine in ten hold no more than one line of dialogue.

    A list's bullet, a time of day and Markdown's emphasis around the name are left out, and so are
    quotation marks around the whole speech: they are the format's punctuation, which a reply would
    otherwise imitate. A cast list at the top is not dialogue. ``OpenScene`` decides which rows
    continue the speech above; a speaker is never guessed.

    Exports of chat programs and transcripts with a time beside each name are read by
    ``chats/chat_text.py``.
    """

    name = "text"

    def sniff(self, head: str, filename: str) -> float:
        """Return nine tenths of the share of rows with a plausible speaker, headings left out.

        The exports of chat programs, which prove by their stamps what they are, score 1.
        """
        rows = head.split("\n")[:HEAD_ROWS]
        if find_dialect(rows) is not None:
            return 1.0
        rows = [row for row in map(str.strip, rows[:SNIFFED_ROWS]) if row]
        read = RowStarts(find_naming(rows), find_recurring(rows)).read
        starts = [read(row)[2] for row in rows]
        spoken = sum(isinstance(start, SpeakerName) for start in starts)
        return 0.9 * spoken / max(1, len(rows) - starts.count(Unspoken.HEADING))

    def parse(self, rows: Iterable[str]) -> Iterator[ParseItem]:
        """Yield scenes and rejections; see ``ScriptFormat.parse``."""
        rows = iter(rows)
        head = take_head(rows)
        dialect = find_dialect(head)
        if dialect is not None:
            yield from read_chat(chain(head, rows), dialect)
            return
        layout = read_layout(head)
        cast = find_cast_list(head, double_spaced=layout.double_spaced)
        starts = RowStarts(layout.naming, layout.recurring, numbered=layout.numbered)
        scene = OpenScene(layout)
        yield from _read(enumerate(head[: cast.start], 1), starts, scene)
        yield from scene.end()
        yield from (NonDialogue(index + 1, "cast") for index in cast if head[index].strip())
        rest = chain(head[cast.stop :], rows)
        yield from _read(enumerate(rest, cast.stop + 1), starts, scene)
        yield from scene.end()


def _read(
    rows: Iterable[tuple[int, str]], starts: RowStarts, scene: OpenScene
) -> Iterator[ParseItem]:
    read = starts.read
    known = starts.recurring
    for number, row in rows:
        stripped = row.strip()
        if not stripped:
            if ended := scene.pause():
                yield from ended
            continue
        text, colon, start = read(stripped)
        if not isinstance(start, SpeakerName):
            yield from _read_unspoken(scene, number, row, stripped, start)
            continue
        if scene.lists_cast and lists_cast(start.name):
            yield from scene.list_cast(number, text)
            continue
        if start.name not in known and scene.interrupts(start.name):
            yield from scene.continue_speech(number, row, stripped, SENTENCE_BEFORE_COLON)
            continue
        line = build_speech(number, text, colon, start)
        if isinstance(line, Line):
            if ended := scene.say(row, line):
                yield from ended
        elif line.code == NO_TEXT.code:
            yield from scene.name(number, text, colon, start)
        else:
            yield from scene.refuse(line)


def _read_unspoken(
    scene: OpenScene, number: int, row: str, text: str, start: Refusal | Unspoken
) -> Iterable[ParseItem]:
    if start is Unspoken.HEADING:
        return scene.begin(number, heading_title(text))
    if start is Unspoken.DIRECTION:
        return scene.direct(number, row, text)
    return scene.continue_speech(number, row, text, start)
