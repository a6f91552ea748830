"""Write the converted weights in shards of bounded size, and an index of them."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from app.tools.conversion.dtypes import ITEM_BYTES
from app.tools.conversion.safetensors_file import write_safetensors
from app.tools.conversion.shard import Blocks, TensorInfo

MAX_SHARD_BYTES = 2_000_000_000
"""1.9B weights in bfloat16 make three files, each small enough for any file system."""


def write_shards(
    directory: Path,
    tensors: Sequence[TensorInfo],
    blocks: Iterator[tuple[TensorInfo, Blocks]],
    max_bytes: int = MAX_SHARD_BYTES,
) -> None:
    """Write ``tensors``, whose numbers come from ``blocks`` in the same order.

    Raises :class:`OSError`. A tensor larger than ``max_bytes`` has a shard to itself.
    """
    shards = _grouped(tensors, max_bytes)
    weight_map: dict[str, str] = {}
    for number, shard in enumerate(shards, start=1):
        name = f"model-{number:05d}-of-{len(shards):05d}.safetensors"
        write_safetensors(directory / name, shard, blocks)
        weight_map |= {info.name: name for info in shard}
    index = {"metadata": {"total_size": total_bytes(tensors)}, "weight_map": weight_map}
    (directory / "model.safetensors.index.json").write_text(json.dumps(index, indent=2) + "\n")


def total_bytes(tensors: Sequence[TensorInfo]) -> int:
    """Return the bytes of the numbers alone."""
    return sum(_bytes(info) for info in tensors)


def _bytes(info: TensorInfo) -> int:
    return ITEM_BYTES[info.dtype] * info.items


def _grouped(tensors: Sequence[TensorInfo], max_bytes: int) -> list[list[TensorInfo]]:
    shards: list[list[TensorInfo]] = [[]]
    for info in tensors:
        if shards[-1] and total_bytes([*shards[-1], info]) > max_bytes:
            shards.append([])
        shards[-1].append(info)
    return shards
