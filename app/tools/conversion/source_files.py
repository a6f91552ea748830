"""Read the small files of a checkpoint, with errors that name the file and the fault."""

import json
from pathlib import Path
from typing import Any

from app.tools.conversion.errors import ConversionError

_MAX_BYTES = 64_000_000
"""Larger than any known configuration, shard index or tokenizer model."""
_LFS_POINTER = b"version https://git-lfs"


def read_bytes(path: Path) -> bytes:
    """Return the content of ``path``.

    Raises :class:`ConversionError` where it is missing or too large.
    """
    refuse_pointer(path)
    if path.stat().st_size > _MAX_BYTES:
        raise ConversionError(f"{path} is larger than such a file can be ({_MAX_BYTES:,} bytes).")
    return path.read_bytes()


def read_json(path: Path) -> dict[str, Any]:
    """Return the JSON object in ``path``. Raises :class:`ConversionError`."""
    try:
        content = json.loads(read_bytes(path))
    except ValueError as error:
        raise ConversionError(f"{path} is not valid JSON: {error}. Download it again.") from error
    if not isinstance(content, dict):
        raise ConversionError(f"{path} holds no JSON object.")
    return content


def refuse_pointer(path: Path) -> None:
    """Raise :class:`ConversionError` where ``path`` is missing or a Git LFS pointer.

    A clone without Git LFS leaves pointers in place of large files.
    """
    if not path.is_file():
        raise ConversionError(f"{path} is missing. The checkpoint is not complete.")
    with path.open("rb") as file:
        start = file.read(len(_LFS_POINTER))
    if start == _LFS_POINTER:
        raise ConversionError(
            f"{path} is a Git LFS pointer, not the file itself: run `git lfs pull` in its folder."
        )
