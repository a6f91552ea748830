"""Read Ren'Py scripts, ``.rpy``: say statements are lines; menus, code and screens are not.

Source: Ren'Py's documentation, “Dialogue and Narration”, “In-Game Menus”, “Text” (tags).
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from characters.scripts.games.renpy_strings import (
    UNCLOSED,
    ScriptString,
    find_string,
    shown_text,
    split_paragraphs,
)
from characters.scripts.games.story import Part, Said, StoryItem, gather_story, tidy
from characters.scripts.lines import Refusal, reject
from characters.scripts.model import NonDialogue, ParseItem

_LABEL = re.compile(r"label\s+([\w.]+)(?:\s*\(.*\))?(?:\s*hide)?\s*:")
_CODE = re.compile(
    r"(?:init\s+(?:[-\d]+\s+)?)?python\b|screen\b|style\b|transform\b|layeredimage\b|image\b[^\"']*:$"
    r"|translate\s+\w+\s+(?:strings|python|style)\b|testcase\b|atl\b"
)
"""What begins a block without dialogue."""
_COMMANDS = re.compile(
    r"play|queue|stop|voice|show|scene|hide|with|jump|call|return|label|menu|if|elif|else|while|for"
    r"|python|init|define|default|image|transform|screen|style|pause|window|nvl|translate|pass|camera"
    r"|layeredimage|import|from|try|rpy|old|new|at|contains|parallel|block|choice|on|add|use|key|has"
    r"|text|textbutton|imagebutton|vbox|hbox|frame|action|sound|music|onlayer|zorder|behind|as"
    r"|expression|set|switch|case|monologue|clear|testcase|renpy|\$"
)
_NARRATORS = frozenset(("narrator", "centered", "vcentered", "nvl_narrator"))
_SPEAKING = re.compile(r"(?P<who>[^\W\d][\w.]*)(?: [-@]? ?\w+)* ?(?:_+\( ?)?")
_TRANSLATED = re.compile(r"(?:_|__|_p)\s*\(\s*$")
_DEFINED = re.compile(
    r"(?:init\s+(?:[-\d]+\s+)?)?(?:define|default|\$)\s+(?:[-\d]+\s+)?(?P<who>[\w.]+)\s*=\s*(?P<value>.*)",
    re.DOTALL,
)
_CHARACTER = re.compile(r"(?:\w+\.)*(?P<kind>\w*Character)\s*\((?P<rest>.*)", re.DOTALL)
_ARGUMENT = re.compile(r"\s*(?:name\s*=\s*)?(?:_+\s*\(\s*)?(?P<value>None\b|[urbf]*[\"'])")
_NAMED = re.compile(r"\bname\s*=\s*(?:_+\s*\(\s*)?(?=[urbf]*[\"'])")
_KIND = re.compile(r"\bkind\s*=\s*([\w.]+)|^\s*([\w.]+)\s*[,)]")
_INTERPOLATED = re.compile(r"\[(\w+)(?:![a-z]+)?\]")

_JOINED_ROWS = 60
"""Most rows of one statement."""
_NAMES = 10_000
_SAY = re.compile(r"^[ \t]+(?:[^\W\d]\w*[ \t]+(?:\w+[ \t]+)*)?\"[^\"\n]*\"[ \t]*$", re.MULTILINE)
_SURE = re.compile(
    r"^(?:[ \t]*(?:define|default|\$)[ \t]+\w+[ \t]*=[ \t]*(?:Dynamic|ADV|NVL)?Character[ \t]*\("
    r"|label[ \t]+\.?\w[\w.]*[ \t]*(?:\([^)\n]*\))?[ \t]*:[ \t]*$)",
    re.MULTILINE,
)


class RenPy:
    """Read say statements with the names that ``define e = Character("Eileen")`` gives.

    A character that the file does not define is called as its variable. A label begins a scene;
    menus' choices, code and screens are layout.
    """

    name = "renpy"

    def sniff(self, head: str, filename: str) -> float:
        """Return 0.98 for a definition of a character or a label with say statements."""
        if not _SURE.search(head):
            return 0.97 if filename.lower().endswith((".rpy", ".rpym")) else 0
        return 0.98 if _SAY.search(head) else 0

    def parse(self, rows: Iterable[str]) -> Iterator[ParseItem]:
        """Yield scenes and rejections; see ``ScriptFormat.parse``."""
        return gather_story(_Reader().read(_join_statements(rows)))


@dataclass(slots=True)
class _Statement:
    row: int
    indent: int
    text: str
    """Without indentation and comment; of several rows joined by line ends."""
    rows: int
    whole: bool = True
    """Whether its strings and brackets are closed."""


def _join_statements(rows: Iterable[str]) -> Iterator[_Statement]:
    """Yield the statements; rows continue one whose string or bracket is open."""
    held: _Statement | None = None
    for number, row in enumerate(rows, start=1):
        if held is None:
            if not row.strip():
                continue
            shown = row.expandtabs(4)
            text = shown.strip()
            held = _Statement(number, len(shown) - len(shown.lstrip()), text, 1)
        else:
            held.text += "\n" + row.rstrip()
            held.rows += bool(row.strip())
        held.whole = not _is_open(held.text)
        if held.whole or number - held.row >= _JOINED_ROWS:
            yield held
            held = None
    if held is not None:
        yield held


def _is_open(text: str) -> bool:
    """Return whether a string or a bracket of the statement is still open."""
    if text.startswith("#"):
        return False
    depth, at = 0, 0
    for match in _MARKS.finditer(text):
        if match.start() < at:
            continue
        mark = match[0]
        if mark == "#":
            at = text.find("\n", match.start())
            if at < 0:
                break
        elif mark in "([{":
            depth += 1
        elif mark in ")]}":
            depth -= 1
        else:
            string = find_string(text, match.start())
            if string is None:
                continue
            if string.end == UNCLOSED:
                return True
            at = string.end
    return depth > 0 and _OPENABLE.match(text) is not None


_MARKS = re.compile(r"[#()\[\]{}\"'`]")
_OPENABLE = re.compile(r"(?:init|define|default|\$|image|call|jump|show|label|screen|menu)\b|\$")
"""Statements whose brackets may span rows."""


@dataclass(slots=True)
class _Reader:
    """Turn statements into items of a story."""

    names: dict[str, str] = field(default_factory=dict)
    """By variable; "" for a narrator."""
    texts: dict[str, str] = field(default_factory=dict)
    """Values of plain variables, which names may contain."""
    skipped: int | None = None
    """Indentation of the block without dialogue that is open."""
    last: str = ""

    def read(self, statements: Iterable[_Statement]) -> Iterator[StoryItem]:
        for statement in statements:
            if self.skipped is not None and statement.indent > self.skipped:
                yield _layout(statement)
                continue
            self.skipped = None
            yield from self._read(statement)

    def _read(self, statement: _Statement) -> Iterator[StoryItem]:
        text = statement.text
        if label := _LABEL.match(text):
            yield Part(statement.row, label[1], statement.rows)
        elif _CODE.match(text):
            if text.rstrip().endswith(":"):
                self.skipped = statement.indent
            yield _layout(statement)
        elif text.startswith("#") or _COMMANDS.fullmatch(_first_word(text)):
            self._define(text)
            if text.startswith("scene"):
                yield Part(statement.row, "", 0)
            yield _layout(statement)
        elif not statement.whole:
            yield reject(statement.row, text, _UNCLOSED, statement.rows)
        else:
            yield from self._say(statement)

    def _say(self, statement: _Statement) -> Iterator[StoryItem]:
        text = statement.text
        first = _next_string(text, 0)
        if first is None:
            yield _layout(statement)
            return
        before = text[: first.start]
        is_bare = not before.strip() or bool(_TRANSLATED.fullmatch(before.strip()))
        head = None if is_bare else _SPEAKING.fullmatch(tidy(before))
        if head is None and not is_bare:
            yield _layout(statement)
            return
        who, said = (head["who"] if head else ""), first
        name = self._resolve(self.names.get(who, who))
        if not head:
            second = _next_string(text, first.end)
            if second is not None and not text[first.end : second.start].strip():
                name, said = self._resolve(shown_text(first)), second
            elif text.rstrip().endswith(":"):
                yield _layout(statement)  # a choice
                return
        if who in _NARRATORS:
            name = ""
        elif who == "extend":
            name = self.last
        self.last = name
        yield from _lines(statement, name, said)

    def _define(self, text: str) -> None:
        defined = _DEFINED.match(text)
        if defined is None or len(self.names) + len(self.texts) > _NAMES:
            return
        who, value = defined["who"], defined["value"]
        if character := _CHARACTER.match(value):
            name = self._character_name(character["kind"], character["rest"])
            self.names[who] = who if name is None else name
        elif (string := find_string(value, 0)) is not None and string.end != UNCLOSED:
            self.texts[who] = shown_text(string)

    def _character_name(self, kind: str, rest: str) -> str | None:
        """Return the name in a character's arguments; None where it has none of its own."""
        named = _NAMED.search(rest)
        argument = _ARGUMENT.match(rest, named.start() if named else 0)
        if argument is None:
            like = _KIND.search(rest)
            return self.names.get(like[1] or like[2]) if like else None
        if argument["value"] == "None":
            return ""
        string = find_string(rest, argument.start("value"))
        if string is None or string.end == UNCLOSED:
            return None
        name = shown_text(string)
        return f"[{name}]" if kind.startswith("Dynamic") else name

    def _resolve(self, name: str) -> str:
        """Return a name with the values of the variables in it, as far as the file gives them."""
        if (whole := _INTERPOLATED.fullmatch(name)) is not None:
            return self.texts.get(whole[1], whole[1])
        return _INTERPOLATED.sub(lambda match: self.texts.get(match[1], match[0]), name)


_UNCLOSED = Refusal("unclosed_quote", "The quotation mark that opens here is never closed.")


def _lines(statement: _Statement, name: str, said: ScriptString) -> Iterator[StoryItem]:
    """Yield a line for each paragraph; the rows of the statement count with the first."""
    rows = statement.rows
    for offset, paragraph in split_paragraphs(said):
        row = statement.row + statement.text.count("\n", 0, said.start) + offset
        yield Said(row, name, paragraph, rows)
        rows = 0
    if rows:
        yield _layout(statement)


def _layout(statement: _Statement) -> NonDialogue:
    return NonDialogue(statement.row, "layout", statement.rows)


def _first_word(text: str) -> str:
    match = re.match(r"\$|\w+", text)
    return match[0] if match else ""


def _next_string(text: str, at: int) -> ScriptString | None:
    """Return the first whole string from ``at`` on, before any comment."""
    for match in _MARKS.finditer(text, at):
        if match[0] == "#":
            return None
        if match[0] in "\"'`":
            string = find_string(text, match.start())
            return string if string is not None and string.end != UNCLOSED else None
    return None
