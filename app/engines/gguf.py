"""Read the control tokens of a GGUF model file, and texts of its metadata.

Source: the GGUF specification (ggml, ``docs/gguf.md``, versions 2 and 3), and llama.cpp's
``enum llama_token_type`` (``include/llama.h``).
"""

import struct
from collections.abc import Collection
from pathlib import Path
from typing import BinaryIO

_MAGIC = b"GGUF"
_STRING, _ARRAY = 8, 9
_SCALARS = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
"""Bytes of each type of number."""
_INT32 = 5
_TOKENS, _TYPES = "tokenizer.ggml.tokens", "tokenizer.ggml.token_type"
_UNKNOWN, _CONTROL, _USER_DEFINED = 2, 3, 4
_MOST_KEYS = 10_000
_MOST_ITEMS = 4_000_000
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


def read_texts(path: Path, wanted: Collection[str]) -> dict[str, str]:
    """Return the values of the ``wanted`` keys that are texts.

    Raises :class:`GgufError` for a file that is not GGUF, and ``OSError``.
    """
    found: dict[str, str] = {}
    with path.open("rb") as file:
        try:
            for _ in range(_count_keys(file)):
                key = _string(file).decode()
                [kind] = _unpack(file, "<I")
                if key in wanted and kind == _STRING:
                    found[key] = _string(file).decode()
                else:
                    _skip(file, kind)
        except (struct.error, UnicodeDecodeError, MemoryError) as error:
            raise GgufError(f"The metadata of {path.name} cannot be read: {error}") from error
    return found


def _count_keys(file: BinaryIO) -> int:
    if file.read(4) != _MAGIC:
        raise GgufError("This is not a GGUF file.")
    version, _, keys = _unpack(file, "<IQQ")
    if version not in (2, 3) or keys > _MOST_KEYS:
        raise GgufError(f"GGUF version {version} with {keys} keys is not known here.")
    return keys


def _vocabulary(file: BinaryIO) -> tuple[list[str], list[int]]:
    keys = _count_keys(file)
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
