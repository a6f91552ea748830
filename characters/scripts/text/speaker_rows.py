"""Recognise how plain text names its speakers other than by ``Name: line``."""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Literal

from characters.scripts.headings import ACTION_MARKS, is_heading
from characters.scripts.names import INVISIBLE
from characters.scripts.quotes import find_unclosed, unquote

Naming = Literal["colon", "bracket", "quote"]
"""``Name: line``, ``【Name】line`` (``[Name] line``) or ``Name「line」``. A script with one of the
latter two may hold ``Name: line`` as well."""

_WORD = r"[^\s:：。！？!?；;，,…「」『』“”\"\[\]【】*]"
_NAME = rf"{_WORD}(?:[^:：。！？!?；;，,…「」『』“”\"\[\]【】*]{{0,18}}{_WORD})?"
_BRACKETED = re.compile(
    rf"(?:【\s*({_NAME})\s*】|\[\s*({_NAME})\s*\])\s*[:：]?\s*(\S.*)", re.DOTALL
)
_QUOTED = re.compile(rf"({_NAME})\s*([「『“\"].+)", re.DOTALL)
_SAYING = re.compile(r"[说說道问問喊叫答]$|\b(?:said|says|asked|replied|cried)$")

DECORATIONS = frozenset(
    "-*_•·‣◦+>[【(（〔［#0123456789①②③④⑤⑥⑦⑧⑨⑩N№\u200e\u200f\u202a\u202b\ufeff"
) | frozenset(ACTION_MARKS)
"""First characters of a row that may be a list's item, bold, a time, or a stage direction."""

_DIRECTION = re.compile(
    r"（[^（）]*）|\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】|［[^［］]*］|〔[^〔〕]*〕?|(\*{1,3}|_{1,2})[^*_]+\1",
    re.DOTALL,
)
_BULLET = re.compile(r"[-*+•·‣◦>]\s+")
_TIME = re.compile(
    r"[\[【(（]?(?:[0-9]{1,4}([-/.])[0-9]{1,2}\1[0-9]{1,4},?[\sT]\s?)?"
    r"(?:[0-9]{1,2}:)?[0-9]{1,2}:[0-9]{2}(?:[.,][0-9]{1,3})?(?:\s?[AaPp]\.?[Mm]\.?)?"
    r"[\]】)）]?\s*(?:[-–—]\s+)?"
)
_DATE = re.compile(
    r"[\[【(（]?(?:[0-9]{4}([-/.])[0-9]{1,2}\1[0-9]{1,2}|[0-9]{1,2}([/.])[0-9]{1,2}\2[0-9]{2,4})[\]】)）]?"
    r",?\s+(?:[-–—]\s+)?(?=[^\W\d_])"
)
_NUMBER = re.compile(
    r"(?:(?:N[ro]\.?|№)\s?[0-9]{1,5}[.:)]?\s|[(（\[][0-9]{1,5}[)）\]]|[0-9]{1,5}(?:[.)）、．](?![0-9])|\s[-–—]\s)|#[0-9]{1,5}[.:)]?\s|[①-⑳])\s*"
)
"""The number of a line: ``1.``, ``(4)``, ``#5``; not that of ``1: Hello.``"""
_EMPHASISED = re.compile(
    r"(\*{1,3}|_{1,2})([^*_:：]+)(?:\1(\s*(?:[(（\[][^()（）\[\]]{0,60}[)）\]]\s*)?[:：])|([:：])\1)"
)


def choose_naming(rows: Iterable[str], speaks: Callable[[str], bool]) -> Naming:
    """Return how most of ``rows`` (stripped) name their speaker; ``speaks`` recognises colons."""
    counts: Counter[Naming] = Counter()
    for row in rows:
        if rewrite(row, "bracket") != row:
            counts["bracket"] += 1
        elif rewrite(row, "quote") != row:
            counts["quote"] += 1
        else:
            counts["colon"] += speaks(row)
    return max(("colon", "bracket", "quote"), key=counts.__getitem__)


def is_direction(row: str) -> bool:
    """Return whether ``row`` is a single stage direction: ``（…）``, ``[…]``, ``*…*``, ``△…``.

    ``〔`` opens the directions of Chinese plays, and is often left open.
    """
    return row.startswith(ACTION_MARKS) or bool(_DIRECTION.fullmatch(row))


def undecorate(row: str) -> str:
    """Return ``row`` without a bullet, a number, a time and emphasis at its beginning."""
    row = row.lstrip(INVISIBLE)
    for decoration in (_BULLET, _NUMBER, _TIME, _DATE):
        if match := decoration.match(row):
            row = row[match.end() :]
    if match := _EMPHASISED.match(row):
        row = f"{match[2]}{match[3] or match[4]}{row[match.end() :]}"
    return row


def rewrite(row: str, naming: Naming) -> str:
    """Return ``row`` as ``Name: line`` if it names its speaker by ``naming``, else unchanged."""
    if naming == "bracket" and row[0] in "【[" and (match := _BRACKETED.fullmatch(row)):
        return row if is_heading(row) else _join(match[1] or match[2], match[3])
    if naming == "quote" and (match := _QUOTED.fullmatch(row)):
        name, text = match.groups()
        spoken = unquote(text) != text or find_unclosed(text) is not None
        return _join(name, text) if spoken and not _SAYING.search(name) else row
    return row


def _join(name: str, text: str) -> str:
    return f"{name}: {text}" if name.isascii() else f"{name}：{text}"
