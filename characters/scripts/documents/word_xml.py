"""Read the paragraphs and tables of WordprocessingML, a chunk of XML at a time.

Format: ECMA-376 part 1, section 17. Tracked insertions are read, tracked deletions are not.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from characters.errors import ScriptError
from characters.scripts.documents.layout import DocumentRows
from characters.scripts.documents.xml import DEPTH, gather_xml, keep_small, local_name, parse_xml

_WORD = "/wordprocessingml/"  # in both the transitional and the strict namespace
_TWIPS_PER_COLUMN = 144
"""A column is a tenth of an inch: a character of the typewriters that screenplays imitate."""
_CENTRE_COLUMNS = 30
_MOST_COLUMNS = 60
_INHERITED = 10
_HEADINGS = ("heading", "title", "标题")
_LEFT_OUT = frozenset(("del", "moveFrom", "Fallback", "pPrChange", "rPrChange", "rt"))
"""Among them ``rt``: how the characters of a word are pronounced."""
_TEXTS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}


@dataclass(slots=True)
class Style:
    """Describe a paragraph's look, as far as it shows its kind; None where it is inherited."""

    heading: bool | None = None
    columns: int | None = None
    """Its indentation."""
    based_on: str = ""


@dataclass(slots=True)
class _Paragraph(Style):
    texts: list[str] = field(default_factory=list)
    characters: int = 0


class _Target:
    """Track the open elements and the looks of paragraphs, for styles and documents alike."""

    def __init__(self) -> None:
        self.tags: list[str] = []
        self.open: Sequence[Style] = ()
        """The open styles or paragraphs: several, since a text box lies in a paragraph."""
        self._left_out = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if len(self.tags) == DEPTH:
            raise ScriptError("invalid_xml", "The document's elements are nested too deeply.")
        name = local_name(tag) if _WORD in tag or tag.endswith("}Fallback") else ""
        self.tags.append(name)
        self._left_out += name in _LEFT_OUT
        if not self._left_out:
            self.begin(name, {local_name(key): value for key, value in attributes.items()})

    def end(self, tag: str) -> None:
        name = self.tags.pop()
        if not self._left_out:
            self.finish(name)
        self._left_out -= name in _LEFT_OUT

    def data(self, text: str) -> None:
        if not self._left_out and self.open and self.tags[-1] == "t":
            self.add_text(text)

    def close(self) -> None:
        """Ignore the end of the part."""

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        """Begin an element that is not left out."""
        if not self.open:
            return
        value = attributes.get("val", "")
        style = self.open[-1]
        if name == "jc" and value == "center":
            style.columns = _CENTRE_COLUMNS
        elif name == "ind":
            style.columns = _to_columns(attributes.get("left") or attributes.get("start") or "")
        elif name == "outlineLvl":
            style.heading = value != "9"  # body text
        elif name in ("pStyle", "basedOn"):
            style.based_on = value

    def finish(self, name: str) -> None:
        """End an element that is not left out."""

    def add_text(self, text: str) -> None:
        """Add a piece of text."""


class _Styles(_Target):
    def __init__(self) -> None:
        super().__init__()
        self.styles: dict[str, Style] = {}

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        if name == "style":
            self.open = [Style()]
            self.styles[attributes.get("styleId", "")] = self.open[0]
        elif name == "name" and self.open:
            called = attributes.get("val", "").lower()
            self.open[-1].heading = called.startswith(_HEADINGS) or None
        super().begin(name, attributes)


class _Document(_Target):
    def __init__(self, styles: dict[str, Style], characters: int) -> None:
        super().__init__()
        self.open: list[_Paragraph] = []
        self.rows = DocumentRows()
        self._styles = styles
        self._limit = characters

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        if name == "p":
            self.open.append(_Paragraph())
        elif name == "tbl":
            self.rows.begin_table()
        elif name == "tc":
            self.rows.begin_cell()
        elif name in _TEXTS and self.open and self.tags[-2:-1] == ["r"]:
            self.add_text(_TEXTS[name])
        super().begin(name, attributes)

    def finish(self, name: str) -> None:
        if name == "p":
            self.rows.add(self._read(self.open.pop()))
        elif name == "tr":
            self.rows.end_row()
        elif name == "tbl":
            self.rows.end_table()

    def add_text(self, text: str) -> None:
        paragraph = self.open[-1]
        paragraph.texts.append(text)
        paragraph.characters += len(text)
        if paragraph.characters > self._limit:
            raise ScriptError(
                "line_too_long",
                f"A paragraph is longer than {self._limit:,} characters, the most that one may"
                f" have; it begins “{''.join(paragraph.texts)[:40]}”.",
                limit=self._limit,
            )

    def _read(self, paragraph: _Paragraph) -> list[str]:
        text = "".join(paragraph.texts)
        if not text.strip():
            return [""]
        self._inherit(paragraph)
        if paragraph.heading:
            return [f"# {' '.join(text.split())}"]
        return [" " * (paragraph.columns or 0) + row for row in text.split("\n")]

    def _inherit(self, paragraph: Style) -> None:
        name = paragraph.based_on
        for _ in range(_INHERITED):
            style = self._styles.get(name)
            if style is None:
                return
            if paragraph.heading is None:
                paragraph.heading = style.heading
            if paragraph.columns is None:
                paragraph.columns = style.columns
            name = style.based_on


def read_styles(chunks: Iterable[bytes]) -> dict[str, Style]:
    """Return the styles of the part ``word/styles.xml``, by their ids."""
    target = _Styles()
    for _ in parse_xml(keep_small(chunks), target):
        pass
    return target.styles


def read_paragraphs(
    chunks: Iterable[bytes], styles: dict[str, Style], characters: int
) -> Iterator[str]:
    """Yield the rows of ``word/document.xml``: a paragraph, or the part before a line break.

    Headings are written as Markdown's. Raises ``ScriptError``: ``invalid_xml``, and
    ``line_too_long`` for a paragraph of more than ``characters`` characters.
    """
    target = _Document(styles, characters)
    yield from gather_xml(chunks, target, target.rows.complete)


def _to_columns(twips: str) -> int:
    try:
        return min(_MOST_COLUMNS, max(0, round(float(twips) / _TWIPS_PER_COLUMN)))
    except (ValueError, OverflowError):
        return 0
