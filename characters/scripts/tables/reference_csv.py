"""Read the reference's corpus: a CSV file with one scene in each record.

Source: ``roleplay/`` of the public repository bilibili/Index-1.9B, which reads it with Python's
``csv`` module: header ``序号,对话``, then an episode number and the scene's lines in one cell.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from characters.scripts.lines import Refusal, find_colon, read_line, reject
from characters.scripts.model import Line, NonDialogue, ParseItem, Rejection, Scene
from characters.scripts.tables.csv_records import CsvRecord, read_records

_SNIFFED_RECORDS = 20

_TIME = re.compile(r"\W*[0-9]{1,2}[:：][0-9]{2}")
_DATE = re.compile(r"\W*[0-9]{1,4}([/.-])[0-9]{1,2}\1[0-9]{1,4}|\W*[0-9]{4}年")

_HEADER = Refusal(
    "header_row", "The first row of a CSV script is its header; this dialogue in it was left out."
)
_MISSING = Refusal("missing_column", "The row has no second column, where the scene belongs.")
_EMPTY = Refusal("empty_scene", "The second column is empty.")
_EXTRA = Refusal(
    "extra_column",
    "This stands behind the second column and was left out; if it belongs to the scene, put the"
    " whole scene in double quotes.",
)


class ReferenceCsv:
    """Read an episode number, often empty, and a scene, one line of dialogue a row.

    The first record is always skipped. Row numbers are physical rows of the file: the third row of
    a quoted cell that begins in row 7 is row 9, as a text editor counts.

    A line is split at its first colon. Rows of a scene without a colon are rejected one by one, and
    the rest of the scene is kept. Text in further columns is reported as ``extra_column``, and the
    first two columns are kept. Blank rows and records of empty cells mean nothing.

    ``read_records`` describes the treatment of unclosed quotes.
    """

    name = "csv"

    def sniff(self, head: str, filename: str) -> float:
        """Return the score of ``find_scenes``; the ending ``.csv`` adds a tenth in doubt."""
        try:
            records = list(islice(csv.reader(head.split("\n")), 1 + _SNIFFED_RECORDS))
        except csv.Error:
            records = []
        share = find_scenes(records)
        bonus = 0.1 if 0 < share < 1 and filename.lower().endswith(".csv") else 0
        return share + bonus

    def parse(self, rows: Iterable[str]) -> Iterator[ParseItem]:
        """Yield scenes and rejections; see ``ScriptFormat.parse``."""
        header = True
        for record in read_records(rows):
            if isinstance(record, Rejection):
                yield record
            elif header:
                yield report_header(record)
            else:
                yield from read_scene(record)
            header = False


def find_scenes(records: Sequence[Sequence[str]]) -> float:
    """Return how surely the first ``records`` of a table are a header and scenes: 0 to 1.

    1 if the header is the reference's; otherwise nine tenths of the share of records that hold a
    scene. Without a header these must be more than a comma before a colon: ``Bell, Mira: Late.``
    """
    if records and [cell.strip("\ufeff ") for cell in records[0][:2]] == ["序号", "对话"]:
        return 1.0
    headed = bool(records) and len(records[0]) > 1 and find_colon(" ".join(records[0])) < 0
    filled = [record for record in records[1:] if any(record)]
    scenes = sum(_is_scene(record, headed=headed) for record in filled)
    return 0.9 * scenes / max(1, len(filled))


def _is_scene(record: Sequence[str], *, headed: bool) -> bool:
    """Return whether a record is an episode and a scene, not a row of text with a comma in it.

    Several rows in the second cell prove it. A single one counts where no time of day stands in
    it, nothing parts the comma from the text, and either the table has a header or the first cell
    is a number or empty.
    """
    if len(record) < 2 or find_colon(record[1]) < 0 or find_colon(record[0]) >= 0:
        return False
    episode, scene = record[:2]
    if "\n" in scene.strip():
        return True
    if scene[0].isspace() or _TIME.match(scene) or _DATE.match(episode):
        return False
    return headed or not any(map(str.isalpha, episode))


def report_header(record: CsvRecord) -> Rejection | NonDialogue:
    """Return the header as narration, or as a rejection where it looks like a scene."""
    cells = record.cells
    if len(cells) > 1 and find_colon(cells[1]) >= 0:
        return reject(record.row, cells[1], _HEADER, record.rows)
    return NonDialogue(record.row, "header", record.rows)


def read_scene(record: CsvRecord) -> Iterator[ParseItem]:
    """Yield the scene of a record, then the rest; rows are physical rows of a CSV file."""
    row, cells, rows = record
    if not any(map(str.strip, cells)):
        if rows:
            yield NonDialogue(row, "layout", rows)
        return
    if len(cells) == 1:
        yield reject(row, cells[0].strip(), _MISSING, rows)
        return
    episode, scene, *extra = cells
    row += episode.count("\n")
    items = [
        read_line(number, text)
        for number, source in enumerate(scene.split("\n"), start=row)
        if (text := source.strip())
    ]
    lines = [item for item in items if isinstance(item, Line)]
    rejected = [item for item in items if isinstance(item, Rejection)]
    if lines:
        yield Scene(lines, lines[0].row, episode=episode.strip() or None)
    elif not rejected:
        rejected.append(reject(record.row, episode.strip(), _EMPTY))
    if extra:
        used = {line.row for line in lines} | {item.row for item in rejected}
        rejected += _reject_extra(row + scene.count("\n"), extra, used)
    yield from rejected
    if layout := rows - len(lines) - sum(item.rows for item in rejected):
        yield NonDialogue(record.row, "layout", layout)


def _reject_extra(row: int, cells: list[str], used: set[int]) -> Iterator[Rejection]:
    """Yield rejections of the cells behind the second column, which ends in ``row``.

    ``used`` are the rows that are already accounted for; the rows of these cells are added.
    """
    for cell in cells:
        if text := cell.strip():
            own = {number for number, part in enumerate(cell.split("\n"), row) if part.strip()}
            yield reject(row, text, _EXTRA, len(own - used))
            used |= own
        row += cell.count("\n")
