"""Run jobs in a reader process: files arrive through a socket, answers leave through it.

Imports hardly anything of the service, so that it starts fast and stays small.
"""

import gc
import io
import os
import pickle
import resource
import signal
import socket
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO, Protocol

from app.readers.wire import LENGTH_BYTES, Answer, Kind, Progress, Refused, dump, receive_exactly
from app.resident_memory import resident_bytes
from characters.errors import FileError

_MEBIBYTE = 1 << 20
_OOM_SCORE = "500"
"""Of 1,000: when memory runs out, the kernel kills a reader rather than the service."""


class Runnable(Protocol):
    """Run as a job of ``jobs.py`` does."""

    def run(
        self, file: BinaryIO, report_progress: Callable[[Progress], None]
    ) -> Iterator[object]: ...


@dataclass(frozen=True, slots=True)
class Request:
    """Hold a request of the service. The file is inside, or passed beside it as a descriptor."""

    job: Runnable
    processor_seconds: float
    content: bytes | None


def main(megabytes: int) -> None:
    """Answer requests on the socket that is standard input, until it is closed."""
    channel = socket.socket(fileno=os.dup(0))
    _give_up_standard_files()
    _set_limits(megabytes)
    warnings.simplefilter("ignore")  # libraries' advice to programmers, repeated for every file
    import app.readers.jobs  # noqa: F401, PLC0415  # so that the first request need not wait

    gc.freeze()
    with suppress(EOFError, ConnectionError):  # the service is gone, or closed the socket
        channel.sendall(dump(Answer("done")))
        while True:
            _serve(channel)


def _serve(channel: socket.socket) -> None:
    request, file = _receive(channel)
    # The kernel counts this time: the limit holds inside a library's loops and without a service.
    signal.setitimer(signal.ITIMER_PROF, request.processor_seconds)
    try:
        with closing(file):
            _answer(channel, request.job, file)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _answer(channel: socket.socket, job: Runnable, file: BinaryIO) -> None:
    def send(kind: Kind, value: object = None) -> None:
        channel.sendall(dump(Answer(kind, value)))

    try:
        for item in job.run(file, partial(send, "progress")):
            send("item", item)
    except ConnectionError:
        raise
    except Exception as error:
        if _is_out_of_memory(error):
            send("memory")
            sys.exit()
        if isinstance(error, FileError):
            send("error", Refused(type(error).__name__, error.code, str(error), error.detail))
        else:
            send("failed", traceback.format_exc())
    else:
        send("done", (resident_bytes("VmHWM") or 0) // 2**20)


def _is_out_of_memory(error: BaseException | None) -> bool:
    """Return whether memory ran out, even where a reader raised another error for it."""
    while error is not None:
        if isinstance(error, MemoryError):
            return True
        error = error.__cause__ or error.__context__
    return False


def _receive(channel: socket.socket) -> tuple[Request, BinaryIO]:
    head, descriptors, _, _ = socket.recv_fds(channel, LENGTH_BYTES, 1)
    if not head:
        raise EOFError
    head += receive_exactly(channel, LENGTH_BYTES - len(head))
    request = pickle.loads(receive_exactly(channel, int.from_bytes(head, "big")))  # noqa: S301  # from the service
    assert isinstance(request, Request)  # noqa: S101
    if request.content is not None:
        return request, io.BytesIO(request.content)
    return request, io.BufferedReader(_OwnPosition(descriptors[0]))


class _OwnPosition(io.RawIOBase):
    """Read a file of the service at an own position: the descriptor shares the service's."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # the stub says Buffer, which has no length
        content = os.pread(self._descriptor, len(buffer), self._at)
        buffer[: len(content)] = content
        self._at += len(content)
        return len(content)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._at}.get(whence)
        start = os.fstat(self._descriptor).st_size if start is None else start
        if start + offset < 0:
            raise OSError(22, "a place before the file's start")
        self._at = start + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def close(self) -> None:
        if not self.closed:
            os.close(self._descriptor)
        super().close()


def _give_up_standard_files() -> None:
    """Keep output that a library prints out of the answers."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)


def _set_limits(megabytes: int) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core file would keep people's uploads
    with suppress(OSError, ValueError):  # where the system's own limit is lower
        resource.setrlimit(resource.RLIMIT_DATA, (megabytes * _MEBIBYTE,) * 2)
    with suppress(OSError):  # Linux only
        Path("/proc/self/oom_score_adj").write_text(_OOM_SCORE, encoding="ascii")
