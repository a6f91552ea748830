"""Find who a line is addressed to, by names and by the form of the line. Pure."""

import re
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Literal

from characters.stage.commands import Names, is_word_end

Address = Literal["called", "named"]
"""``called``: spoken to by name; ``named``: spoken of."""

_QUESTION = re.compile(r"[?？][\"'”’」』)）\]】…]*\s*$|[吗呢][。！!…]*\s*$")
_TO = re.compile(r"\b(?:to|at)\s+(?:the\s+)?$|[对對向朝]$", re.IGNORECASE)
"""Words of a remark before the name of the one whom the line is spoken to."""
_REMARK = re.compile(r"[(（\[【][^()（）\[\]【】]*[)）\]】]")
_AROUND = " \t\r\n\"'“”‘’「」『』《》—–-…"
_BREAKS = frozenset(",，.。!！?？;；:：、…")


@dataclass(frozen=True, slots=True)
class Addressed:
    """Hold who a line is addressed to, and whether it asks."""

    by: dict[Hashable, Address]
    asks: bool


def find_addressed(text: str, names: Names) -> Addressed:
    """Return whom a line calls or names; of remarks in brackets only “to Kit” counts.

    A name between two breaks of the sentence, or at its beginning or end beside one, is a call:
    “Kit, where is it?”, “Where is it, Kit?”, “凯，过来”. Anywhere else it is a mention.
    """
    found: dict[Hashable, Address] = {}
    for remark in _REMARK.findall(text):
        for who, each in names.items():
            places = [at for name in each if name for at in _positions(remark, name)]
            if any(_TO.search(remark[:at]) for at in places):
                found[who] = "called"
    text = _REMARK.sub(" ", text).strip()
    for who, each in names.items():
        for name in sorted(each, key=len, reverse=True):
            if not name:
                continue
            for start in _positions(text, name):
                called = _is_call(text, start, start + len(name))
                if called or who not in found:
                    found[who] = "called" if called else "named"
    return Addressed(found, _QUESTION.search(text) is not None)


def _positions(text: str, name: str) -> list[int]:
    folded, sought = text.casefold(), name.casefold()
    if len(folded) != len(text):  # some letters change their length: compare as they are
        folded, sought = text, name
    at, found = folded.find(sought), []
    while at >= 0:
        begins = at == 0 or is_word_end(text, at)
        if begins and is_word_end(text, at + len(sought)):
            found.append(at)
        at = folded.find(sought, at + 1)
    return found


def _is_call(text: str, start: int, end: int) -> bool:
    before, after = text[:start].rstrip(_AROUND), text[end:].lstrip(_AROUND)
    opens = not before or before[-1] in _BREAKS
    closes = not after or after[0] in _BREAKS
    return opens and closes
