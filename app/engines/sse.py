"""Server-sent events, the reading side.

Source: the WHATWG HTML standard, section 9.2.6 "Interpreting an event stream". Only ``event``
and ``data`` fields are kept; OpenAI-compatible servers send ``data`` alone.
"""

import re
from typing import NamedTuple

_END_OF_LINE = re.compile(rb"\r\n|\n|\r")
MOST_BYTES = 1_000_000
"""Of one event and of one line; an event has one token, with the fields around it."""


class EventTooLongError(Exception):
    """A line or an event has more bytes than the parser keeps."""


class ServerEvent(NamedTuple):
    """Hold one event: its name, empty where the stream gives none, and its payload."""

    name: str
    data: str


class SSEParser:
    """Bytes in, ``data`` payloads out, wherever the network cut the bytes.

    Lines end with LF, CRLF or CR; comments (``: ping``) and other fields are dropped. Lines are
    decoded when they are whole, so that a character cut between two chunks survives. Takes time
    in proportion to the bytes.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        """``most_bytes`` bounds an event, and a line of it."""
        self._most_bytes = most_bytes
        self._rest: list[bytes] = []
        """The line that has no end yet, in pieces."""
        self._rest_bytes = 0
        self._data: list[str] = []
        self._data_bytes = 0
        self._name = ""
        self._after_cr = False
        """Whether a LF that comes next belongs to the CR before it."""

    def feed(self, chunk: bytes) -> list[str]:
        """Return the payloads that this chunk completes, as :meth:`feed_events` does events."""
        return [event.data for event in self.feed_events(chunk)]

    def feed_events(self, chunk: bytes) -> list[ServerEvent]:
        """Return the events that this chunk completes, in order.

        Raises :class:`EventTooLongError`.
        """
        if self._after_cr and chunk:
            chunk = chunk.removeprefix(b"\n")
            self._after_cr = False
        *lines, rest = _END_OF_LINE.split(chunk)
        self._after_cr = chunk.endswith(b"\r")
        events = []
        for line in lines:
            event = self._line(self._whole(line))
            if event is not None:
                events.append(event)
        if rest:
            self._rest.append(rest)
            self._rest_bytes += len(rest)
            self._check(self._rest_bytes)
        return events

    def close(self) -> list[str]:
        """Return the payload of a last event that lacks its blank line."""
        return self.feed(b"\n\n")

    def _whole(self, end: bytes) -> bytes:
        line = b"".join((*self._rest, end)) if self._rest else end
        self._rest, self._rest_bytes = [], 0
        self._check(len(line))
        return line

    def _line(self, line: bytes) -> ServerEvent | None:
        if not line:
            event = ServerEvent(self._name, "\n".join(self._data)) if self._data else None
            self._name, self._data, self._data_bytes = "", [], 0
            return event
        field, _, value = line.partition(b":")
        if field == b"data":
            self._data_bytes += len(line)
            self._check(self._data_bytes)
            self._data.append(_text(value))
        elif field == b"event":
            self._name = _text(value)
        return None

    def _check(self, size: int) -> None:
        if size > self._most_bytes:
            raise EventTooLongError


def _text(value: bytes) -> str:
    """Return a field's value without the one space that may follow its colon."""
    return value.removeprefix(b" ").decode("utf-8", errors="replace")
