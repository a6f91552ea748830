"""Define the errors, progress and cancellation of pulling a model."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field


class PullError(Exception):
    """A model could not be pulled; the message is for people."""


class PullCancelledError(PullError):
    """The pull was cancelled. The bytes so far are kept, and the next pull resumes from them."""


class WrongHashError(PullError):
    """The file does not have the catalogue's hash; it was deleted."""

    def __init__(self, name: str, *, expected: str, actual: str) -> None:
        super().__init__(
            f"The file of {name} is not what it should be and was deleted: "
            f"SHA-256 expected {expected}, actual {actual}."
        )
        self.expected = expected
        self.actual = actual


class PinnedHashError(PullError):
    """A file, here or at the hub, does not have the pinned hash. It was not deleted."""

    def __init__(self, name: str, *, where: str, expected: str, actual: str) -> None:
        super().__init__(
            f"The file of {name} is not the one that is pinned: SHA-256 {expected} by {where}, "
            f"{actual} found. If the model was exchanged on purpose, change the pin; if not, "
            "delete the file and pull it again from a hub that you trust."
        )
        self.expected = expected
        self.actual = actual


@dataclass(frozen=True, slots=True)
class PullProgress:
    """Hold the progress of a pull in bytes. ``total`` is ``None`` while it is unknown."""

    done: int
    total: int | None
    step: str
    """The current step in words: ``waiting``, ``downloading ...``, ``verifying``."""


OnProgress = Callable[[PullProgress], None]


@dataclass(frozen=True, slots=True)
class PullContext:
    """Hold the progress callback and the cancellation of a pull."""

    on_progress: OnProgress
    cancelled: threading.Event = field(default_factory=threading.Event)

    def check(self) -> None:
        """Raise :class:`PullCancelledError` once the pull was cancelled."""
        if self.cancelled.is_set():
            raise PullCancelledError("The pull was called off; the next one goes on from here.")

    def report(self, done: int, total: int | None, step: str) -> None:
        """Report progress. Raises :class:`PullCancelledError` once the pull was cancelled."""
        self.check()
        self.on_progress(PullProgress(done, total, step))
