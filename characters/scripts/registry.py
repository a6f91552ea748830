"""List the script formats, and detect which one a file is in.

A new format is one module with one class and one entry: in ``_FORMATS`` if its rows are rows of
text, else in ``_CONTAINERS``.
"""

from collections.abc import Iterable, Iterator
from typing import BinaryIO, Protocol, runtime_checkable

from characters.errors import ScriptError
from characters.scripts.archives.zip_archive import ZipArchive
from characters.scripts.containers import ContainerFormat
from characters.scripts.documents.epub import Epub
from characters.scripts.documents.open_document import OpenDocument
from characters.scripts.documents.pdf import Pdf
from characters.scripts.documents.tei import Tei
from characters.scripts.documents.web_page import WebPage
from characters.scripts.documents.word import Word
from characters.scripts.games.ink import Ink
from characters.scripts.games.kag import Kag, Naninovel
from characters.scripts.games.renpy import RenPy
from characters.scripts.games.rpg_maker import RpgMaker
from characters.scripts.games.twee import Twee
from characters.scripts.games.yarn import Yarn
from characters.scripts.json.lines import JsonLines
from characters.scripts.json.script import JsonScript
from characters.scripts.model import ParseItem
from characters.scripts.plays.stage_play import StagePlay
from characters.scripts.prose.novel import Prose
from characters.scripts.screenplays.final_draft import FinalDraft
from characters.scripts.screenplays.fountain import Fountain
from characters.scripts.screenplays.screenplay import Screenplay
from characters.scripts.subtitles.frames import FrameSubtitles
from characters.scripts.subtitles.marked_up import Sami, Ttml
from characters.scripts.subtitles.substation import SubStation
from characters.scripts.subtitles.timed_text import TimedText
from characters.scripts.syntax import find_syntax, refuse_syntax
from characters.scripts.tables.columns import ColumnNames
from characters.scripts.tables.delimited import TABLE_ENDINGS, Table
from characters.scripts.tables.markdown import MarkdownTable
from characters.scripts.tables.parquet import Parquet
from characters.scripts.tables.reference_csv import ReferenceCsv
from characters.scripts.tables.workbook import Workbook
from characters.scripts.text.plain_text import PlainText


@runtime_checkable
class ScriptFormat(Protocol):
    """Parse one way of writing scenes down. Implementations keep no state between scripts."""

    @property
    def name(self) -> str:
        """Return the format's name in the API: stable, lower case."""

    def sniff(self, head: str, filename: str) -> float:
        r"""Return how surely ``head``, the beginning of a script, is in this format: 0 to 1.

        Row ends in ``head`` are ``\n``; it may end in the middle of a row. Never raises.
        """

    def parse(self, rows: Iterable[str]) -> Iterator[ParseItem]:
        """Yield scenes and rejected rows, each as soon as it is complete, in bounded memory.

        ``rows`` are the physical rows of the file without their ends. A row that cannot be used is
        yielded as a ``Rejection``; ``ScriptError`` is for a script that cannot be read at all.
        """


@runtime_checkable
class TableFormat(ScriptFormat, Protocol):
    """Parse a format with columns that the caller may name."""

    def with_columns(self, columns: ColumnNames) -> ScriptFormat:
        """Return the same format with its columns named."""


PLAIN_TEXT = PlainText()

_FORMATS: dict[str, ScriptFormat] = {
    script_format.name: script_format
    for script_format in (
        ReferenceCsv(),
        Table(),
        MarkdownTable(),
        JsonLines(),
        Fountain(),
        Screenplay(),
        StagePlay(),
        TimedText("srt"),
        TimedText("vtt"),
        SubStation(),
        FrameSubtitles(),
        RenPy(),
        Ink(),
        Yarn(),
        Twee(),
        Kag(),
        Naninovel(),
        Prose(),
        PLAIN_TEXT,
    )
}

_ROWS_OF_TEXT = frozenset({"csv", "fountain", "screenplay", "play", "prose", "text"})
"""Formats without marks of their own, which JSON and markup may resemble by chance."""


_CONTAINERS: dict[str, ContainerFormat] = {
    container.name: container
    for container in (
        RpgMaker(),
        JsonScript(),
        Parquet(),
        FinalDraft(),
        Workbook(),
        Word(),
        OpenDocument(),
        Epub(),
        WebPage(),
        Pdf(),
        Tei(),
        Ttml(),
        Sami(),
        ZipArchive(),  # last, because workbooks, documents and books are ZIP archives too
    )
}
"""In the order in which they are tried."""


def names() -> list[str]:
    """Return the names of the known formats."""
    return [*_FORMATS, *_CONTAINERS]


def get(name: str) -> ScriptFormat | ContainerFormat:
    """Return the format called ``name``; raise ``ScriptError`` ``unknown_format`` without one."""
    found = _FORMATS.get(name) or _CONTAINERS.get(name)
    if found is None:
        raise ScriptError(
            "unknown_format",
            f"There is no script format “{name[:40]}”; known formats: {', '.join(names())}.",
            known=names(),
        )
    return found


def detect_container(file: BinaryIO, head: bytes, filename: str) -> ContainerFormat | None:
    """Return the container format of ``file``, or None for text and unknown binary files."""
    found = (known for known in _CONTAINERS.values() if known.claims(file, head, filename))
    return next(found, None)


def with_columns(script_format: ScriptFormat, columns: ColumnNames) -> ScriptFormat:
    """Return ``script_format`` with the caller's columns; raise ``ScriptError`` ``no_table``."""
    if isinstance(script_format, TableFormat):
        return script_format.with_columns(columns)
    tables = [name for name, known in _FORMATS.items() if isinstance(known, TableFormat)]
    raise ScriptError(
        "no_table",
        f"Columns were named, but the format {script_format.name} has none that can be; formats"
        f" with columns: {', '.join(tables)}.",
        known=tables,
    )


def detect_table(head: str, filename: str, columns: ColumnNames) -> ScriptFormat:
    """Return the likeliest format among those with columns, reading ``columns``."""
    tables = [
        known.with_columns(columns) for known in _FORMATS.values() if isinstance(known, TableFormat)
    ]
    return max(tables, key=lambda table: table.sniff(head, filename))


def detect(head: str, filename: str) -> ScriptFormat:
    """Return the format that claims ``head`` most surely.

    Where no format claims it, the file name's ending decides, and reading raises ``no_columns``, or
    ``no_dialogue`` with the rejected rows. Raises ``no_dialogue`` at once for JSON and markup that
    no format claims but those for rows of text: their rows are never dialogue.
    """
    scores = {name: script.sniff(head, filename) for name, script in _FORMATS.items()}
    # Of equal claims a chat's is the surest: commas in its stamps look like a table's.
    best = max(reversed(scores), key=lambda name: scores[name])
    if scores[best] <= 0:
        best = "table" if filename.lower().endswith(TABLE_ENDINGS) else "text"
    if best in _ROWS_OF_TEXT and (syntax := find_syntax(head)) is not None:
        raise refuse_syntax(syntax)
    return _FORMATS[best]
