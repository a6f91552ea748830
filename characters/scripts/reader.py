"""Read a script: a file in, scenes and rejected rows out, in bounded memory."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from typing import BinaryIO

from characters.errors import ArchiveError, ScriptError
from characters.scripts import registry
from characters.scripts.aliases import rename_speakers, resolve_aliases
from characters.scripts.containers import ContainerRequest, Contents
from characters.scripts.encodings.decoding import CHUNK_BYTES
from characters.scripts.encodings.detection import detect_encoding
from characters.scripts.front_matter import find_front_matter
from characters.scripts.implausible_names import SpeakerCheck
from characters.scripts.inline_markup import find_markup, parse_without_markup
from characters.scripts.model import NonDialogue, ParseItem, ParseLimits, Rejection, Scene
from characters.scripts.name_rows import NameRows, find_name_rows
from characters.scripts.printing import RowMemory
from characters.scripts.registry import ScriptFormat
from characters.scripts.rows import read_head, read_rows, with_damage
from characters.scripts.ruby import has_ruby, strip_ruby
from characters.scripts.tables.columns import ColumnNames

_HEAD_CHARACTERS = 1 << 16
_REJECTED_IN_DETAIL = 5
_FRAMED = frozenset({"play", "prose", "screenplay", "text"})
"""Formats whose text may have front matter and readings beside words."""
_DOCUMENT = (
    "written “Name: text” or as prose with a clause beside what is quoted that names who speaks"
)


@dataclass(frozen=True, slots=True)
class ScriptReading:
    """Hold a script that is ready to be read; each iteration reads the file from its start.

    Iterating raises ``ScriptError`` ``line_too_long`` or ``too_many_lines`` where a limit is
    crossed, and at the end of a file ``no_dialogue`` without a single line, or
    ``implausible_speakers`` where nine lines in ten have a speaker that is no name and the format
    was detected.
    """

    format: str
    """Name of the format."""
    contents: Contents
    limits: ParseLimits
    aliases: Mapping[str, str]
    """The speaker's name for each alias."""
    is_detected: bool = True
    """Whether the format was detected, not named by the caller."""

    @property
    def encoding(self) -> str:
        """Return the codec's name."""
        return self.contents.encoding

    @property
    def confidence(self) -> float:
        """Return the confidence in the encoding, 0 to 1."""
        return self.contents.confidence

    def __iter__(self) -> Iterator[ParseItem]:
        lines = 0
        rejected = 0
        first: list[Rejection] = []
        check = SpeakerCheck()
        items = self._parse()
        for item in rename_speakers(items, self.aliases) if self.aliases else items:
            if isinstance(item, Scene):
                lines += len(item.lines)
                check.add([line.speaker for line in item.lines])
                if lines > self.limits.lines:
                    raise _too_many_lines(item, self.limits.lines)
            elif isinstance(item, Rejection):
                rejected += 1
                if rejected <= _REJECTED_IN_DETAIL:
                    first.append(item)
            yield item
        if not lines:
            raise _no_dialogue(self.format, first, rejected)
        if self.is_detected and (refusal := check.refusal(self.format)) is not None:
            raise refusal

    def _parse(self) -> Iterator[ParseItem]:
        try:
            yield from self.contents.parse()
        except ArchiveError as error:
            raise ScriptError(error.code, str(error), **error.detail) from error


def read_script(
    file: BinaryIO,
    filename: str,
    *,
    format: str | None = None,
    encoding: str | None = None,
    columns: ColumnNames | None = None,
    aliases: Mapping[str, str] | None = None,
    limits: ParseLimits | None = None,
    memory: RowMemory | None = None,
) -> ScriptReading:
    """Detect the format and encoding of ``file`` (seekable), and return a reading of its scenes.

    ``format`` and ``encoding`` override detection; with ``columns`` the script is read as a table;
    ``aliases`` map other names of a speaker to the one to use; ``memory`` remembers the rows of a
    file that is text or paragraphs. The whole file is decoded here to
    check the encoding. The caller keeps the file, and closes it after the last iteration.

    Raises ``ScriptError``: ``unknown_format``, ``no_table``, and the errors of ``resolve_aliases``,
    ``detect_encoding`` and containers.
    """
    limits = limits or ParseLimits()
    names = resolve_aliases(aliases or {})
    try:
        name, contents = _open(file, filename, format, _Request(encoding, columns, limits, memory))
    except ArchiveError as error:
        raise ScriptError(error.code, str(error), **error.detail) from error
    return ScriptReading(name, contents, limits, names, is_detected=format is None)


@dataclass(frozen=True, slots=True)
class _Request:
    encoding: str | None
    columns: ColumnNames | None
    limits: ParseLimits
    memory: RowMemory | None = None
    depth: int = 0

    def watch(self, rows: Iterable[str]) -> Iterable[str]:
        """Return ``rows``, remembered where the caller asked for it."""
        return rows if self.memory is None else self.memory.watch(rows)


def _open(
    file: BinaryIO, filename: str, format: str | None, request: _Request
) -> tuple[str, Contents]:
    """Return the name of the format, and the contents."""
    script_format = None if format is None else registry.get(format)
    if script_format is None:
        file.seek(0)
        script_format = registry.detect_container(file, file.read(CHUNK_BYTES), filename)
    if script_format is not None and not isinstance(script_format, ScriptFormat):
        return script_format.name, script_format.open(file, _inside(request))
    return _open_text(file, filename, script_format, request)


def _inside(request: _Request) -> ContainerRequest:
    inside = replace(request, depth=request.depth + 1)
    return ContainerRequest(
        limits=request.limits,
        encoding=request.encoding,
        columns=request.columns,
        read_rows=lambda rows, filename: _parse_unknown(request.watch(rows), filename),
        read_member=lambda file, filename: _open(file, filename, None, inside)[1],
        depth=request.depth,
    )


def _open_text(
    file: BinaryIO, filename: str, script_format: ScriptFormat | None, request: _Request
) -> tuple[str, Contents]:
    columns = request.columns
    if script_format is not None and columns is not None:
        script_format = registry.with_columns(script_format, columns)
    found = detect_encoding(file, request.encoding)
    head = read_head(file, found.name, _HEAD_CHARACTERS)
    if script_format is None:
        if columns is None:
            script_format = _detect(head, filename)
        else:
            script_format = registry.detect_table(head, filename, columns)
    chosen = script_format

    def parse() -> Iterator[ParseItem]:
        damaged_rows: deque[Rejection] = deque()
        rows = read_rows(file, found.name, request.limits.line_characters, damaged_rows)
        items = _parse(chosen, request.watch(chain.from_iterable(rows)), head)
        return with_damage(items, damaged_rows) if found.damaged else items

    return chosen.name, Contents(found.name, found.confidence, parse, head=head)


def _parse_unknown(rows: Iterable[str], filename: str) -> Iterator[ParseItem]:
    """Parse rows of text, detecting the format from the first of them."""
    rest = iter(rows)
    first: list[str] = []
    characters = 0
    for row in rest:
        first.append(row)
        characters += len(row) + 1
        if characters > _HEAD_CHARACTERS:
            break
    head = "\n".join(first)
    return _parse(_detect(head, filename), chain(first, rest), head)


def _detect(head: str, filename: str) -> ScriptFormat:
    """Return the format of a text, judged without markup and what stands around it."""
    found = registry.detect(head, filename)
    if found.name not in _FRAMED:
        return found
    rewrite = find_markup(head)
    plain = "\n".join(map(rewrite, head.split("\n"))) if rewrite else head
    framed, ruby = find_front_matter(plain), has_ruby(plain)
    rows: Iterable[str] = plain.split("\n")
    rows = rows if framed is None else framed.strip(rows, deque())
    text = list(strip_ruby(rows) if ruby else rows)
    named = find_name_rows(text)
    if named is not None:
        return registry.PLAIN_TEXT
    return registry.detect("\n".join(text), filename)


def _parse(chosen: ScriptFormat, rows: Iterable[str], head: str) -> Iterator[ParseItem]:
    """Parse ``rows``, which begin with ``head``, without markup and what is around the text."""
    if chosen.name not in _FRAMED:
        return chosen.parse(rows)
    rewrite = find_markup(head)
    plain = "\n".join(map(rewrite, head.split("\n"))) if rewrite else head
    parse = partial(_parse_framed, chosen, plain)
    return parse(rows) if rewrite is None else parse_without_markup(rows, rewrite, parse)


def _parse_framed(chosen: ScriptFormat, head: str, rows: Iterable[str]) -> Iterator[ParseItem]:
    framed = find_front_matter(head)
    rows = strip_ruby(rows) if has_ruby(head) else rows
    named = find_name_rows(head.split("\n")) if chosen.name == "text" else None
    parse = chosen.parse if named is None else partial(_parse_named, chosen, named)
    return parse(rows) if framed is None else framed.parse(rows, parse)


def _parse_named(chosen: ScriptFormat, named: NameRows, rows: Iterable[str]) -> Iterator[ParseItem]:
    left_out: deque[NonDialogue] = deque()
    for item in chosen.parse(named.rewrite(rows, left_out)):
        while left_out:
            yield left_out.popleft()
        yield item
    yield from left_out


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
        "prose": "speech in quotation marks, and a clause beside it that names who speaks",
        "table": "a header row, then one record a line: who speaks and what, in two columns",
        "markdown": "a table with a header for who speaks and what, over a rule of |---|---|",
        "fountain": "the name of who speaks in capitals, or behind an @, on a row of its own, and"
        " what is said in the rows under it",
        "screenplay": "the name of who speaks in capitals (Chinese: a few characters) on a row of"
        " its own, and what is said in the rows under it",
        "play": "names that a stop, a dash, a gap or brackets part from what is said beside or"
        " below them: “MIRA. Late.”, “MIRA [aside]. Late.”, “米拉　迟了。”",
        "fdx": "paragraphs of the types Character and Dialogue",
        "srt": "cues: a row of two times such as 00:01:02,500 --> 00:01:04,000, and under it what"
        " is said",
        "vtt": "the row WEBVTT, then cues: a row of two times such as 01:02.500 --> 01:04.000, and"
        " under it what is said",
        "tei": "speeches, marked sp, with a speaker",
        "ttml": "paragraphs with times",
        "sami": "SYNC marks with paragraphs",
        "microdvd": "rows with two numbers in brackets, and behind them what is said",
        "odt": f"a paragraph for each line, {_DOCUMENT}",
        "ass": "events: “Dialogue:” and, parted by commas, the fields of the row “Format:”",
        "renpy": 'say statements such as e "Hello.", and definitions of e as a Character',
        "ink": "rows “Name: text”, or text under a tag # speaker: Name",
        "yarn": "nodes with rows “Name: text”",
        "twee": "passages with rows “Name: text”",
        "kag": "messages under #Name, or behind 【Name】",
        "naninovel": "rows “Name: text”",
        "rpgmaker": "messages with a name: its own field, \\n<Name> in the text, or a first row"
        " “Name:”",
        "jsonl": "one JSON object a row, with who speaks and what in fields of their own",
        "json": "an array of objects, each with who speaks and what in fields of their own, or with"
        " a list of dialogue (messages, conversations, dialog)",
        "parquet": "a record a row, with who speaks and what in columns of their own, or with a"
        " list of dialogue",
        "docx": f"a paragraph for each line, {_DOCUMENT}",
        "pdf": f"rows of text: a screenplay in columns, or a paragraph for each line, {_DOCUMENT}",
        "epub": f"a paragraph for each line, {_DOCUMENT}",
        "html": f"a paragraph for each line, {_DOCUMENT}",
        "xlsx": "sheets with a header row that names a column for who speaks and one for what is"
        " said, or with scenes in their second column",
        "zip": "scripts as its files",
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
            {
                "row": item.row,
                "part": item.member,
                "text": item.text,
                "code": item.code,
                "reason": item.reason,
            }
            for item in first
        ],
    )
