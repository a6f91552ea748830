"""Divide time into the minutes and days that quotas count by, in UTC."""

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from app.db.base import utc_now

Clock = Callable[[], datetime]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)

__all__ = ["Clock", "day_of", "minute_of", "next_day", "next_minute", "seconds_until", "utc_now"]


def minute_of(now: datetime) -> int:
    """Return the number of minutes since 1970."""
    return (now - _EPOCH) // _MINUTE


def day_of(now: datetime) -> int:
    """Return the number of days since 1970."""
    return (now - _EPOCH) // _DAY


def next_minute(now: datetime) -> datetime:
    """Return the beginning of the next minute."""
    return _EPOCH + (minute_of(now) + 1) * _MINUTE


def next_day(now: datetime) -> datetime:
    """Return the next midnight."""
    return _EPOCH + (day_of(now) + 1) * _DAY


def seconds_until(then: datetime, now: datetime) -> int:
    """Return the whole seconds until a time, at least 1."""
    return max(1, math.ceil((then - now).total_seconds()))
