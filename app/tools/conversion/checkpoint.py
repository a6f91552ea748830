"""Find a checkpoint's weights, and check them against its configuration before reading any."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from app.tools.conversion.errors import ConversionError
from app.tools.conversion.index_config import IndexConfig
from app.tools.conversion.safetensors_file import SafetensorsShard
from app.tools.conversion.shard import Blocks, Shard, TensorInfo
from app.tools.conversion.source_files import read_json
from app.tools.conversion.torch_file import TorchShard

_SINGLE_FILES: dict[str, type[SafetensorsShard | TorchShard]] = {
    "model.safetensors": SafetensorsShard,
    "pytorch_model.bin": TorchShard,
}
"""The names that transformers gives a checkpoint of one file. Several files are listed under the
same name followed by ``.index.json``. Safetensors are preferred: they need no torch."""
_DERIVED = "rotary_emb.inv_freq"
"""Rotary frequencies in older files; they follow from the configuration."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Hold the shards and tensors of a checkpoint, in reading order."""

    shards: tuple[Shard, ...]
    tensors: tuple[TensorInfo, ...]

    def read(self) -> Iterator[tuple[TensorInfo, Blocks]]:
        """Yield each of ``tensors`` with its numbers, one shard open at a time."""
        for shard in self.shards:
            for info, blocks in shard.read():
                if not info.name.endswith(_DERIVED):
                    yield info, blocks


def open_checkpoint(directory: Path, config: IndexConfig) -> Checkpoint:
    """Return the weights in ``directory``.

    Raises :class:`ConversionError` where they are not exactly those of ``config``, or
    a file is missing, cut short or in no known format.
    """
    shards = _find_shards(directory)
    tensors: dict[str, TensorInfo] = {}
    for shard in shards:
        for info in shard.tensors():
            if info.name.endswith(_DERIVED):
                continue
            if info.name in tensors:
                raise ConversionError(f"{shard.path} holds {info.name}, as an earlier shard does.")
            tensors[info.name] = info
    _compare(directory, tensors, config.tensors())
    return Checkpoint(shards, tuple(tensors.values()))


def _find_shards(directory: Path) -> tuple[Shard, ...]:
    for name, kind in _SINGLE_FILES.items():
        index = directory / f"{name}.index.json"
        if index.exists():
            return tuple(kind(directory / file) for file in _listed_files(index))
        if (directory / name).exists():
            return (kind(directory / name),)
    raise ConversionError(
        f"{directory} holds no weights: neither {' nor '.join(_SINGLE_FILES)}, nor an index of "
        "several. Download the checkpoint again."
    )


def _listed_files(index: Path) -> list[str]:
    """Return the sorted file names of a shard index; each is a plain name, never a path."""
    weight_map = read_json(index).get("weight_map")
    if not isinstance(weight_map, dict) or not weight_map:
        raise ConversionError(f"{index} has no weight_map.")
    files = sorted({str(file) for file in weight_map.values()})
    for file in files:
        if file != Path(file).name:
            raise ConversionError(f"{index} names {file!r}, which is not a file beside it.")
    return files


def _compare(
    directory: Path,
    found: Mapping[str, TensorInfo],
    expected: Mapping[str, tuple[int, ...]],
) -> None:
    for name, shape in expected.items():
        if name not in found:
            raise ConversionError(f"{directory} is not complete: no file holds {name}.")
        if found[name].shape != shape:
            raise ConversionError(
                f"{name} has the shape {list(found[name].shape)} where config.json calls for "
                f"{list(shape)}."
            )
    unexpected = sorted(found.keys() - expected.keys())
    if unexpected:
        raise ConversionError(
            f"{directory} holds {unexpected[0]}, which an Index-1.9B model does not have."
        )
