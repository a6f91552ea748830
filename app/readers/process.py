"""Start, ask and end a reader process from the service. Everything here blocks."""

import io
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryFile
from typing import BinaryIO

from app.readers.child import Request, Runnable
from app.readers.wire import (
    LENGTH_BYTES,
    Answer,
    UntrustedAnswerError,
    dump,
    load_answer,
    receive_exactly,
)

_BOOT = (
    "import sys; sys.path[:] = sys.argv[2:]; from app.readers.child import main;"
    " main(int(sys.argv[1]))"
)
_OPTIONS = ("-I", "-X", "faulthandler")
_ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "TZ")
"""Inherited by a reader, which handles untrusted files and needs none of the service's keys."""
_START_SECONDS = 60.0
_GRACE_SECONDS = 5.0
"""Extra processor time, so that the caller's limit is met before the kernel's."""
_INLINE_BYTES = 1 << 20
"""A smaller file is sent inside its request; a larger one as a descriptor."""
_MEBIBYTE = 1 << 20


class ReaderProcess:
    """Own a child process that reads one file after another.

    Not safe to be used by two threads at once, except for :meth:`kill`.
    """

    def __init__(self, megabytes: int) -> None:
        """Start the process with at most ``megabytes`` of memory. Raises ``OSError``."""
        self.files = 0
        """Number of files it was asked to read."""
        self._most_bytes = megabytes * _MEBIBYTE
        self._channel, theirs = socket.socketpair()
        with theirs:
            self._process: subprocess.Popen[bytes] = subprocess.Popen(  # noqa: S603  # all of it is ours
                [sys.executable, *_OPTIONS, "-c", _BOOT, str(megabytes), *sys.path],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C is for the service, which ends the process
                env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
            )

        try:
            self.receive(_START_SECONDS)
        except (EOFError, TimeoutError, UntrustedAnswerError) as error:
            raise OSError(f"A reader did not start: {self.end()}") from error

    @property
    def pid(self) -> int:
        """Return the process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Return whether the process is running."""
        return self._process.poll() is None

    def ask(self, job: Runnable, file: BinaryIO, seconds: float) -> None:
        """Have ``file`` (seekable) read; leave it alone until the last answer has arrived.

        Raises ``OSError`` where the process is gone.
        """
        self.files += 1
        self._channel.settimeout(seconds)
        with _hand_over(file) as (content, descriptor):
            request = dump(Request(job, seconds + _GRACE_SECONDS, content))
            if descriptor is None:
                self._channel.sendall(request)
            else:
                head, rest = request[:LENGTH_BYTES], request[LENGTH_BYTES:]
                socket.send_fds(self._channel, [head], [descriptor])
                self._channel.sendall(rest)

    def receive(self, seconds: float) -> Answer:
        """Return the next answer.

        Raises ``TimeoutError`` where it takes longer than ``seconds``; ``EOFError`` or another
        ``OSError`` where the process is gone; ``UntrustedAnswerError``.
        """
        end = time.monotonic() + seconds
        head = receive_exactly(self._channel, LENGTH_BYTES, end)
        size = int.from_bytes(head, "big")
        if size > self._most_bytes:
            raise EOFError
        return load_answer(receive_exactly(self._channel, size, end))

    def kill(self) -> None:
        """Kill the process at once; :meth:`end` has to follow."""
        self._process.kill()

    def end(self) -> int:
        """End the process, wait for it, and return its exit status: minus a signal's number."""
        self.kill()
        status = self._process.wait()
        self._channel.close()
        return status

    def wait(self, seconds: float) -> int | None:
        """Return the exit status, None if the process still runs after ``seconds``."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None


@contextmanager
def _hand_over(file: BinaryIO) -> Iterator[tuple[bytes | None, int | None]]:
    """Yield the file's content, or else its descriptor."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    if size <= _INLINE_BYTES:
        yield file.read(), None
        return
    try:
        descriptor = file.fileno()
        file.flush()
    except io.UnsupportedOperation:  # the file is in memory
        with TemporaryFile() as copy:
            shutil.copyfileobj(file, copy)
            copy.flush()
            yield None, copy.fileno()
    else:
        yield None, descriptor
