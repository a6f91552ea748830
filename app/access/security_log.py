"""Log sign-ins, refused attempts and changes of keys.

Events go to the logger ``offbook.security`` with ``security=True``. They hold addresses and the
public prefixes of keys, never a key or a cookie. Each kind of event has an allowance, and the next
event reports how many were left out: a flood must not fill the disk.
"""

import time
from collections.abc import Callable

import structlog

LOGGER = "offbook.security"
_ALLOWANCE = (30, 60.0)
"""Events of a kind that are written, and in how many seconds."""
_ALLOWANCES = {
    "forwarding_header_ignored": (1, 3_600.0),
    "user_header_ignored": (1, 3_600.0),
    "user_header_unusable": (1, 3_600.0),
}
"""Exceptions by event; a missing setting deserves one line an hour."""


class SecurityLog:
    """Write security events, each kind within its own allowance."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._written: dict[str, tuple[float, int, int]] = {}
        """By event: the start of its period, and the events written and left out in it."""

    def info(self, event: str, **fields: object) -> None:
        """Write an expected event."""
        self._write("info", event, fields)

    def warning(self, event: str, **fields: object) -> None:
        """Write an event that an operator may want to investigate."""
        self._write("warning", event, fields)

    def _write(self, level: str, event: str, fields: dict[str, object]) -> None:
        left_out = self._admit(event)
        if left_out is None:
            return
        if left_out:
            fields["left_out"] = left_out
        getattr(structlog.get_logger(LOGGER), level)(event, security=True, **fields)

    def _admit(self, event: str) -> int | None:
        """Return the events of the kind left out before this one; None to leave this one out.

        ``event`` is a constant of the code, so the table stays small.
        """
        now = self._clock()
        most, seconds = _ALLOWANCES.get(event, _ALLOWANCE)
        began, written, left_out = self._written.get(event, (now, 0, 0))
        if now - began >= seconds:
            began, written = now, 0
        if written >= most:
            self._written[event] = (began, written, left_out + 1)
            return None
        self._written[event] = (began, written + 1, 0)
        return left_out
