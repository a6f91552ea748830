"""Take wikitext, BBCode and the tags of HTML off rows of text: emphasis is notation, not speech."""

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from html import unescape

from characters.scripts.model import NonDialogue, ParseItem

_WIKI_SIGNS = re.compile(
    r"'''[^'\n]+'''|^={2,4} ?[^=\n]+ ?={2,4}[ \t]*$|^[:*]+[ \t]*''|^;[^:\n]{1,40}:|^\|-[ \t]*$",
    re.MULTILINE,
)
_FEWEST_SIGNS, _MOST_SIGNS = 2, 6
"""Equals signs before a heading in wikitext."""
_WIKI_INDENT = re.compile(r"^\s*(?:[:*;]+|#(?=[:*]))\s*(?=\S)")
_WIKI_TEMPLATE = re.compile(
    r"\{\{[^{}]*\}\}|<ref[^<>]*/>|<ref[^<>]*>(?:[^<\n]|<(?!/?ref))*+</ref>"
    r"|\[\[(?:File|Image|Category|Datei|Fichier|文件|分类)\s*:[^\[\]]*\]\]",
    re.IGNORECASE,
)
_WIKI_TABLE = re.compile(r"\s*(?:\{\||\|\}|\|-|\|\+|!)")
_WIKI_CELLS = re.compile(r"\s*\|\s*([^|]{1,40}?)\s*\|\|\s*([^|]+)")
_WIKI_LINK = re.compile(r"\[\[(?:[^\[\]|]*\|)?([^\[\]|]*)\]\]")
_WIKI_TERM = re.compile(r"^\s*;\s*(?P<name>[^:\n]{1,40}?)\s*$")
_WIKI_DASHED = re.compile(r"^\s*[:*#]*\s*'''(?P<name>[^'\n]{1,60}?)'''\s*[-–—]\s+")
# A name in bold with a dash behind it.
_WIKI_EMPHASIS = re.compile(r"'{2,5}")
_BB_NAMES = (
    "b|i|u|s|color|colour|size|font|center|centre|left|right|justify|quote|spoiler|indent|hr|url"
    "|list|table|tr|td|align|sup|sub|bg|highlight|collapse|hide|h[1-6]|p"
)
_BB_TAG = re.compile(rf"\[/?(?:{_BB_NAMES})(?:=[^\[\]\n]{{0,200}})?\]|\[\*\]", re.IGNORECASE)
_BB_CLOSING = re.compile(rf"\[/(?:{_BB_NAMES})\]", re.IGNORECASE)
_BB_QUOTED = re.compile(
    r"^\s*\[quote=(?P<mark>[\"']?)(?P<name>[^\[\]\"',;=\n]{1,60}?)\s*(?:[,;][^\[\]\n]{0,200})?(?P=mark)\]",
    re.IGNORECASE,
)
# A forum's quotation, which says whose words it has.
_BB_PICTURE = re.compile(r"\[img[^\[\]]*\][^\[\]]*\[/img\]", re.IGNORECASE)
# Openers that are never closed end a match: searching on to the end of the row from each of many
# takes time with the square of their number.
_HTML_TAG = re.compile(
    r"</?(?:b|i|u|s|em|strong|br|p|span|font|small|big|center|sup|sub)\b[^<>\n]{0,300}>"
    r"|<!--(?:[^<\n-]|<(?!!--)|-(?!->))*+-->",
    re.IGNORECASE,
)
_NUMBERED_CELLS = re.compile(
    r"^[ ]*#?[0-9][0-9:.,]*[.)]?\t+[ ]*([^\t\n:：]{1,40}?)[ ]*\t+[ ]*(\S[^\n]*)$", re.MULTILINE
)
_CELLS_SHARE = 0.8
_FEWEST = 2
_TAGGED_SHARE = 0.1

Rewrite = Callable[[str], str]


def find_markup(head: str) -> Rewrite | None:
    """Return a function that takes the markup off a row, for a text that has some; else None."""
    rows = sum(bool(row.strip()) for row in head.split("\n"))
    enough = max(_FEWEST, _TAGGED_SHARE * rows)
    if len(_WIKI_SIGNS.findall(head)) >= enough:
        return _strip_wikitext
    if len(_BB_CLOSING.findall(head)) >= enough:
        return _strip_bbcode
    if len(_NUMBERED_CELLS.findall(head)) >= max(_FEWEST, _CELLS_SHARE * rows):
        return _join_cells
    return _strip_html if len(_HTML_TAG.findall(head)) >= enough else None


def parse_without_markup(
    rows: Iterable[str], rewrite: Rewrite, parse: Callable[[Iterable[str]], Iterator[ParseItem]]
) -> Iterator[ParseItem]:
    """Yield the items that ``parse`` makes of the rows; rows of nothing but markup are layout."""
    left_out: deque[NonDialogue] = deque()

    def rewritten() -> Iterator[str]:
        for number, row in enumerate(rows, start=1):
            text = rewrite(row)
            if row.strip() and not text.strip():
                left_out.append(NonDialogue(number, "layout"))
            yield text

    for item in parse(rewritten()):
        yield from _take_all(left_out)
        yield item
    yield from left_out


def _take_all(left_out: deque[NonDialogue]) -> Iterator[NonDialogue]:
    while left_out:
        yield left_out.popleft()


def _strip_wikitext(row: str) -> str:
    if title := _find_wiki_title(row.strip()):
        return f"# {_WIKI_EMPHASIS.sub('', title)}"
    if _WIKI_TABLE.match(row):
        return ""
    if cells := _WIKI_CELLS.fullmatch(row):
        return f"{cells[1].strip()}: {cells[2].strip()}"
    text = _WIKI_LINK.sub(r"\1", _WIKI_TEMPLATE.sub("", row))
    text = _WIKI_DASHED.sub(lambda match: f"{match['name']}: ", text)
    if term := _WIKI_TERM.fullmatch(text):
        return f"{_WIKI_EMPHASIS.sub('', term['name'])}:"
    return _strip_html(_WIKI_EMPHASIS.sub("", _WIKI_INDENT.sub("", text)))


def _join_cells(row: str) -> str:
    """Return ``12<tab>Mira<tab>Late.`` as ``Mira: Late.``."""
    return _NUMBERED_CELLS.sub(r"\1: \2", row)


def _find_wiki_title(row: str) -> str:
    """Return the title in a stripped row such as ``== Act 1 ==``, empty for any other row."""
    signs = len(row) - len(row.lstrip("="))
    if not _FEWEST_SIGNS <= signs <= _MOST_SIGNS or not row.endswith("=" * _FEWEST_SIGNS):
        return ""
    return row.strip("=").strip()


def _strip_bbcode(row: str) -> str:
    quoted = _BB_QUOTED.sub(lambda match: f"{match['name']}: ", row)
    return _BB_TAG.sub("", _BB_PICTURE.sub("", quoted))


def _strip_html(row: str) -> str:
    return unescape(_HTML_TAG.sub("", row)) if "<" in row or "&" in row else row
