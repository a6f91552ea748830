"""Convert a checkpoint: check everything first, write beside the target, then rename."""

import json
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from app.tools.conversion.checkpoint import Checkpoint, open_checkpoint
from app.tools.conversion.dtypes import CODES, NAMES, cast
from app.tools.conversion.errors import ConversionError
from app.tools.conversion.index_config import HEAD, read_index_config
from app.tools.conversion.llama_config import generation_config, llama_config
from app.tools.conversion.norm_head import normalize_rows
from app.tools.conversion.output_shards import MAX_SHARD_BYTES, total_bytes, write_shards
from app.tools.conversion.shard import Blocks, TensorInfo
from app.tools.conversion.tokenizer_files import convert_tokenizer

DType = Literal["auto", "bfloat16", "float16", "float32"]
"""``auto`` keeps the format of the checkpoint's embeddings."""
OnProgress = Callable[[int, int, str], None]
"""Takes bytes written, bytes in all and the current tensor, after every block."""


def convert_index(
    source: Path,
    target: Path,
    dtype: DType = "auto",
    on_progress: OnProgress = lambda done, total, step: None,
    max_shard_bytes: int = MAX_SHARD_BYTES,
) -> None:
    """Write the Index checkpoint in ``source`` to ``target`` as a plain Llama one.

    ``target`` must not exist, or must be an empty folder. It appears complete at the end, or not
    at all. Raises :class:`ConversionError`.
    """
    try:
        _convert(source, target, dtype, on_progress, max_shard_bytes)
    except OSError as error:
        raise ConversionError(f"Nothing was written to {target}: {error}.") from error


def _convert(
    source: Path, target: Path, dtype: DType, on_progress: OnProgress, max_shard_bytes: int
) -> None:
    _check_free(target)
    config = read_index_config(source)
    tokenizer = convert_tokenizer(source, config)
    generation = generation_config(source, config)
    checkpoint = open_checkpoint(source, config)
    weights = _Weights(checkpoint, _output_code(checkpoint, dtype), config.norm_head, on_progress)
    with _appearing(target, total_bytes(weights.tensors)) as partial:
        write_shards(partial, weights.tensors, weights.read(), max_shard_bytes)
        _write_json(partial / "config.json", llama_config(config, NAMES[weights.code]))
        _write_json(partial / "generation_config.json", generation)
        tokenizer.write(partial)


@dataclass(frozen=True, slots=True)
class _Weights:
    """Convert the checkpoint's tensors to the form in which they are written."""

    checkpoint: Checkpoint
    code: str
    folds_head: bool
    on_progress: OnProgress

    @property
    def tensors(self) -> list[TensorInfo]:
        return [replace(info, dtype=self.code) for info in self.checkpoint.tensors]

    def read(self) -> Iterator[tuple[TensorInfo, Blocks]]:
        done = 0
        for source, blocks in self.checkpoint.read():
            info = replace(source, dtype=self.code)
            yield info, self._converted(info, blocks, done)
            done += total_bytes([info])

    def _converted(self, info: TensorInfo, blocks: Blocks, done: int) -> Blocks:
        total = total_bytes(self.tensors)
        for block in blocks:
            numbers = normalize_rows(block) if self.folds_head and info.name == HEAD else block
            written = cast(numbers, self.code, info.name)
            yield written
            done += written.nbytes
            self.on_progress(done, total, info.name)


def _output_code(checkpoint: Checkpoint, dtype: DType) -> str:
    if dtype != "auto":
        return CODES[dtype]
    return next(i.dtype for i in checkpoint.tensors if i.name == "model.embed_tokens.weight")


def _check_free(target: Path) -> None:
    if target.is_dir() and not any(target.iterdir()):
        return
    if target.exists() or target.is_symlink():
        raise ConversionError(f"{target} exists already. Choose another place, or remove it first.")


@contextmanager
def _appearing(target: Path, size: int) -> Iterator[Path]:
    """Yield a folder that becomes ``target`` when the block succeeds, and is removed otherwise.

    Raises :class:`ConversionError` where the disk has less than ``size`` bytes left.
    """
    partial = target.absolute().with_name(f".{target.name}.{secrets.token_hex(4)}.partial")
    try:
        partial.mkdir(parents=True)
        free = shutil.disk_usage(partial).free
        if free < size:
            raise ConversionError(
                f"{target} needs {size:,} bytes and the disk has {free:,} left. Make room, or "
                "choose another place."
            )
        yield partial
        partial.rename(target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _write_json(path: Path, content: dict[str, object]) -> None:
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
