"""Find the strings of Ren'Py statements, and the texts that they show."""

import re
from collections.abc import Iterator
from typing import NamedTuple

UNCLOSED = -1

_READING = re.compile(r"\{rt\}[^{}]*\{/rt\}")
_BREAKS = re.compile(r"\{(?:p|space|vspace)(?:=[^{}]*)?\}|\\n")
_TAG = re.compile(r"(?<!\{)\{[^{}]*\}")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


class ScriptString(NamedTuple):
    """Hold a string of a statement."""

    start: int
    """Index of its quotation mark."""
    end: int
    """Index behind its last mark, or ``UNCLOSED``."""
    body: str
    triple: bool


def find_string(text: str, start: int) -> ScriptString | None:
    """Return the string that begins at ``start`` (a mark, or a prefix such as ``u``)."""
    at = start
    while at < len(text) and text[at] in "urbfURBF" and at - start < 2:
        at += 1
    mark = text[at : at + 1]
    if mark not in ("'", '"', "`") or not mark:
        return None
    triple = text.startswith(mark * 3, at)
    closing = mark * 3 if triple else mark
    begin = position = at + len(closing)
    while True:
        end = text.find(closing, position)
        if end < 0:
            return ScriptString(at, UNCLOSED, "", triple)
        last = end
        while last > position and text[last - 1] == "\\":
            last -= 1
        if (end - last) % 2 == 0:
            return ScriptString(at, end + len(closing), text[begin:end], triple)
        position = end + 1


def shown_text(string: ScriptString) -> str:
    """Return the text as players read it: without tags, on one row."""
    return _show(string.body)


def split_paragraphs(string: ScriptString) -> Iterator[tuple[int, str]]:
    """Yield the texts of a string, each with its row within it: a triple one has paragraphs."""
    if not string.triple:
        yield 0, _show(string.body)
        return
    offset = 0
    begin: int | None = None
    gathered: list[str] = []
    for offset, row in enumerate(string.body.split("\n")):
        if row.strip():
            begin = offset if begin is None else begin
            gathered.append(row.strip())
        elif begin is not None:
            yield begin, _show(" ".join(gathered))
            begin, gathered = None, []
    if begin is not None:
        yield begin, _show(" ".join(gathered))


def _show(text: str) -> str:
    shown = _BREAKS.sub(" ", _READING.sub("", text))
    shown = _TAG.sub("", shown).replace("{{", "{").replace("[[", "[").replace("%%", "%")
    return " ".join(_ESCAPE.sub(lambda match: match[1], shown).split())
