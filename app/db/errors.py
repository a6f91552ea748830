"""Name the errors of a database that is away, locked or busy, for code that tries again."""

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

DATABASE_ERRORS = (DBAPIError, PoolTimeoutError)
"""A statement that failed, and no free connection in the pool; neither is a kind of the other."""


def reason_of(error: Exception) -> str:
    """Return the driver's words, without the statement and its values; or the error's own."""
    return str(getattr(error, "orig", error))
