"""Read the database's clock in statements.

Leases are written and compared by it: the clocks of two machines differ, and a process whose clock
is fast would take over the work of processes that live.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Float, SQLColumnExpression, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from app.db.base import UtcDateTime


class _Now(FunctionElement[datetime]):
    """Compile to the present time plus a number of seconds."""

    type = UtcDateTime()
    inherit_cache = True


class _SecondsUntil(FunctionElement[float]):
    """Compile to the seconds from now to a time."""

    type = Float()
    inherit_cache = True


def db_now(plus: timedelta = timedelta(0)) -> ColumnElement[datetime]:
    """Return the time of the statement by the database's clock, moved on by ``plus``."""
    return _Now(bindparam(None, plus.total_seconds(), Float(), unique=True))


def seconds_until(time: SQLColumnExpression[Any]) -> ColumnElement[float]:
    """Return the seconds until ``time``, negative once it is past; NULL where it is NULL."""
    return _SecondsUntil(time)


@compiles(_Now, "postgresql")
def _now_of_postgres(element: _Now, compiler: SQLCompiler, **options: Any) -> str:
    # Stable within a statement, so that indexes serve; `now()` is when the transaction began.
    seconds = compiler.process(element.clauses, **options)
    return f"(statement_timestamp() + make_interval(secs => {seconds}))"


@compiles(_Now, "sqlite")
def _now_of_sqlite(element: _Now, compiler: SQLCompiler, **options: Any) -> str:
    # In the form that SQLAlchemy stores times in, which is compared as text.
    seconds = compiler.process(element.clauses, **options)
    return f"strftime('%Y-%m-%d %H:%M:%f000', 'now', {seconds} || ' seconds')"


@compiles(_SecondsUntil, "postgresql")
def _until_of_postgres(element: _SecondsUntil, compiler: SQLCompiler, **options: Any) -> str:
    time = compiler.process(element.clauses, **options)
    return f"CAST(EXTRACT(EPOCH FROM {time} - statement_timestamp()) AS DOUBLE PRECISION)"


@compiles(_SecondsUntil, "sqlite")
def _until_of_sqlite(element: _SecondsUntil, compiler: SQLCompiler, **options: Any) -> str:
    time = compiler.process(element.clauses, **options)
    return f"((julianday({time}) - julianday('now')) * 86400.0)"
