"""Find the quotations in a paragraph."""

import re
from typing import NamedTuple

from characters.scripts.prose.dashes import find_dashed, split_incises
from characters.scripts.quotes import CLOSING_MARKS

_QUOTATION = re.compile(
    r"「(?P<corner>[^」]*)(?:」|$)|『(?P<white>[^』]*)(?:』|$)|„(?P<low>[^„“”]*)(?:[“”]|$)"
    r"|“(?P<double>[^”]*)(?:”|$)|«(?P<angle>[^»]*)(?:»|$)"
    r"|(?<![^\s(—–-])»(?P<inverted>[^\s«»][^«»]*)(?:«|$)"
    r"|(?<![\w=])\"(?P<straight>[^\"]+)(?:\"(?!\w)|$)"
    r"|(?<!\w)‘(?P<single>(?:[^‘’]|’(?=\w))+)’(?!\w)"
)
_END_OF_SPEECH = "，。！？…—,.!?；;~～、"
_END_OF_SENTENCE = "。！？.!?…」』”"
_BEFORE_SPEECH = ":：,，"
_CLAUSE_BEHIND = re.compile(r"\s*[,，]|と")
_CLOSING = CLOSING_MARKS | {"«", "“"}
_FRENCH = frozenset(("angle", "double", "straight"))
"""Marks within which French names who speaks: ``« Oui, dit-il, non. »``"""


class Quotation(NamedTuple):
    """Hold the text that is said, and its range including the marks."""

    start: int
    end: int
    text: str


def find_quotations(text: str) -> list[Quotation]:
    """Return the spoken quotations in ``text``; an unclosed one extends to the end.

    A quoted word or title is not speech: it neither ends like a sentence or a part of one, nor
    opens the paragraph, nor stands behind a colon or a comma, or before one, nor is a sentence.
    In a paragraph that opens with a dash, what the narrator does not say is said.
    """
    if dashed := find_dashed(text):
        return [Quotation(start, end, text[start:end]) for start, end in dashed]
    found: list[Quotation] = []
    for match in _QUOTATION.finditer(text):
        kind = match.lastgroup or ""
        inner = match[kind].strip()
        if inner and _is_spoken(text, match, inner):
            found += _split(text, match) if kind in _FRENCH else [Quotation(*match.span(), inner)]
    return found


def _split(text: str, match: re.Match[str]) -> list[Quotation]:
    """Return the parts of a quotation around French clauses within it, usually all of it."""
    start, end = match.span(match.lastgroup or 0)
    parts = split_incises(text, start, end)
    if len(parts) == 1 and parts[0] == (start, end):
        return [Quotation(*match.span(), text[start:end].strip())]
    said = [
        (begin, stop, text[begin:stop].rstrip().lstrip(" \t\u00a0,;:")) for begin, stop in parts
    ]
    return [Quotation(*part) for part in said if any(map(str.isalnum, part[2]))]


def _is_spoken(text: str, match: re.Match[str], inner: str) -> bool:
    if inner[-1] in _END_OF_SPEECH:
        return True
    if match["single"] is not None:  # the marks may be apostrophes
        return False
    if _CLAUSE_BEHIND.match(text, match.end()):
        return True
    before = text[max(0, match.start() - 9) : match.start()].rstrip()[-1:]
    if before in _END_OF_SENTENCE and not text[match.end() :].strip():
        return True
    return not before or before in _BEFORE_SPEECH or match[0][-1] not in _CLOSING
