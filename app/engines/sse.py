"""Parse server-sent events.

Source: the WHATWG HTML standard, section 9.2.6 "Interpreting an event stream". Only ``data``
fields are kept; OpenAI-compatible servers use no others.
"""

import re

_END_OF_LINE = re.compile(rb"\r\n|\n|\r")
MOST_BYTES = 1_000_000
"""Bound of one event and of one line; an event has one token, with the fields around it."""


class EventTooLongError(Exception):
    """A line or an event has more bytes than the parser accepts."""


class SSEParser:
    """Extract ``data`` payloads from chunks of bytes with arbitrary boundaries.

    Lines end with LF, CRLF or CR; comments (``: ping``) and other fields are dropped. Only whole
    lines are decoded, so that a character split between two chunks survives. The time is linear
    in the bytes.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        """Accept events and lines of at most ``most_bytes``."""
        self._most_bytes = most_bytes
        self._rest: list[bytes] = []
        """The incomplete last line, in pieces."""
        self._rest_bytes = 0
        self._data: list[str] = []
        self._data_bytes = 0
        self._after_cr = False
        """Whether a following LF belongs to the CR before it."""

    def feed(self, chunk: bytes) -> list[str]:
        """Return the payloads that this chunk completes. Raises :class:`EventTooLongError`."""
        if self._after_cr and chunk:
            chunk = chunk.removeprefix(b"\n")
            self._after_cr = False
        *lines, rest = _END_OF_LINE.split(chunk)
        self._after_cr = chunk.endswith(b"\r")
        payloads = []
        for line in lines:
            payload = self._line(self._whole(line))
            if payload is not None:
                payloads.append(payload)
        if rest:
            self._rest.append(rest)
            self._rest_bytes += len(rest)
            self._check(self._rest_bytes)
        return payloads

    def close(self) -> list[str]:
        """Return the payload of a last event that lacks its blank line."""
        return self.feed(b"\n\n")

    def _whole(self, end: bytes) -> bytes:
        line = b"".join((*self._rest, end)) if self._rest else end
        self._rest, self._rest_bytes = [], 0
        self._check(len(line))
        return line

    def _line(self, line: bytes) -> str | None:
        if not line:
            payload = "\n".join(self._data) if self._data else None
            self._data, self._data_bytes = [], 0
            return payload
        field, _, value = line.partition(b":")
        if field == b"data":
            self._data_bytes += len(line)
            self._check(self._data_bytes)
            self._data.append(value.removeprefix(b" ").decode("utf-8", errors="replace"))
        return None

    def _check(self, size: int) -> None:
        if size > self._most_bytes:
            raise EventTooLongError
