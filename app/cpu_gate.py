"""Chats go first where they share the processor with indexing."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class CpuGate:
    """Lets indexing threads wait while a turn runs.

    A low priority alone is not enough: an embedder and a language model on the same cores slow each
    other down several times, whichever the scheduler prefers.
    """

    def __init__(self, *, shared_processor: bool) -> None:
        """``shared_processor``: the engine runs on this machine; else nobody needs to wait."""
        self.shared_processor = shared_processor
        self._lock = threading.Lock()
        self._turns = 0
        self._free = threading.Event()
        self._free.set()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """While a turn retrieves and generates."""
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

    def wait_for_turns(self, at_most: float) -> None:
        """Wait until no turn runs, ``at_most`` seconds: then it is indexing's turn all the same.

        Blocks; for worker threads.
        """
        if self.shared_processor:
            self._free.wait(at_most)
