"""Decide with a circuit breaker whether to try a server that failed.

Source of the pattern: Michael Nygard, "Release It!" (2007), "Circuit Breaker".
"""

import time
from collections.abc import Callable

_THRESHOLD = 3
"""Failures in a row that open the circuit."""
_LONGEST_SECONDS = 30.0


class Circuit:
    """Admit all attempts while closed, none while open, and one at a time while half-open.

    A successful attempt closes the circuit; a failed one opens it again, for twice as long.
    """

    def __init__(self, rest_seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        """Stay open for ``rest_seconds`` at first."""
        self._first_rest = self._rest = rest_seconds
        self._clock = clock
        self._failures = 0
        self._half_open_at: float | None = None
        """Time from which it is half-open; None while it is closed."""
        self._trying = False

    @property
    def closed(self) -> bool:
        return self._half_open_at is None

    def admits(self) -> bool:
        """Return whether an attempt is allowed now."""
        if self._half_open_at is None:
            return True
        return not self._trying and self._clock() >= self._half_open_at

    def begin(self) -> None:
        """Record the beginning of an attempt."""
        self._trying = not self.closed

    def succeed(self) -> None:
        """Record an attempt that was answered."""
        self._failures, self._half_open_at, self._trying = 0, None, False
        self._rest = self._first_rest

    def fail(self) -> None:
        """Record an attempt that was not answered."""
        self._failures += 1
        self._trying = False
        if self._failures >= _THRESHOLD:
            self._half_open_at = self._clock() + self._rest
            self._rest = min(self._rest * 2, _LONGEST_SECONDS)

    def abandon(self) -> None:
        """Record an attempt that ended without a result."""
        self._trying = False

    def half_open(self) -> None:
        """Allow an attempt now, because it is likely to succeed."""
        if self._half_open_at is not None:
            self._half_open_at = self._clock()
