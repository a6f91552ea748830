"""What an operator sees of an engine's failures: a count of each kind, and a line now and then."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import structlog

from app.engines.port import EngineError

log = structlog.get_logger(__name__)

_QUIET_SECONDS = 10.0
"""Between two lines about one kind of failure of one server: every turn fails while it is away."""
_SHOWN_CHARACTERS = 500


class FailureLog:
    """Counts failures and logs them. Prompts and replies are in neither."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._counts: Counter[str] = Counter()
        self._told_at: dict[tuple[str, int | None], float] = {}
        self._untold: Counter[tuple[str, int | None]] = Counter()

    @property
    def counts(self) -> Mapping[str, int]:
        """How many there were of each kind, since the start."""
        return self._counts

    @contextmanager
    def watch(self, call: str, **context: object) -> Iterator[None]:
        """Note the engine error that a ``call`` ends with; ``context`` goes into the line."""
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
        key, now = (error.kind, error.replica), self._clock()
        if now - self._told_at.get(key, -_QUIET_SECONDS) < _QUIET_SECONDS:
            self._untold[key] += 1
            return
        self._told_at[key] = now
        log.warning(
            "engine_error",
            kind=error.kind,
            replica=error.replica,
            call=call,
            seconds=round(seconds, 3),
            reason=str(error)[:_SHOWN_CHARACTERS],
            not_logged_before=self._untold.pop(key, 0),
            **context,
        )
