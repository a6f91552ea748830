"""What can go wrong while a model is pulled, and how one is called off."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field


class PullError(Exception):
    """A model could not be pulled; the message is for people."""


class PullCancelledError(PullError):
    """Somebody called it off. What arrived is kept, and the next pull goes on from there."""


class WrongHashError(PullError):
    """The bytes are not the ones of the catalogue; they were deleted."""

    def __init__(self, name: str, *, expected: str, actual: str) -> None:
        super().__init__(
            f"The file of {name} is not what it should be and was deleted: "
            f"SHA-256 expected {expected}, actual {actual}."
        )
        self.expected = expected
        self.actual = actual


class PinnedHashError(PullError):
    """A file, here or at the hub, is not the one that was agreed on. Nothing was deleted."""

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
    """How far a pull has got, in bytes. ``total`` is ``None`` while nobody has said."""

    done: int
    total: int | None
    step: str
    """What is going on, in words: ``waiting``, ``downloading ...``, ``verifying``."""


OnProgress = Callable[[PullProgress], None]


@dataclass(frozen=True, slots=True)
class PullContext:
    """What every step of a pull needs: whom to tell, and whether to go on."""

    on_progress: OnProgress
    cancelled: threading.Event = field(default_factory=threading.Event)

    def check(self) -> None:
        """Raises :class:`PullCancelledError` once somebody called it off."""
        if self.cancelled.is_set():
            raise PullCancelledError("The pull was called off; the next one goes on from here.")

    def tell(self, done: int, total: int | None, step: str) -> None:
        """Report, after a look at whether to go on."""
        self.check()
        self.on_progress(PullProgress(done, total, step))
