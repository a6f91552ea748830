"""Read Ren'Py scripts, ``.rpy``: say statements are lines; menus, code and screens are not.

Source: Ren'Py's documentation, “Dialogue and Narration”, “In-Game Menus”, “Text” (tags).
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice

from characters.scripts.games.renpy_names import CharacterNames
from characters.scripts.games.renpy_statements import Statement, join_statements, next_string
from characters.scripts.games.renpy_strings import ScriptString, shown_text, split_paragraphs
from characters.scripts.games.story import Part, Said, StoryItem, gather_story, tidy
from characters.scripts.lines import Refusal, reject
from characters.scripts.model import NonDialogue, ParseItem

_LABEL = re.compile(r"label\s+([\w.]+)(?:\s*\(.*\))?(?:\s*hide)?\s*:")
_CODE = re.compile(
    r"(?:init\s+(?:[-\d]+\s+)?)?python\b|screen\b|style\b|transform\b|layeredimage\b|image\b[^\"']*:$"
    r"|translate\s+\w+\s+(?:strings|python|style)\b|testcase\b|testsuite\b|atl\b"
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
_SPECIAL = _NARRATORS | {"extend"}
_SPEAKING = re.compile(r"(?P<who>[^\W\d][\w.]*)(?: [-@]? ?\w+)* ?(?:_+\( ?)?")
_TRANSLATED = re.compile(r"(?:_|__|_p)\s*\(\s*$")

_SAID_IN_CODE = re.compile(r"\$\s*renpy\.say\(\s*(?:(?P<who>\w+)|(?=[\"']))\s*,?\s*")
_ATTRIBUTES = re.compile(r"[\w\s@-]*")
_AHEAD_ROWS = 200_000
"""Rows that are read ahead for definitions, which may stand below what is said."""
_REPORTED = 50
"""Most variables without a definition that are reported."""
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
        if _SURE.search(head) and _SAY.search(head):
            return 0.98
        return 0.97 if filename.lower().endswith((".rpy", ".rpym")) else 0

    def parse(self, rows: Iterable[str]) -> Iterator[ParseItem]:
        """Yield scenes and rejections; see ``ScriptFormat.parse``."""
        rest = iter(rows)
        ahead = list(islice(rest, _AHEAD_ROWS))
        cast = CharacterNames()
        cast.add_all(ahead)
        return gather_story(_Reader(cast).read(join_statements(chain(ahead, rest))))


@dataclass(slots=True)
class _Reader:
    """Turn statements into items of a story."""

    cast: CharacterNames
    skipped: int | None = None
    """Indentation of the block without dialogue that is open."""
    last: str = ""
    undefined: set[str] = field(default_factory=set)

    def read(self, statements: Iterable[Statement]) -> Iterator[StoryItem]:
        for statement in statements:
            if self.skipped is not None and statement.indent > self.skipped:
                yield _layout(statement)
                continue
            self.skipped = None
            yield from self._read(statement)

    def _read(self, statement: Statement) -> Iterator[StoryItem]:
        text = statement.text
        if label := _LABEL.match(text):
            yield Part(statement.row, label[1], statement.rows)
        elif _CODE.match(text):
            if text.rstrip().endswith(":"):
                self.skipped = statement.indent
            yield _layout(statement)
        elif (call := _SAID_IN_CODE.match(text)) is not None:
            yield from self._say_in_code(statement, call)
        elif text.startswith("#") or _COMMANDS.fullmatch(_first_word(text)):
            self.cast.define(text)
            if text.startswith("scene"):
                yield Part(statement.row, "", 0)
            yield _layout(statement)
        elif not statement.whole:
            yield reject(statement.row, text, _UNCLOSED, statement.rows)
        else:
            yield from self._say(statement)

    def _say(self, statement: Statement) -> Iterator[StoryItem]:
        text = statement.text
        first = next_string(text, 0)
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
        name = self.cast.name_of(who)
        if not head:
            second = next_string(text, first.end)
            between = "" if second is None else text[first.end : second.start]
            if second is not None and _ATTRIBUTES.fullmatch(between):
                name, said = self.cast.resolve(shown_text(first)), second
            elif text.rstrip().endswith(":"):
                yield _layout(statement)  # a choice
                return
        if who in _NARRATORS:
            name = ""
        elif who == "extend":
            name = self.last
        self.last = name
        yield from self._report(statement, who)
        yield from _lines(statement, name, said)

    def _say_in_code(self, statement: Statement, call: re.Match[str]) -> Iterator[StoryItem]:
        """Yield what ``renpy.say(e, "…")`` says; its first argument may be the name itself."""
        said, name = next_string(statement.text, call.end()), self.cast.name_of(call["who"] or "")
        if said is not None and not call["who"]:
            name = self.cast.resolve(shown_text(said))
            said = next_string(statement.text, said.end)
        if said is None:
            yield _layout(statement)
            return
        yield from _lines(statement, "" if call["who"] in _NARRATORS else name, said)

    def _report(self, statement: Statement, who: str) -> Iterator[StoryItem]:
        """Yield a doubt, once for each variable that the file does not define."""
        if not who or who in _SPECIAL or self.cast.knows(who) or who in self.undefined:
            return
        if len(self.undefined) < _REPORTED:
            self.undefined.add(who)
            yield reject(statement.row, who, UNDEFINED, rows=0)


UNDEFINED = Refusal(
    "undefined_character",
    "This character is defined in another file, so that it is called as its variable here: upload"
    " the game's .rpy files in one ZIP archive, or rename the speaker.",
)
_UNCLOSED = Refusal("unclosed_quote", "The quotation mark that opens here is never closed.")


def _lines(statement: Statement, name: str, said: ScriptString) -> Iterator[StoryItem]:
    """Yield a line for each paragraph; the rows of the statement count with the first."""
    rows = statement.rows
    for offset, paragraph in split_paragraphs(said):
        row = statement.row + statement.text.count("\n", 0, said.start) + offset
        yield Said(row, name, paragraph, rows)
        rows = 0
    if rows:
        yield _layout(statement)


def _layout(statement: Statement) -> NonDialogue:
    return NonDialogue(statement.row, "layout", statement.rows)


def _first_word(text: str) -> str:
    match = re.match(r"\$|\w+", text)
    return match[0] if match else ""
