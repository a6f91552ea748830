"""Write the results of a long run to its journal as they come, and report how far it is."""

from collections.abc import Sequence
from dataclasses import asdict
from time import monotonic
from typing import TYPE_CHECKING

from app.tools.bench.in_process import Say
from app.tools.durations import duration
from app.tools.evaluation.journal import Journal

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_REPORT_SECONDS = 30.0


class JournaledProgress:
    """Keep the results of one run among those of a journal."""

    def __init__(
        self, journal: Journal, run: str, what: str, *, total: int, done: int, say: Say
    ) -> None:
        """Take the run's identity, what it makes, in the plural, and how many are ``done``."""
        self._journal = journal
        self._run = run
        self._what = what
        self._total = total
        self._done = self._before = done
        self._say = say
        self._started = self._reported = monotonic()

    def add(self, results: "Sequence[DataclassInstance]") -> None:
        """Store results; every half a minute the time left is reported."""
        for result in results:
            self._journal.add({"run": self._run, **asdict(result)})
        self._done += len(results)
        now = monotonic()
        if now - self._reported >= _REPORT_SECONDS and self._done > self._before:
            self._reported = now
            each = (now - self._started) / (self._done - self._before)
            left = duration(each * (self._total - self._done))
            self._say(f"{self._done} of {self._total} {self._what}; about {left} left.")
