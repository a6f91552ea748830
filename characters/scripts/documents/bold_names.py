"""Read names that a page sets in bold, or as terms of a list, without a colon behind them."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain, islice

from characters.scripts.field_labels import is_field
from characters.scripts.headings import is_heading
from characters.scripts.names import clean_name, is_in_capitals, is_like_a_name

BEGIN, END = "\ue000", "\ue001"
"""Characters for private use that stand around bold text until this module reads them."""

_HEAD_ROWS = 2_000
_LED = re.compile(
    rf"{BEGIN}\s*([^{BEGIN}{END}:：]{{1,40}}?)\s*{END}[\s.]*(?P<text>[^:：].*)?", re.DOTALL
)
_MARKS = str.maketrans("", "", BEGIN + END)
_FEWEST = 3
_RECURRING_SHARE = 0.6
_CAPITALS = 5
"""Names for each one in capitals, at least."""


def read_bold_names(rows: Iterable[str]) -> Iterator[str]:
    """Yield ``rows`` without marks; bold names become ``Name:`` before or above what is said.

    Only names that recur do, and not where a fifth or more are in capitals, which readers of plays
    and screenplays recognise. A blank row stands above a name on a row of its own.
    """
    rows = iter(rows)
    head = list(islice(rows, _HEAD_ROWS))
    names = _find_names(head)
    for row in chain(head, rows):
        if row.find(BEGIN) < 0 and row.find(END) < 0:
            yield row
            continue
        match = _LED.fullmatch(row.strip()) if names else None
        name = clean_name(match[1]) if match else ""
        if match is None or name not in names:
            yield row.translate(_MARKS)
        elif match["text"]:
            yield f"{name}: {match['text'].translate(_MARKS)}"
        else:
            yield ""
            yield f"{name}:"


def _find_names(rows: Iterable[str]) -> frozenset[str]:
    found: Counter[str] = Counter()
    for row in rows:
        if row.find(BEGIN) >= 0 and (match := _LED.fullmatch(row.strip())):
            name = clean_name(match[1])
            if is_like_a_name(name) and not is_heading(name) and not is_field(name):
                found[name] += 1
    recurring = sum(count for count in found.values() if count > 1)
    capitals = sum(count for name, count in found.items() if is_in_capitals(name))
    total = found.total()
    plain = total >= _FEWEST and len(found) > 1 and recurring >= _RECURRING_SHARE * total
    return frozenset(found) if plain and _CAPITALS * capitals < total else frozenset()
