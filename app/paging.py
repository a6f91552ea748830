"""Parse cursors, the id of the last item of a page.

Ids sort by time, so pages stay stable while items are added.
"""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from app.errors import InvalidError

Cursor = Annotated[str | None, Query(description="`next_cursor` of the page before.")]
Limit = Annotated[int, Query(ge=1, le=200)]


def parse_cursor(cursor: str | None) -> UUID | None:
    """Return the id in a cursor; None without one.

    Raises :class:`~app.errors.InvalidError` (``invalid_cursor``).
    """
    if cursor is None:
        return None
    try:
        return UUID(cursor)
    except ValueError as error:
        raise InvalidError("invalid_cursor", "This cursor is not one we gave.") from error
