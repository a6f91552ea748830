"""Give turns priority over indexing where both use the same processor."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class CpuGate:
    """Hold indexing threads while a turn runs.

    A low priority alone is not enough: an embedder and a language model on the same cores slow each
    other down several times, whichever the scheduler prefers.
    """

    def __init__(self, *, shared_processor: bool) -> None:
        """``shared_processor``: the engine runs on this machine; otherwise indexing never waits."""
        self.shared_processor = shared_processor
        self._lock = threading.Lock()
        self._turns = 0
        self._free = threading.Event()
        self._free.set()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Hold indexing back while a turn retrieves and generates."""
        with self._lock:
            self._turns += 1
            self._free.clear()
        try:
            yield
        finally:
            with self._lock:
                self._turns -= 1
                if self._turns == 0:
                    self._free.set()

    def wait_for_turns(self, at_most: float) -> bool:
        """Block the calling worker thread until no turn runs, for ``at_most`` seconds.

        Returns False where turns still run. Indexing then goes on, on fewer cores, so that
        continuous chatting cannot starve it.
        """
        return not self.shared_processor or self._free.wait(at_most)
