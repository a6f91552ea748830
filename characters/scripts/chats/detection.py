"""Detect from its first rows whether a text is a chat's export or a transcript, and its form."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice, pairwise

from characters.scripts.chats.dialects import DIALECTS, Dialect, Start
from characters.scripts.chats.pairs import join_pairs
from characters.scripts.chats.stamps import HALF

SNIFFED_ROWS = 300
"""Rows that are not blank from which the dialect is detected."""

_FIRST_MESSAGE = 25
"""Most rows of a file before its first message."""
_ZERO_SECONDS = 300
_HALF = re.compile(HALF)
_INLINE_SHARE = 0.1
_BELOW_SHARE = 0.1
_ANSWERED_SHARE = 0.6
"""Least share of the names that have a text under them."""


@dataclass(frozen=True, slots=True)
class _Evidence:
    messages: int
    stamped: int
    days: int
    answered: int
    """Messages with a text: behind the name, or in a row below."""
    names: int
    rows: int
    first: int
    """Rows before the first message."""
    ordered: bool
    """Whether times do not go back."""
    begins_at_zero: bool
    """Whether the first time is within minutes of zero: a recording rather than midnight."""


def find_dialect(rows: Sequence[str]) -> Dialect | None:
    """Return the dialect of the chat that begins with ``rows``; None for any other text."""
    sample = [row for row in rows if row and not row.isspace()][:SNIFFED_ROWS]
    if sample and sample[0].startswith("WEBVTT"):
        return None
    if sum(any(map(str.isdigit, row[:120])) or row.lstrip()[:1] in "<[" for row in sample) < 1:
        return None
    return _find(DIALECTS, sample) or _find_paired(rows)


def _find(dialects: Iterable[Dialect], sample: Sequence[str]) -> Dialect | None:
    best, most = None, 0
    for dialect in dialects:
        evidence = _gather(dialect, sample)
        if _convinces(dialect, evidence) and evidence.answered > most:
            best, most = dialect, evidence.answered
    return best


def _find_paired(rows: Sequence[str]) -> Dialect | None:
    """Return the dialect of a chat whose names and stamps stand in rows of their own."""
    first = list(islice(join_pairs(islice(rows, 2 * SNIFFED_ROWS)), SNIFFED_ROWS))
    if sum(row.rows > 1 for row in first) < 2:
        return None
    sample = [row.text for row in first if row.text and not row.text.isspace()]
    found = _find((dialect for dialect in DIALECTS if dialect.below), sample)
    return None if found is None else replace(found, paired=True)


def _gather(dialect: Dialect, sample: Sequence[str]) -> _Evidence:
    starts = [dialect.read(row) for row in sample]
    messages = [start for start in starts if start is not None and start.kind == "message"]
    first = next((n for n, start in enumerate(starts) if start and start.kind == "message"), 0)
    times = [start.sent_at.seconds for start in messages if start.sent_at is not None]
    return _Evidence(
        messages=len(messages),
        stamped=len(times),
        days=sum(start is not None and start.kind == "day" for start in starts),
        answered=_count_answered(starts),
        names=len(Counter(start.name for start in messages)),
        rows=len(sample),
        first=first,
        ordered=all(before <= after for before, after in pairwise(times)),
        begins_at_zero=bool(times) and times[0] < _ZERO_SECONDS and not _HALF.search(sample[first]),
    )


def _count_answered(starts: Sequence[Start | None]) -> int:
    count = 0
    for number, start in enumerate(starts):
        if start is None or start.kind != "message":
            continue
        below = starts[number + 1] if number + 1 < len(starts) else start
        count += bool(start.text) or below is None
    return count


def _convinces(dialect: Dialect, found: _Evidence) -> bool:
    return _has_enough(dialect, found) and _is_dated(dialect, found)


def _has_enough(dialect: Dialect, found: _Evidence) -> bool:
    """Return whether there are messages enough, soon enough, and with texts."""
    alone = dialect.dated and not dialect.below and 2 * found.messages >= found.rows
    share = _BELOW_SHARE if dialect.below else _INLINE_SHARE
    return (
        found.messages >= (1 if alone else 2)
        and found.first <= _FIRST_MESSAGE
        and found.answered >= _ANSWERED_SHARE * found.messages
        and found.messages >= share * found.rows
    )


def _is_dated(dialect: Dialect, found: _Evidence) -> bool:
    """Return whether times without a date are those of messages.

    A name and a time may be a timetable. People in a chat speak again, and in a transcript each of
    them says something.
    """
    if dialect.name == "line":
        return found.days > 0
    if dialect.recorded and (not found.ordered or found.answered == found.messages):
        return found.ordered
    if dialect.name == "clocked" and found.begins_at_zero:
        return False
    undated = dialect.below and not dialect.dated
    return not undated or found.days > 0 or found.names < found.messages or found.messages == 2
