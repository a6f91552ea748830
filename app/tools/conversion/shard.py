"""A shard of a checkpoint, whatever its format: what it lists and how it is read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any, Protocol

from numpy.typing import NDArray

from app.tools.conversion.dtypes import ITEM_BYTES

BLOCK_BYTES = 16_000_000
"""How much of a tensor is in memory at a time, as it is stored."""

Blocks = Iterator[NDArray[Any]]
"""A tensor in consecutive pieces along its first axis."""


@dataclass(frozen=True, slots=True)
class TensorInfo:
    """A tensor as a shard lists it. ``dtype`` is a safetensors code."""

    name: str
    dtype: str
    shape: tuple[int, ...]

    @property
    def items(self) -> int:
        return prod(self.shape)

    def rows_per_block(self) -> int:
        """Rows of the first axis that make up one block; at least one."""
        row_bytes = ITEM_BYTES[self.dtype] * prod(self.shape[1:])
        return max(1, BLOCK_BYTES // max(1, row_bytes))


class Shard(Protocol):
    """One file of weights. Both raise :class:`ConversionError` where it is not readable."""

    path: Path

    def tensors(self) -> Sequence[TensorInfo]:
        """What the file holds, in the order it is read in; no weights are read."""

    def read(self) -> Iterator[tuple[TensorInfo, Blocks]]:
        """Every tensor in turn. Its blocks are taken before the next tensor, or not at all."""
