"""Read and write the ids of a turn's events: the turn, and where in it the listener is."""

import re
from typing import NamedTuple
from uuid import UUID

from app.errors import InvalidError

_ID = re.compile(r"(?P<turn>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.(?P<number>\d{1,9})")


class EventId(NamedTuple):
    """Name an event of a turn; see :mod:`app.turns.progress`."""

    turn_id: UUID
    number: int

    def __str__(self) -> str:
        return f"{self.turn_id}.{self.number}"


def parse_event_id(text: str | None) -> EventId | None:
    """Return the id in a ``Last-Event-ID`` header; None where it has none.

    Raises :class:`~app.errors.InvalidError` (``invalid_event_id``) for one that no turn has.
    """
    if not text:
        return None
    found = _ID.fullmatch(text)
    if found is None:
        raise InvalidError(
            "invalid_event_id",
            "Last-Event-ID is no id of a turn's event. Send the id of the last event that arrived,"
            " or leave the header out to begin with the reply so far.",
        )
    return EventId(UUID(found["turn"]), int(found["number"]))
