"""Server-sent events as both sides of a run write them: a block of lines, then an empty one.

Unlike :class:`app.engines.sse.SSEParser` this keeps the names of events, and takes only LF: it
reads thousands of events a second beside what it measures.
"""


class EventReader:
    """Bytes in, ``(name, data)`` out; the name of an event without one is empty."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, chunk: bytes) -> list[tuple[bytes, bytes]]:
        """The events that this chunk completes, in order. Comments are dropped."""
        *blocks, self._rest = (self._rest + chunk).split(b"\n\n")
        return [event for block in blocks if (event := _event(block))[1]]


def _event(block: bytes) -> tuple[bytes, bytes]:
    name = data = b""
    for line in block.split(b"\n"):
        if line.startswith(b"data: "):
            data = line[6:]
        elif line.startswith(b"event: "):
            name = line[7:]
    return name, data
