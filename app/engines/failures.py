"""Count an engine's failures by kind, and log them at a limited rate."""

import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import structlog

from app.engines.port import EngineError

log = structlog.get_logger(__name__)

_QUIET_SECONDS = 10.0
"""Least time between two log lines of one kind, since every turn fails meanwhile."""
_SHOWN_CHARACTERS = 500


_REMEMBERED = 1_000
"""Failures whose times are kept."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Hold a failed call, without its prompt and reply."""

    at: float
    """On the clock of the log, in seconds."""
    kind: str
    reason: str


class FailureLog:
    """Count and log failures, without prompts or replies."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._counts: Counter[str] = Counter()
        self._newest: deque[Failure] = deque(maxlen=_REMEMBERED)
        self._logged_at: dict[str, float] = {}
        self._unlogged: Counter[str] = Counter()

    @property
    def counts(self) -> Mapping[str, int]:
        """Failures of each kind since the start."""
        return self._counts

    def recent(self, seconds: float) -> list[tuple[Failure, float]]:
        """Return the failures of the last ``seconds``, and how long ago each was, newest first."""
        now = self._clock()
        return [
            (each, now - each.at) for each in reversed(self._newest) if now - each.at <= seconds
        ]

    @contextmanager
    def watch(self, call: str, **context: object) -> Iterator[None]:
        """Record an engine error raised by a ``call``; ``context`` is added to the log line."""
        started = self._clock()
        try:
            yield
        except EngineError as error:
            self._note(error, call, self._clock() - started, context)
            raise

    def _note(
        self, error: EngineError, call: str, seconds: float, context: Mapping[str, object]
    ) -> None:
        self._counts[error.kind] += 1
        self._newest.append(Failure(self._clock(), error.kind, str(error)[:_SHOWN_CHARACTERS]))
        key, now = error.kind, self._clock()
        if now - self._logged_at.get(key, -_QUIET_SECONDS) < _QUIET_SECONDS:
            self._unlogged[key] += 1
            return
        self._logged_at[key] = now
        log.warning(
            "engine_error",
            kind=error.kind,
            call=call,
            seconds=round(seconds, 3),
            reason=str(error)[:_SHOWN_CHARACTERS],
            not_logged_before=self._unlogged.pop(key, 0),
            **context,
        )
