"""Recognise text that is JSON or markup by its syntax: neither is ever rows of dialogue."""

import re
from typing import Literal

from characters.errors import ScriptError

Syntax = Literal["JSON", "XML or HTML", "YAML", "a gettext catalogue"]

_LOOKED_AT = 4_096
"""Characters from the beginning that are examined."""

_JSON_BEGINS = re.compile(r'\s*(?:\{\s*(?:"|\}|$)|\[\s*(?:[\[{"\]]|null\b|true\b|false\b|-?\d|$))')
_TOKENS = re.compile(
    r'(?:[\s{}\[\]:,]|"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true\b|false\b|null\b)*+', re.DOTALL
)
_CUT_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*\\?|[a-z]{0,5}', re.DOTALL)
"""What may remain of a token at the end of the examined beginning."""
_FEWEST_TOKENS = 5
_FEWEST_ITEMS = 2

_XML_BEGINS = re.compile(r"\s*<(?:\?xml\b|!doctype\b|\w[\w:.-]*(?:\s[^<>]*)?>)", re.IGNORECASE)
_DECLARED = re.compile(r"\s*<(?:\?xml|!doctype)\b", re.IGNORECASE)
_ELEMENT = re.compile(r"<(\w[\w:.-]*)(?=[\s>/])")
_CLOSED = re.compile(r"</(\w[\w:.-]*)\s*>")
_INLINE = frozenset(
    ("b", "i", "u", "s", "em", "strong", "font", "span", "br", "p", "small", "big", "a", "sup")
)
"""Elements that people type into plain text to emphasise a part of it."""
_TAGGED_SHARE = 0.5

_YAML_ITEM = re.compile(r"^(?P<indent>[ ]*)-[ ]+(?P<key>[a-z_]\w{0,30}):(?:[ ]|$)", re.MULTILINE)
_YAML_FIELD = re.compile(r"^(?P<indent>[ ]+)(?P<key>[a-z_]\w{0,30}):(?:[ ]|$)", re.MULTILINE)
_MESSAGE = re.compile(r'^msgid "[^\n]*"\n(?:"[^\n]*"\n)*msgstr(?:\[0\])? "', re.MULTILINE)


def find_syntax(head: str) -> Syntax | None:
    """Return the syntax that ``head``, the beginning of a text, is written in; None for text.

    JSON is a sequence of nothing but its tokens, so that ``[Mira] Hello`` and ``[12:30] Mira: Hi``
    are text. Markup declares itself, or closes most of its elements other than emphasis. YAML has
    a list whose items begin with the same key, with further keys below it.
    """
    beginning = head.removeprefix("\ufeff")[:_LOOKED_AT]
    if _is_json(beginning, cut=len(head) > _LOOKED_AT):
        return "JSON"
    if _is_markup(beginning):
        return "XML or HTML"
    if _MESSAGE.search(beginning):
        return "a gettext catalogue"
    return "YAML" if _is_yaml(beginning) else None


_ADVICE = {
    "YAML": "Convert it to JSON or to a table, each record with who speaks and what.",
    "a gettext catalogue": "Such a file does not say who speaks: upload the game's own script.",
}


def refuse_syntax(syntax: Syntax) -> ScriptError:
    """Return the refusal of a file in ``syntax`` without a form of dialogue that is known."""
    advice = _ADVICE.get(
        syntax,
        "docs/scripts.md lists the forms that are read; or export the dialogue as rows “Name:"
        " text”.",
    )
    return ScriptError(
        "no_dialogue",
        f"This file is {syntax}, and nothing in it was recognised as dialogue, so no row of it was"
        f" taken for a line. {advice}",
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


def _is_yaml(text: str) -> bool:
    items = [(len(match["indent"]) + 2, match["key"]) for match in _YAML_ITEM.finditer(text)]
    if len(items) < _FEWEST_ITEMS or len({key for _, key in items}) > len(items) // 2:
        return False
    indents = {indent for indent, _ in items}
    below = [match for match in _YAML_FIELD.finditer(text) if len(match["indent"]) in indents]
    return len(below) >= _FEWEST_ITEMS


def _is_markup(text: str) -> bool:
    if _DECLARED.match(text):
        return True
    if not _XML_BEGINS.match(text):
        return False
    opened = [name for name in _ELEMENT.findall(text) if name.casefold() not in _INLINE]
    closed = [name for name in _CLOSED.findall(text) if name.casefold() not in _INLINE]
    tags = len(_ELEMENT.findall(text))
    return bool(closed) and bool(set(opened) & set(closed)) and len(opened) >= _TAGGED_SHARE * tags
