"""How the service and a reader process speak: frames of pickled values over a Unix socket.

The service trusts its own requests. It does not trust answers: a reader handles hostile files, so
only plain data and the data classes of ``characters`` are taken from one.
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
    """How far the reading of a file is."""

    format: str | None = None
    """None until it is known."""
    row: int = 0
    """The last row that was read, as a text editor counts it, in ``part`` if there is one."""
    lines: int = 0
    """Lines of dialogue so far."""
    part: str | None = None
    """The file of an archive, or the sheet of a workbook."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A :class:`~characters.errors.FileError` that a reader raised."""

    kind: str
    """The name of its class."""
    code: str
    message: str
    detail: dict[str, object]


@dataclass(frozen=True, slots=True)
class Answer:
    """One frame from a reader."""

    kind: Kind
    value: object = None


class UntrustedAnswerError(Exception):
    """A reader sent something that no reader sends: it was taken over, or is another version."""


def dump(value: object) -> bytes:
    """``value`` as a frame: its length in eight bytes, then its pickle."""
    content = pickle.dumps(value, protocol=5)
    return len(content).to_bytes(LENGTH_BYTES, "big") + content


def receive_exactly(channel: socket.socket, size: int, end: float | None = None) -> bytearray:
    """``size`` bytes. Raises ``EOFError`` where the other side has closed its end.

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
    """The answer in a frame. Raises :class:`UntrustedAnswerError`."""
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
    """Makes plain data and classes defined in ``characters``; calls nothing else."""

    def find_class(self, module: str, name: str) -> object:
        if (module, name) in _PLAIN:
            return super().find_class(module, name)
        ours = module == __name__ or module.startswith("characters.")
        # A dot would reach what a module imports.
        if ours and module in sys.modules and "." not in name:
            found = getattr(sys.modules[module], name, None)
            if isinstance(found, type) and found.__module__ == module:
                return found
        raise UntrustedAnswerError(f"An answer with {module[:80]}.{name[:80]} in it.")
