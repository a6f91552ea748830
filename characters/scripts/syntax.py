"""Recognise text that is JSON or markup by its syntax: neither is ever rows of dialogue."""

import re
from typing import Literal

from characters.errors import ScriptError

Syntax = Literal["JSON", "XML or HTML"]

_LOOKED_AT = 4_096
"""Characters from the beginning that are examined."""

_JSON_BEGINS = re.compile(r'\s*(?:\{\s*(?:"|\}|$)|\[\s*(?:[\[{"\]]|null\b|true\b|false\b|-?\d|$))')
_TOKENS = re.compile(
    r'(?:[\s{}\[\]:,]|"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true\b|false\b|null\b)*+', re.DOTALL
)
_CUT_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*\\?|[a-z]{0,5}', re.DOTALL)
"""What may remain of a token at the end of the examined beginning."""
_FEWEST_TOKENS = 5

_XML_BEGINS = re.compile(r"\s*<(?:\?xml\b|!doctype\b|\w[\w:.-]*(?:\s[^<>]*)?>)", re.IGNORECASE)
_DECLARED = re.compile(r"\s*<(?:\?xml|!doctype)\b", re.IGNORECASE)
_ELEMENT = re.compile(r"<(\w[\w:.-]*)(?=[\s>/])")
_CLOSED = re.compile(r"</(\w[\w:.-]*)\s*>")
_INLINE = frozenset(
    ("b", "i", "u", "s", "em", "strong", "font", "span", "br", "p", "small", "big", "a", "sup")
)
"""Elements that people type into plain text to emphasise a part of it."""
_TAGGED_SHARE = 0.5


def find_syntax(head: str) -> Syntax | None:
    """Return the syntax that ``head``, the beginning of a text, is written in; None for text.

    JSON is a sequence of nothing but its tokens, so that ``[Mira] Hello`` and ``[12:30] Mira: Hi``
    are text. Markup declares itself, or closes most of its elements other than emphasis.
    """
    beginning = head.removeprefix("\ufeff")[:_LOOKED_AT]
    if _is_json(beginning, cut=len(head) > _LOOKED_AT):
        return "JSON"
    return "XML or HTML" if _is_markup(beginning) else None


def refuse_syntax(syntax: Syntax) -> ScriptError:
    """Return the refusal of a file in ``syntax`` without a form of dialogue that is known."""
    return ScriptError(
        "no_dialogue",
        f"This file is {syntax}, and nothing in it was recognised as dialogue, so no row of it was"
        " taken for a line. docs/scripts.md lists the forms that are read; or export the dialogue"
        " as rows “Name: text”.",
        syntax=syntax,
        rejected_total=0,
        rejected=[],
    )


def _is_json(text: str, *, cut: bool) -> bool:
    if not _JSON_BEGINS.match(text):
        return False
    match = _TOKENS.match(text)
    end = match.end() if match else 0
    rest = text[end:]
    if rest and not (cut and _CUT_TOKEN.fullmatch(rest)) and not _breaks_off(text, rest):
        return False
    marks = sum(text.count(mark, 0, end) for mark in '{}[]:,"')
    return marks >= _FEWEST_TOKENS


def _breaks_off(text: str, rest: str) -> bool:
    """Return whether JSON is damaged late: its first rows are nothing but keys and values."""
    whole = text[: len(text) - len(rest)]
    return whole.count('":') + whole.count('" :') >= 2 * _FEWEST_TOKENS


def _is_markup(text: str) -> bool:
    if _DECLARED.match(text):
        return True
    if not _XML_BEGINS.match(text):
        return False
    opened = [name for name in _ELEMENT.findall(text) if name.casefold() not in _INLINE]
    closed = [name for name in _CLOSED.findall(text) if name.casefold() not in _INLINE]
    tags = len(_ELEMENT.findall(text))
    return bool(closed) and bool(set(opened) & set(closed)) and len(opened) >= _TAGGED_SHARE * tags
