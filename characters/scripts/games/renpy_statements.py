"""Join the physical rows of Ren'Py scripts into statements."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from characters.scripts.games.renpy_strings import UNCLOSED, ScriptString, find_string

_JOINED_ROWS = 60
"""Most rows of one statement."""


@dataclass(slots=True)
class Statement:
    """Hold one statement of a script."""

    row: int
    indent: int
    text: str
    """Without indentation and comment; of several rows joined by line ends."""
    rows: int
    whole: bool = True
    """Whether its strings and brackets are closed."""


def join_statements(
    rows: Iterable[str], only: re.Pattern[str] | None = None
) -> Iterator[Statement]:
    """Yield the statements; with ``only``, no others than it begins.

    Rows continue a statement whose string or bracket is open.
    """
    held: Statement | None = None
    for number, row in enumerate(rows, start=1):
        if held is None:
            if not row.strip() or (only is not None and not only.match(row)):
                continue
            shown = row.expandtabs(4)
            text = shown.strip()
            held = Statement(number, len(shown) - len(shown.lstrip()), text, 1)
        else:
            held.text += "\n" + row.rstrip()
            held.rows += bool(row.strip())
        held.whole = not is_open(held.text)
        if held.whole or number - held.row >= _JOINED_ROWS:
            yield held
            held = None
    if held is not None:
        yield held


def is_open(text: str) -> bool:
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


def next_string(text: str, at: int) -> ScriptString | None:
    """Return the first whole string from ``at`` on, before any comment."""
    for match in _MARKS.finditer(text, at):
        if match[0] == "#":
            return None
        if match[0] in "\"'`":
            string = find_string(text, match.start())
            return string if string is not None and string.end != UNCLOSED else None
    return None
