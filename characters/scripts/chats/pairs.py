"""Join a name and a stamp that stand in two rows: Discord and Slack are copied so."""

import re
from collections.abc import Iterable, Iterator
from itertools import chain, pairwise
from typing import NamedTuple

from characters.scripts.chats.names import clean_name, is_name, plain
from characters.scripts.chats.stamps import CLOCK, HALF, STAMP

_ALONE = re.compile(
    rf"[-–—]?\s*(?:(?:Today|Yesterday|今天|昨天),? (?:at )?{CLOCK.replace('clock', 'time')}"
    rf"|{STAMP}|(?=.{{0,20}}{HALF}){CLOCK.replace('clock', 'halved')})\s*",
)
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
    """Yield the rows, each stamp alone in its row joined to the name right above it."""
    joined = False
    for (number, row), (_, below) in pairwise(chain(enumerate(rows, 1), [(0, "")])):
        if joined:
            joined = False
            continue
        joined = _is_pair(row, below)
        if joined:
            stamp = plain(below).strip().lstrip("-–— ")
            yield LogicalRow(number, f"{plain(row).strip()}  {stamp}", 2)
        else:
            yield LogicalRow(number, row)


def _is_pair(row: str, below: str) -> bool:
    if not below or len(below) > _STAMP_CHARACTERS or len(row) > _NAME_CHARACTERS:
        return False
    name = clean_name(plain(row).strip())
    return is_name(name) and _ALONE.fullmatch(plain(below).strip()) is not None
