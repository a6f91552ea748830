"""Parse the date formats that SillyTavern has written over the years."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from characters.json_values import JsonValue

_NUMBERED = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})\s*@\s*(\d{1,2})h\s*(\d{1,2})m\s*(\d{1,2})s(?:\s*(\d{1,3})ms)?"
)
_WRITTEN = re.compile(
    r"([A-Z][a-z]+) (\d{1,2}), (\d{4}) (\d{1,2}):(\d{2})\s*([ap])m", re.IGNORECASE
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def parse_date(value: JsonValue) -> datetime | None:
    """Return the time in ``value``, None if it has none.

    Reads ``June 19, 2023 2:20pm``, ``2023-6-19 @14h 20m 5s 12ms``, ``2023-06-19@14h20m05s``,
    ISO 8601, and milliseconds since 1970. UTC where no zone is named.
    """
    return next(_readings(value), None)


def _readings(value: JsonValue) -> Iterator[datetime]:
    for read in (_milliseconds, _iso, _numbered, _written):
        try:
            time = read(value)
        except (ValueError, OverflowError, OSError):
            continue
        if time is not None:
            yield time if time.tzinfo else time.replace(tzinfo=UTC)


def _milliseconds(value: JsonValue) -> datetime | None:
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return datetime.fromtimestamp(value / 1000, UTC)


def _iso(value: JsonValue) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) else None


def _numbered(value: JsonValue) -> datetime | None:
    match = _NUMBERED.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        return None
    year, month, day, hour, minute, second, milliseconds = (
        int(part or 0) for part in match.groups()
    )
    return datetime(year, month, day, hour, minute, second, milliseconds * 1000, UTC)


def _written(value: JsonValue) -> datetime | None:
    match = _WRITTEN.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        return None
    name, day, year, hour, minute, half = match.groups()
    month = _MONTHS.index(name.lower()[:3]) + 1
    hours = int(hour) % 12 + (12 if half.lower() == "p" else 0)
    return datetime(int(year), month, int(day), hours, int(minute), tzinfo=UTC)
