"""The entry point: a file in, scenes and rejected rows out, in bounded memory."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import BinaryIO

from characters.errors import ScriptError
from characters.scripts import registry
from characters.scripts.columns import ColumnNames
from characters.scripts.containers import Contents, Wanted
from characters.scripts.decoding import CHUNK_BYTES, make_decoder
from characters.scripts.encodings import detect_encoding
from characters.scripts.model import ParseItem, ParseLimits, Rejection, Scene
from characters.scripts.registry import ScriptFormat

_HEAD_CHARACTERS = 1 << 16
_REJECTED_IN_DETAIL = 5


@dataclass(frozen=True, slots=True)
class ScriptReading:
    """A script about to be read. Each iteration reads the file once, from its start.

    Iterating raises ``ScriptError`` ``line_too_long`` or ``too_many_lines`` where a limit is
    crossed, and ``no_dialogue`` at the end of a file without a single line.
    """

    format: str
    """Name of the format."""
    contents: Contents
    limits: ParseLimits

    @property
    def encoding(self) -> str:
        """Codec name."""
        return self.contents.encoding

    @property
    def confidence(self) -> float:
        """How sure the encoding is, 0 to 1."""
        return self.contents.confidence

    def __iter__(self) -> Iterator[ParseItem]:
        lines = 0
        rejected = 0
        first: list[Rejection] = []
        for item in self.contents.parse():
            if isinstance(item, Scene):
                lines += len(item.lines)
                if lines > self.limits.lines:
                    raise _too_many_lines(item, self.limits.lines)
            elif isinstance(item, Rejection):
                rejected += 1
                if rejected <= _REJECTED_IN_DETAIL:
                    first.append(item)
            yield item
        if not lines:
            raise _no_dialogue(self.format, first, rejected)


def read_script(
    file: BinaryIO,
    filename: str,
    *,
    format: str | None = None,
    encoding: str | None = None,
    columns: ColumnNames | None = None,
    limits: ParseLimits | None = None,
) -> ScriptReading:
    """Find out how ``file`` (seekable) is written, so that its scenes can be iterated over.

    ``format`` and ``encoding`` overrule what would be detected; with ``columns`` the script is a
    table. The encoding is checked over the whole file here. Raises ``ScriptError``:
    ``unknown_format``, ``no_table``, and what ``detect_encoding`` and containers raise. The file
    stays the caller's, who closes it after the last iteration.
    """
    limits = limits or ParseLimits()
    name, contents = _open(file, filename, format, _Request(encoding, columns, limits))
    return ScriptReading(name, contents, limits)


@dataclass(frozen=True, slots=True)
class _Request:
    encoding: str | None
    columns: ColumnNames | None
    limits: ParseLimits


def _open(
    file: BinaryIO, filename: str, format: str | None, request: _Request
) -> tuple[str, Contents]:
    """The name of the format, and what is inside."""
    script_format = None if format is None else registry.get(format)
    if script_format is None:
        file.seek(0)
        script_format = registry.detect_container(file, file.read(CHUNK_BYTES), filename)
    if script_format is not None and not isinstance(script_format, ScriptFormat):
        return script_format.name, script_format.open(file, _wanted(request))
    return _open_text(file, filename, script_format, request)


def _wanted(request: _Request) -> Wanted:
    return Wanted(
        request.limits,
        request.encoding,
        request.columns,
        _parse_unknown,
        lambda file, filename: _open(file, filename, None, request)[1],
    )


def _open_text(
    file: BinaryIO, filename: str, script_format: ScriptFormat | None, request: _Request
) -> tuple[str, Contents]:
    columns = request.columns
    if script_format is not None and columns is not None:
        script_format = registry.with_columns(script_format, columns)
    found = detect_encoding(file, request.encoding)
    if script_format is None:
        head = _read_head(file, found.name)
        if columns is None:
            script_format = registry.detect(head, filename)
        else:
            script_format = registry.detect_table(head, filename, columns)
    chosen = script_format

    def parse() -> Iterator[ParseItem]:
        rows = _read_rows(file, found.name, request.limits.line_characters)
        return chosen.parse(chain.from_iterable(rows))

    return chosen.name, Contents(found.name, found.confidence, parse)


def _parse_unknown(rows: Iterable[str], filename: str) -> Iterator[ParseItem]:
    """Parse rows of text whose format is told from the first of them."""
    rest = iter(rows)
    first: list[str] = []
    characters = 0
    for row in rest:
        first.append(row)
        characters += len(row) + 1
        if characters > _HEAD_CHARACTERS:
            break
    script_format = registry.detect("\n".join(first), filename)
    return script_format.parse(chain(first, rest))


def _read_head(file: BinaryIO, encoding: str) -> str:
    file.seek(0)
    return make_decoder(encoding).decode(file.read(_HEAD_CHARACTERS)).removeprefix("\ufeff")


def _read_rows(file: BinaryIO, encoding: str, line_characters: int) -> Iterator[list[str]]:
    """The rows of the file without their ends, a chunk's worth at a time.

    Only CRLF, CR and LF end a row: ``str.splitlines`` would also split at U+2028 and others that
    may stand inside a line of dialogue. A leading byte order mark is no text.
    """
    file.seek(0)
    decoder = make_decoder(encoding)
    rest = ""
    count = 0
    final = False
    while not final:
        chunk = file.read(CHUNK_BYTES)
        final = not chunk
        text = decoder.decode(chunk, final=final)
        if not count and not rest:
            text = text.removeprefix("\ufeff")
        rows = (rest + text).split("\n")
        if max(map(len, rows)) > line_characters:
            raise _line_too_long(rows, count, line_characters)
        rest = rows.pop()
        count += len(rows)
        yield rows
    if rest:
        yield [rest]


def _line_too_long(rows: list[str], before: int, limit: int) -> ScriptError:
    row = before + 1 + next(index for index, row in enumerate(rows) if len(row) > limit)
    return ScriptError(
        "line_too_long",
        f"Row {row:,} is longer than {limit:,} characters, the most that a row may have.",
        row=row,
        limit=limit,
    )


def _too_many_lines(scene: Scene, limit: int) -> ScriptError:
    return ScriptError(
        "too_many_lines",
        f"The script has more than {limit:,} lines of dialogue, the most that one may have;"
        f" the scene at row {scene.row:,} crosses that. Upload it in parts.",
        row=scene.row,
        limit=limit,
    )


def _no_dialogue(format_name: str, first: list[Rejection], rejected: int) -> ScriptError:
    expected = {
        "csv": "a header row, then one scene a record: an episode number (may be empty) and, in"
        " the second column, its lines as “Name: text”",
        "text": "one “Name: text” a row",
        "table": "a header row, then one record a line: who speaks and what, in two columns",
        "jsonl": "one JSON object a row, with who speaks and what in fields of their own",
    }.get(format_name)
    message = f"No line of dialogue was found in this file, read as {format_name}."
    if expected:
        message += f" That format has {expected}."
    if first:
        message += f" Row {first[0].row:,}: {first[0].reason}"
    return ScriptError(
        "no_dialogue",
        message,
        rejected_total=rejected,
        rejected=[
            {"row": item.row, "text": item.text, "code": item.code, "reason": item.reason}
            for item in first
        ],
    )
