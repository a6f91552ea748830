"""Server-sent events, the reading side.

Source: the WHATWG HTML standard, section 9.2.6 "Interpreting an event stream". Only ``data``
fields are kept; OpenAI-compatible servers use no others.
"""


class SSEParser:
    """Bytes in, ``data`` payloads out, wherever the network cut the bytes.

    Lines end with LF, CRLF or CR; comments (``: ping``) and other fields are dropped. Lines are
    decoded when they are whole, so that a character cut between two chunks survives.
    """

    def __init__(self) -> None:
        self._rest = b""
        self._data: list[str] = []

    def feed(self, chunk: bytes) -> list[str]:
        """The payloads that this chunk completes, in order."""
        buffer = self._rest + chunk
        # A CR at the end may be the first half of a CRLF: look at it when the next byte is here.
        held = b"\r" if buffer.endswith(b"\r") else b""
        if held:
            buffer = buffer[:-1]
        *lines, rest = buffer.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        self._rest = rest + held
        payloads = []
        for line in lines:
            payload = self._line(line)
            if payload is not None:
                payloads.append(payload)
        return payloads

    def close(self) -> list[str]:
        """The payload of an event that the end of the stream left without its blank line."""
        payloads = self.feed(b"\n\n")
        self._rest = b""
        return payloads

    def _line(self, line: bytes) -> str | None:
        if not line:
            payload = "\n".join(self._data) if self._data else None
            self._data = []
            return payload
        field, _, value = line.partition(b":")
        if field == b"data":
            self._data.append(value.removeprefix(b" ").decode("utf-8", errors="replace"))
        return None
