"""Read one file in a reader process, within its time. Everything here blocks."""

import signal
import time
from collections.abc import Callable
from typing import BinaryIO, Final, Generic, TypeVar, cast

import structlog

from app.readers.errors import ReaderDiedError, ReadingTooLargeError, ReadingTooSlowError
from app.readers.jobs import Job
from app.readers.process import ReaderProcess
from app.readers.wire import Progress, Refused, UntrustedAnswerError
from characters import errors

log = structlog.get_logger(__name__)

T = TypeVar("T")

_DEATH_SECONDS = 5.0
_OUT_OF_TIME = (signal.SIGPROF, signal.SIGXCPU)
_REFUSALS = {
    each.__name__: each
    for each in (
        errors.FileError,
        errors.ArchiveError,
        errors.ScriptError,
        errors.CardError,
        errors.ChatLogError,
    )
}


class ReaderFailedError(Exception):
    """Report an unforeseen error in a reader; its traceback was logged."""


class Ended:
    """Mark the end of the items."""


ENDED: Final = Ended()


class Reading(Generic[T]):
    """Take the items of one job, one by one.

    Only time spent waiting for the process counts: while the caller stores an item, the process
    waits too, or is ahead by no more than a socket's buffer.
    """

    def __init__(
        self,
        process: ReaderProcess,
        job: Job[T],
        file: BinaryIO,
        *,
        seconds: float,
        megabytes: int,
        on_progress: Callable[[Progress], object] = lambda _: None,
    ) -> None:
        self.progress = Progress()
        self.complete = False
        """Whether the process has finished the file, and can be given another."""
        self.megabytes = 0
        """Most memory the process took, known once it has finished."""
        self._process = process
        self._job = job
        self._file = file
        self._seconds = seconds
        self._left = seconds
        self._most_megabytes = megabytes
        self._on_progress = on_progress
        self._asked = False

    def take(self) -> T | Ended:
        """Return the next item.

        Raises the job's :class:`~characters.errors.FileError`; if the process had to be ended or
        died, an error of ``errors.py``.
        """
        started = time.monotonic()
        try:
            return self._take()
        except TimeoutError as error:
            self._process.kill()
            raise ReadingTooSlowError(self._seconds, self.progress) from error
        except (EOFError, OSError) as error:
            raise self._died() from error
        except UntrustedAnswerError as error:
            self._process.kill()
            log.error("reader_untrusted", error=str(error), pid=self._process.pid)
            raise ReaderDiedError(None, self.progress) from error
        finally:
            self._left -= time.monotonic() - started

    def _take(self) -> T | Ended:
        if not self._asked:
            self._asked = True
            self._process.ask(self._job, self._file, self._left)
        end = time.monotonic() + self._left
        while True:
            answer = self._process.receive(end - time.monotonic())
            if answer.kind == "item":
                return cast(T, answer.value)
            if answer.kind == "progress":
                assert isinstance(answer.value, Progress)  # noqa: S101
                self.progress = answer.value
                self._on_progress(answer.value)
            elif answer.kind == "memory":
                raise ReadingTooLargeError(self._most_megabytes, self.progress)
            elif answer.kind == "failed":
                log.error("reader_failed", traceback=str(answer.value))
                raise ReaderFailedError
            else:
                self.complete = True
                if answer.kind == "error":
                    raise _as_raised(answer.value)
                self.megabytes = cast(int, answer.value)
                return ENDED

    def _died(self) -> ReaderDiedError | ReadingTooSlowError:
        status = self._process.wait(_DEATH_SECONDS)
        log.warning("reader_died", status=status, pid=self._process.pid)
        if status is not None and -status in _OUT_OF_TIME:
            return ReadingTooSlowError(self._seconds, self.progress)
        return ReaderDiedError(status, self.progress)


def _as_raised(value: object) -> errors.FileError:
    assert isinstance(value, Refused)  # noqa: S101
    return _REFUSALS.get(value.kind, errors.FileError)(value.code, value.message, **value.detail)
