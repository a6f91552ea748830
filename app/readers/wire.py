"""Exchange frames of pickled values between service and reader over a Unix socket.

A reader trusts the service's requests. The service does not trust answers: a reader handles
hostile files, so only plain data and the data classes of ``characters`` are accepted from one.
"""

import io
import pickle
import socket
import sys
import time
from dataclasses import dataclass
from typing import Literal

Kind = Literal["item", "progress", "done", "error", "memory", "failed"]

LENGTH_BYTES = 8
_PIECE = 1 << 20
_PLAIN = frozenset(
    {
        *(("builtins", name) for name in ("str", "set", "frozenset")),
        *(("datetime", name) for name in ("datetime", "date", "time", "timedelta", "timezone")),
    }
)


@dataclass(frozen=True, slots=True)
class Progress:
    """Report how far the reading of a file is."""

    format: str | None = None
    """None until it is detected."""
    row: int = 0
    """Last row read, as a text editor counts it, within ``member`` if there is one."""
    lines: int = 0
    """Lines of dialogue up to now."""
    member: str | None = None
    """The file of an archive, or the sheet of a workbook."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Carry a :class:`~characters.errors.FileError` that a reader raised."""

    kind: str
    """The name of its class."""
    code: str
    message: str
    detail: dict[str, object]


@dataclass(frozen=True, slots=True)
class Answer:
    """Hold one frame from a reader."""

    kind: Kind
    value: object = None


class UntrustedAnswerError(Exception):
    """Report an answer that no reader sends: the reader was taken over, or its version differs."""


def dump(value: object) -> bytes:
    """Return ``value`` as a frame: its length in eight bytes, then its pickle."""
    content = pickle.dumps(value, protocol=5)
    return len(content).to_bytes(LENGTH_BYTES, "big") + content


def receive_exactly(channel: socket.socket, size: int, end: float | None = None) -> bytearray:
    """Return ``size`` bytes. Raises ``EOFError`` if the other side closed its end.

    ``end`` is a time of ``time.monotonic()``; after it ``TimeoutError`` is raised.
    """
    content = bytearray(size)
    rest = memoryview(content)
    while rest:
        if end is not None:
            if (left := end - time.monotonic()) <= 0:
                raise TimeoutError
            channel.settimeout(left)
        got = channel.recv_into(rest, min(len(rest), _PIECE))
        if not got:
            raise EOFError
        rest = rest[got:]
    return content


def load_answer(content: bytes | bytearray) -> Answer:
    """Return the answer in a frame. Raises :class:`UntrustedAnswerError`."""
    try:
        answer = _Unpickler(io.BytesIO(content)).load()
    except UntrustedAnswerError:
        raise
    except Exception as error:  # damaged pickles raise nearly anything
        raise UntrustedAnswerError("An answer that cannot be read.") from error
    if not isinstance(answer, Answer):
        raise UntrustedAnswerError(f"An answer of the type {type(answer).__name__}.")
    return answer


class _Unpickler(pickle.Unpickler):
    """Load plain data and classes defined in ``characters``, and call no other code."""

    def find_class(self, module: str, name: str) -> object:
        if (module, name) in _PLAIN:
            return super().find_class(module, name)
        ours = module == __name__ or module.startswith("characters.")
        # A dot would reach the names that a module imports.
        if ours and module in sys.modules and "." not in name:
            found = getattr(sys.modules[module], name, None)
            if isinstance(found, type) and found.__module__ == module:
                return found
        raise UntrustedAnswerError(f"An answer with {module[:80]}.{name[:80]} in it.")
