"""Recognise names that stand on a row of their own, marked as such: ``【ミラ】``, ``**Mira**``."""

import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from typing import Literal

from characters.scripts.field_labels import is_field
from characters.scripts.headings import is_heading
from characters.scripts.model import NonDialogue
from characters.scripts.names import clean_name, is_like_a_name

_NAME = r"(?P<name>[^\s【】\[\]［］*_#:：][^【】\[\]［］*_#\n]{0,38}?)"
_SHAPES: dict[str, re.Pattern[str]] = {
    "bracket": re.compile(
        rf"(?:【\s*{_NAME}\s*】|［{_NAME}］|\[{_NAME}\])".replace("?P<name>", "")
    ),
    "mark": re.compile(rf"[■◆●▼▶★◎☆♦•]\s*{_NAME}"),
    "bold": re.compile(rf"(?:\*\*|__){_NAME}\s*[:：]?(?:\*\*|__)\s*[:：]?"),
    "heading": re.compile(rf"#{{1,6}}\s+{_NAME}\s*[:：]?"),
    "led": re.compile(rf"\*\*{_NAME}\*\*\s+(?P<text>(?![:：(（])\S.*)", re.DOTALL),
}
Shape = Literal["bracket", "mark", "bold", "heading", "led"]

_BRACKETED_SPEECH = re.compile(r"(?:【[^【】]+】|\[[^\[\]]+\])\s*\S")
_NAMED = re.compile(r"[^:：。.!?！？]{1,30}[:：]\s?\S")
_HEAD_ROWS = 2_000
_FEWEST = 3
_RECURRING_SHARE = 0.6


class NameRows:
    """Rewrite the marked names of a script as ``Name:`` above or before what is said."""

    def __init__(self, shape: str) -> None:
        self._shape = shape

    def rewrite(self, rows: Iterable[str], left_out: deque[NonDialogue]) -> Iterator[str]:
        """Yield as many ``rows``; append the names that a blank row parts from their speech.

        Below a Markdown heading every paragraph is said, otherwise those to the next blank row.
        """
        name = ""
        held: list[str] = []
        for number, row in enumerate(rows, 1):
            text = row.strip()
            found = read_name(self._shape, text)
            if held and (not text or found):
                left_out.append(NonDialogue(number - len(held), "layout"))
                yield from [""] * len(held)
                held = []
            if found is not None:
                name = found[0]
                if found[1]:
                    yield f"{name}: {found[1]}"
                    name = ""
                else:
                    held = [row]
            elif held:
                yield f"{name}:"
                yield row
                held = []
                name = name if self._shape == "heading" else ""
            elif text and name and not is_heading(text):
                yield f"{name}: {text}"
                name = name if self._shape == "heading" else ""
            else:
                name = "" if text else name
                yield row
        if held:
            left_out.append(NonDialogue(number, "layout"))
            yield ""


def find_name_rows(rows: list[str]) -> NameRows | None:
    """Return how a script marks the names that stand alone; None where it does not.

    The names recur, and there are two of them at least: directions and chapters stand in the same
    marks.
    """
    texts = [text for text in map(str.strip, rows[:_HEAD_ROWS]) if text]
    best: tuple[int, str] | None = None
    for shape in _SHAPES:
        found = [read_name(shape, text) for text in texts]
        names = Counter(each[0] for each in found if each is not None)
        others = [text for text, each in zip(texts, found, strict=True) if each is None]
        if _are_names(names) and not _speak_for_themselves(shape, others, names.total()):
            best = max(best or (0, ""), (names.total(), shape))
    return None if best is None else NameRows(best[1])


def read_name(shape: str, text: str) -> tuple[str, str] | None:
    """Return the name that ``text`` marks, and the words behind it in the row; else None."""
    match = _SHAPES[shape].fullmatch(text)
    if match is None:
        return None
    groups = [group for group in match.groups() if group]
    name = clean_name(groups[0])
    if not is_like_a_name(name) or is_heading(name) or is_field(name):
        return None
    return name, groups[1] if len(groups) > 1 else ""


def _are_names(names: Counter[str]) -> bool:
    recurring = sum(count for count in names.values() if count > 1)
    enough = names.total() >= _FEWEST and len(names) > 1
    return enough and recurring >= _RECURRING_SHARE * names.total()


def _speak_for_themselves(shape: str, others: list[str], marked: int) -> bool:
    """Return whether the ``others`` name their speakers: as ``Name: text``, or ``【Name】text``."""
    named = sum(map(bool, map(_NAMED.match, others)))
    bracketed = shape == "bracket" and sum(map(bool, map(_BRACKETED_SPEECH.match, others)))
    return 2 * named > len(others) or bracketed >= marked
