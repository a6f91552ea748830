"""Define a shard of a checkpoint, in any format: the tensors it lists and how they are read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any, Protocol

from numpy.typing import NDArray

from app.tools.conversion.dtypes import ITEM_BYTES

BLOCK_BYTES = 16_000_000
"""Stored bytes of a tensor that are in memory at a time."""

Blocks = Iterator[NDArray[Any]]
"""A tensor in consecutive slices along its first axis."""


@dataclass(frozen=True, slots=True)
class TensorInfo:
    """Describe a tensor of a shard; ``dtype`` is a safetensors code."""

    name: str
    dtype: str
    shape: tuple[int, ...]

    @property
    def items(self) -> int:
        return prod(self.shape)

    def rows_per_block(self) -> int:
        """Return the rows of the first axis that make up one block; at least one."""
        row_bytes = ITEM_BYTES[self.dtype] * prod(self.shape[1:])
        return max(1, BLOCK_BYTES // max(1, row_bytes))


class Shard(Protocol):
    """Read one file of weights; both methods raise :class:`ConversionError` if it is broken."""

    path: Path

    def tensors(self) -> Sequence[TensorInfo]:
        """Return the tensors of the file in reading order, without reading weights."""

    def read(self) -> Iterator[tuple[TensorInfo, Blocks]]:
        """Yield every tensor with its blocks, which must be taken before the next tensor."""
