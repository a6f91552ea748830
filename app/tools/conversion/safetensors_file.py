"""Read and write safetensors files block by block.

Source: the format's specification in the repository huggingface/safetensors (README, "Format"):
eight bytes with the header's length, little-endian; the header, a JSON object ``name -> dtype,
shape, data_offsets``; the numbers, row-major and little-endian.
"""

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from math import prod
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from app.tools.conversion.dtypes import ITEM_BYTES, numpy_dtype
from app.tools.conversion.errors import ConversionError
from app.tools.conversion.shard import Blocks, TensorInfo
from app.tools.conversion.source_files import refuse_pointer

_MAX_HEADER_BYTES = 100_000_000  # the limit of the specification
_ALIGNMENT = 8  # where the numbers begin, by the specification


class SafetensorsShard:
    """Read a safetensors file; see :class:`app.tools.conversion.shard.Shard`."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def tensors(self) -> Sequence[TensorInfo]:
        return [info for info, _ in self._listing()]

    def read(self) -> Iterator[tuple[TensorInfo, Blocks]]:
        listing = self._listing()
        with self.path.open("rb") as file:
            for info, offset in listing:
                yield info, _blocks(file, info, offset)

    def _listing(self) -> list[tuple[TensorInfo, int]]:
        """Return the tensors with their offsets, in the file's order."""
        header, start = self._header()
        entries = [self._entry(name, entry) for name, entry in header.items()]
        promised = start + max((end for _, _, end in entries), default=0)
        size = self.path.stat().st_size
        if size != promised:
            raise ConversionError(
                f"{self.path} has {size:,} bytes where its header promises {promised:,}: it was "
                "not downloaded whole. Download it again."
            )
        found = [(info, start + begin) for info, begin, _ in entries]
        return sorted(found, key=lambda each: each[1])

    def _header(self) -> tuple[dict[str, Any], int]:
        refuse_pointer(self.path)
        with self.path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            raw = file.read(length) if length <= _MAX_HEADER_BYTES else b""
        header = None
        with suppress(ValueError):
            header = json.loads(raw)
        if not isinstance(header, dict):
            raise ConversionError(f"{self.path} is not a safetensors file, or is cut short.")
        header.pop("__metadata__", None)
        return header, 8 + length

    def _entry(self, name: str, entry: Any) -> tuple[TensorInfo, int, int]:
        try:
            info = TensorInfo(name, str(entry["dtype"]), tuple(int(n) for n in entry["shape"]))
            begin, end = (int(offset) for offset in entry["data_offsets"])
        except (KeyError, TypeError, ValueError) as error:
            raise ConversionError(f"{self.path} has no valid entry for {name}.") from error
        size = ITEM_BYTES.get(info.dtype)
        if size is None:
            raise ConversionError(
                f"{self.path} stores {name} as {info.dtype}; weights in {', '.join(ITEM_BYTES)} "
                "can be converted."
            )
        if min((0, *info.shape)) < 0 or begin < 0 or end - begin != size * info.items:
            raise ConversionError(f"{self.path} has no valid entry for {name}.")
        return info, begin, end


def _blocks(file: BinaryIO, info: TensorInfo, offset: int) -> Blocks:
    file.seek(offset)
    dtype, rows, row_shape = numpy_dtype(info.dtype), info.shape[0], info.shape[1:]
    for first in range(0, rows, info.rows_per_block()):
        count = min(info.rows_per_block(), rows - first)
        raw = file.read(count * prod(row_shape) * dtype.itemsize)
        yield np.frombuffer(raw, dtype).reshape(count, *row_shape)


def write_safetensors(
    path: Path, tensors: Sequence[TensorInfo], blocks: Iterator[tuple[TensorInfo, Blocks]]
) -> None:
    """Write ``tensors`` to ``path``, with their numbers from ``blocks`` in the same order.

    Blocks of later tensors are left in ``blocks``. Raises :class:`OSError`.
    """
    with path.open("wb") as file:
        file.write(_header_of(tensors))
        for _, (_, data) in zip(tensors, blocks, strict=False):
            for block in data:
                file.write(np.ascontiguousarray(block).view(np.uint8).data)
        file.flush()
        os.fsync(file.fileno())


def _header_of(tensors: Sequence[TensorInfo]) -> bytes:
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    end = 0
    for info in tensors:
        begin, end = end, end + ITEM_BYTES[info.dtype] * info.items
        header[info.name] = {
            "dtype": info.dtype,
            "shape": info.shape,
            "data_offsets": [begin, end],
        }
    raw = json.dumps(header).encode()
    raw += b" " * (-len(raw) % _ALIGNMENT)
    return len(raw).to_bytes(8, "little") + raw
