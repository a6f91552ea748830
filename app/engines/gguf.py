"""Read the control tokens of a GGUF model file, and the shapes of its tensors.

Source: the GGUF specification (ggml, ``docs/gguf.md``, versions 2 and 3), and llama.cpp's
``enum llama_token_type`` (``include/llama.h``).
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_MAGIC = b"GGUF"
_STRING, _ARRAY = 8, 9
_SCALARS = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
"""Bytes of each type of number."""
_INT32 = 5
_ARCHITECTURE = "general.architecture"
_TOKENS, _TYPES = "tokenizer.ggml.tokens", "tokenizer.ggml.token_type"
_UNKNOWN, _CONTROL, _USER_DEFINED = 2, 3, 4
_MOST_KEYS = 10_000
_MOST_ITEMS = 4_000_000
_MOST_TENSORS = 100_000
_MOST_DIMENSIONS = 4
_LONGEST_STRING = 16_000_000
_MARKS = frozenset("<>[]|")
"""A user-defined token counts if it contains one of these; others are runs of spaces, and words."""


class GgufError(ValueError):
    """The file's metadata cannot be read."""


def read_control_tokens(path: Path) -> frozenset[str]:
    """Return the texts that llama.cpp's tokenizer turns into one control token.

    Reads the metadata only, 0.2 s for 150,000 tokens. Raises :class:`GgufError` for a file that is
    not GGUF, and ``OSError``.
    """
    with path.open("rb") as file:
        try:
            tokens, types = _vocabulary(file)
        except (struct.error, UnicodeDecodeError, MemoryError) as error:
            raise GgufError(f"The metadata of {path} cannot be read: {error}") from error
    return frozenset(
        token
        for token, kind in zip(tokens, types, strict=False)
        if kind in (_UNKNOWN, _CONTROL) or (kind == _USER_DEFINED and not _MARKS.isdisjoint(token))
    )


@dataclass(frozen=True, slots=True)
class GgufShapes:
    """Hold the architecture of a file's model, and the shapes of its tensors by name.

    The fastest dimension comes first.
    """

    architecture: str
    tensors: Mapping[str, tuple[int, ...]]


def read_shapes(path: Path) -> GgufShapes:
    """Return what a model, or an adapter to one, is made of.

    Reads the head only. Raises :class:`GgufError` for a file that is not GGUF, and ``OSError``.
    """
    with path.open("rb") as file:
        try:
            tensors, keys = _counts(file)
            architecture = ""
            for _ in range(keys):
                key = _string(file).decode()
                [kind] = _unpack(file, "<I")
                if key == _ARCHITECTURE and kind == _STRING:
                    architecture = _string(file).decode()
                else:
                    _skip(file, kind)
            return GgufShapes(architecture, dict(_tensor(file) for _ in range(tensors)))
        except (struct.error, UnicodeDecodeError, MemoryError) as error:
            raise GgufError(f"The head of {path} cannot be read: {error}") from error


def _counts(file: BinaryIO) -> tuple[int, int]:
    """Return how many tensors and keys a file has; its keys follow."""
    if file.read(4) != _MAGIC:
        raise GgufError("This is not a GGUF file.")
    version, tensors, keys = _unpack(file, "<IQQ")
    if version not in (2, 3) or keys > _MOST_KEYS or tensors > _MOST_TENSORS:
        raise GgufError(
            f"GGUF version {version} with {keys} keys and {tensors} tensors is not known here."
        )
    return tensors, keys


def _tensor(file: BinaryIO) -> tuple[str, tuple[int, ...]]:
    name = _string(file).decode()
    [dimensions] = _unpack(file, "<I")
    if dimensions > _MOST_DIMENSIONS:
        raise GgufError(f"A tensor of {dimensions} dimensions is not known here.")
    shape = _unpack(file, f"<{dimensions}Q")
    _unpack(file, "<IQ")  # its type, and where it begins
    return name, shape


def _vocabulary(file: BinaryIO) -> tuple[list[str], list[int]]:
    _, keys = _counts(file)
    tokens: list[str] = []
    types: list[int] = []
    for _ in range(keys):
        key = _string(file).decode()
        [kind] = _unpack(file, "<I")
        if key == _TOKENS:
            count = _length(file, kind, _STRING)
            tokens = [_string(file).decode(errors="replace") for _ in range(count)]
        elif key == _TYPES:
            types = list(_unpack(file, f"<{_length(file, kind, _INT32)}i"))
        else:
            _skip(file, kind)
        if tokens and types:
            break
    return tokens, types


def _length(file: BinaryIO, kind: int, expected: int) -> int:
    """Return the length of an array whose items must be of the ``expected`` type."""
    if kind != _ARRAY:
        raise GgufError("The vocabulary is no array.")
    item, count = _unpack(file, "<IQ")
    if item != expected or count > _MOST_ITEMS:
        raise GgufError("The vocabulary is not of a known form.")
    return count


def _skip(file: BinaryIO, kind: int) -> None:
    if kind == _STRING:
        _string(file)
    elif kind != _ARRAY:
        _pass(file, kind, 1)
    else:
        item, count = _unpack(file, "<IQ")
        if count > _MOST_ITEMS:
            raise GgufError(f"An array of {count} items is more than is read here.")
        if item == _STRING:
            for _ in range(count):
                _string(file)
        else:
            _pass(file, item, count)


def _pass(file: BinaryIO, kind: int, count: int) -> None:
    if kind not in _SCALARS:
        raise GgufError(f"Values of type {kind} are not known here.")
    file.seek(_SCALARS[kind] * count, 1)


def _string(file: BinaryIO) -> bytes:
    [length] = _unpack(file, "<Q")
    if length > _LONGEST_STRING:
        raise GgufError(f"A text of {length} bytes is more than is read here.")
    content = file.read(length)
    if len(content) < length:
        raise GgufError("The file breaks off within a text.")
    return content


def _unpack(file: BinaryIO, form: str) -> tuple[int, ...]:
    return struct.unpack(form, file.read(struct.calcsize(form)))
