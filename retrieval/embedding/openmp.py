"""Keep a native library's OpenMP regions on the calling thread."""

import ctypes
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple


class _Runtime(NamedTuple):
    get_max_threads: Callable[[], int]
    set_num_threads: Callable[[int], None]


class SingleThreadedRegions:
    """Limit one loaded library's OpenMP regions to one thread; other libraries keep theirs.

    ``OMP_NUM_THREADS`` is read once, when an OpenMP runtime is loaded, and by every runtime in
    the process; it comes too late when another library shares the runtime, and it would slow the
    others down. ``omp_set_num_threads`` sets a variable of the *calling thread* (OpenMP 5.2,
    section 2.4, ``nthreads-var``), so it is set around each call and put back after it.
    """

    def __init__(self, library: ctypes.CDLL) -> None:
        """Find the runtimes that ``library`` may be bound to; call right after loading it.

        A dynamic linker binds a library first to what the process exports globally (importing
        torch exports its own libgomp), then to the library's own dependencies: both are set.
        A library built without OpenMP has neither, and needs no limit.
        """
        found: dict[int | None, _Runtime] = {}
        for scope in (ctypes.CDLL(None), library):
            try:
                get, set_ = scope.omp_get_max_threads, scope.omp_set_num_threads
            except AttributeError:
                continue
            get.argtypes, get.restype = [], ctypes.c_int
            set_.argtypes, set_.restype = [ctypes.c_int], None
            found[ctypes.cast(set_, ctypes.c_void_p).value] = _Runtime(get, set_)
        self._runtimes = tuple(found.values())

    @contextmanager
    def active(self) -> Iterator[None]:
        """Keep regions that the calling thread enters within this block on that thread."""
        before = [runtime.get_max_threads() for runtime in self._runtimes]
        for runtime in self._runtimes:
            runtime.set_num_threads(1)
        try:
            yield
        finally:
            for runtime, threads in zip(self._runtimes, before, strict=True):
                runtime.set_num_threads(threads)
