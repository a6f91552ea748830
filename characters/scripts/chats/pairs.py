"""Join a name and a stamp that stand in two rows: Discord and Slack are copied so."""

import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from characters.scripts.chats.names import clean_name, is_name, plain
from characters.scripts.chats.stamps import CLOCK, HALF, RELATIVE_DAY, STAMP

_ALONE = re.compile(
    rf"[-–—]?\s*(?P<stamp>{RELATIVE_DAY}{CLOCK.replace('clock', 'time')}(?:\s(?:Uhr|h))?"
    rf"|{STAMP}|(?=.{{0,20}}{HALF}){CLOCK.replace('clock', 'halved')})\s*(?:\([^()]{{1,50}}\))?",
)
_BETWEEN = re.compile(r"[-–—]|APP|BOT|SERVER|NEW|OP|\+\d")
"""Rows between a name and its stamp."""
_PAIR_ROWS = 4
_STAMP_CHARACTERS = 80
_NAME_CHARACTERS = 40


class LogicalRow(NamedTuple):
    """Hold a row, or a name and the stamp below it as one."""

    number: int
    text: str
    rows: int = 1
    """Physical rows that are not blank."""


def number_rows(rows: Iterable[str]) -> Iterator[LogicalRow]:
    """Yield the rows as they are."""
    return (LogicalRow(number, row) for number, row in enumerate(rows, 1))


def join_pairs(rows: Iterable[str]) -> Iterator[LogicalRow]:
    """Yield the rows, each stamp alone in its row joined to its name.

    The name stands right above; between them Discord may have a tag and a dash in rows of their
    own. Below a blank row the stamp may stand first, and the name under it.
    """
    window: deque[tuple[int, str]] = deque()
    above = ""
    for numbered in chain(enumerate(rows, 1), [(0, "")] * _PAIR_ROWS):
        window.append(numbered)
        if len(window) <= _PAIR_ROWS:
            continue
        number = window[0][0]
        if number == 0:
            return
        length, joined = _find_pair([text for _, text in window], above)
        yield LogicalRow(number, joined, length)
        above = window[length - 1][1]
        for _ in range(length):
            window.popleft()


def _find_pair(rows: Sequence[str], above: str) -> tuple[int, str]:
    """Return how many rows begin a message, and these as one; the first row where none does."""
    if _is_name(rows[0]):
        for length in range(2, _PAIR_ROWS + 1):
            if stamp := _read_stamp(rows[length - 1]):
                return length, f"{plain(rows[0]).strip()}  {stamp}"
            if not _BETWEEN.fullmatch(rows[length - 1].strip()):
                break
    elif (
        not above.strip()
        and (stamp := _read_stamp(rows[0]))
        and _is_name(rows[1])
        and rows[2].strip()
    ):
        return 2, f"{plain(rows[1]).strip()}  {stamp}"
    return 1, rows[0]


def _read_stamp(row: str) -> str:
    """Return the stamp that a row consists of; "" for any other row."""
    if not row or len(row) > _STAMP_CHARACTERS:
        return ""
    match = _ALONE.fullmatch(plain(row).strip())
    return "" if match is None else match["stamp"]


def _is_name(row: str) -> bool:
    return 0 < len(row) <= _NAME_CHARACTERS and is_name(clean_name(plain(row).strip()))
