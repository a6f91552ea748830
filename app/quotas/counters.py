"""Check and take quotas of one subject, in one statement that either database carries out whole.

``INSERT … ON CONFLICT DO UPDATE … WHERE`` locks the subject's row and evaluates its condition on
the newest version of it. Of several processes that ask at once, as many get what they ask for as
the limit allows, and the others change nothing.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Executable,
    String,
    and_,
    bindparam,
    case,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from app.db.models import QuotaAccount
from app.quotas.clock import day_of, minute_of
from app.settings import QuotaName
from app.settings.quotas import LARGEST

UNLIMITED = LARGEST * 1_000
"""More than any counter reaches."""
_SKEW_DAYS = 1
_SKEW_MINUTES = 2
"""How far ahead another process's clock may be: its counters then stay in force."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Hold what a request asks of each quota."""

    requests: int = 0
    turns: int = 0
    tokens: int = 0
    uploads: int = 0

    def by_name(self) -> dict[QuotaName, int]:
        """Return the amounts by the name of the quota."""
        return {
            "requests_a_minute": self.requests,
            "running_turns": self.turns,
            "tokens_a_day": self.tokens,
            "uploads_a_day": self.uploads,
        }


def _number(name: str) -> Any:
    return bindparam(name, type_=BigInteger)


def _is_today() -> ColumnElement[bool]:
    today = _number("p_day")
    return and_(QuotaAccount.day >= today, QuotaAccount.day <= today + _SKEW_DAYS)


def _is_this_minute() -> ColumnElement[bool]:
    minute = _number("p_minute")
    return and_(QuotaAccount.minute >= minute, QuotaAccount.minute <= minute + _SKEW_MINUTES)


def _today(counter: ColumnElement[int] | Any) -> ColumnElement[int]:
    """Return a counter of the present day: 0 where the row is of an earlier one."""
    return case((_is_today(), counter), else_=0)


@cache
def take_statement(dialect: str) -> Executable:
    """Return the statement that takes what is asked where every limit allows it.

    It returns the subject, or no row where a limit forbids it. The first row of a subject is
    inserted unchecked: the caller compares what is asked with the limits themselves.
    """
    build = postgresql.insert if dialect == "postgresql" else sqlite.insert
    row = QuotaAccount
    requests = case((_is_this_minute(), row.requests), else_=0) + _number("p_requests")
    uploads = _today(row.uploads) + _number("p_uploads")
    reserved, running = row.reserved + _number("p_tokens"), row.running + _number("p_turns")
    inserted = build(row).values(
        subject=bindparam("p_subject", type_=String),
        minute=_number("p_minute"),
        requests=_number("p_requests"),
        day=_number("p_day"),
        tokens=0,
        uploads=_number("p_uploads"),
        reserved=_number("p_tokens"),
        running=_number("p_turns"),
    )
    return inserted.on_conflict_do_update(
        index_elements=[row.subject],
        set_={
            "minute": case((_is_this_minute(), row.minute), else_=_number("p_minute")),
            "requests": requests,
            "day": case((_is_today(), row.day), else_=_number("p_day")),
            "tokens": _today(row.tokens),
            "uploads": uploads,
            "reserved": reserved,
            "running": running,
        },
        where=and_(
            requests <= _number("p_most_requests"),
            running <= _number("p_most_turns"),
            _today(row.tokens) + reserved <= _number("p_most_tokens"),
            uploads <= _number("p_most_uploads"),
        ),
    ).returning(row.subject)


def take_values(
    subject: str, asked: Asked, limits: dict[QuotaName, int | None], now: datetime
) -> dict[str, Any]:
    """Return the values of :func:`take_statement`. What is not asked for is not checked."""
    amounts = asked.by_name()
    most: dict[QuotaName, int] = {}
    for name, amount in amounts.items():
        limit = limits[name]
        most[name] = UNLIMITED if limit is None or not amount else limit
    return {
        "p_subject": subject,
        "p_minute": minute_of(now),
        "p_day": day_of(now),
        "p_requests": asked.requests,
        "p_turns": asked.turns,
        "p_tokens": asked.tokens,
        "p_uploads": asked.uploads,
        "p_most_requests": most["requests_a_minute"],
        "p_most_turns": most["running_turns"],
        "p_most_tokens": most["tokens_a_day"],
        "p_most_uploads": most["uploads_a_day"],
    }


def _less(counter: Any, amount: Any) -> ColumnElement[int]:
    """Return the difference, at least 0."""
    return case((counter > amount, counter - amount), else_=0)


SETTLE = (
    update(QuotaAccount)
    .where(QuotaAccount.subject == bindparam("p_subject", type_=String))
    .values(
        day=case((_is_today(), QuotaAccount.day), else_=_number("p_day")),
        tokens=_today(QuotaAccount.tokens) + _number("p_used"),
        uploads=_less(_today(QuotaAccount.uploads), _number("p_uploads")),
        reserved=_less(QuotaAccount.reserved, _number("p_tokens")),
        running=_less(QuotaAccount.running, _number("p_turns")),
    )
    .execution_options(synchronize_session=False)
)
"""Give back what was reserved, and uploads that failed, and count the tokens that were used."""


def settle_values(
    subject: str, now: datetime, *, used: int = 0, tokens: int = 0, turns: int = 0, uploads: int = 0
) -> dict[str, Any]:
    """Return the values of :data:`SETTLE`; ``tokens`` and ``turns`` were reserved."""
    return {
        "p_subject": subject,
        "p_day": day_of(now),
        "p_used": used,
        "p_tokens": tokens,
        "p_turns": turns,
        "p_uploads": uploads,
    }


__all__ = ["SETTLE", "UNLIMITED", "Asked", "settle_values", "take_statement", "take_values"]
