"""Read ``.bin`` shards, which ``torch.save`` writes.

They are pickles, and a pickle can run code. ``weights_only=True`` restricts torch's unpickler to
tensors; ``mmap=True`` leaves the numbers on disk until they are used.
"""

import pickle
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from app.tools.conversion import extras
from app.tools.conversion.dtypes import CODES, numpy_dtype
from app.tools.conversion.errors import ConversionError
from app.tools.conversion.shard import Blocks, TensorInfo
from app.tools.conversion.source_files import refuse_pointer


class TorchShard:
    """Read a ``.bin`` file; see :class:`app.tools.conversion.shard.Shard`."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def tensors(self) -> Sequence[TensorInfo]:
        return [self._info(name, tensor) for name, tensor in self._load().items()]

    def read(self) -> Iterator[tuple[TensorInfo, Blocks]]:
        for name, tensor in self._load().items():
            info = self._info(name, tensor)
            yield info, _blocks(tensor, info)

    def _load(self) -> dict[str, Any]:
        refuse_pointer(self.path)
        torch = extras.load("torch", extra="convert-bin")
        try:
            state = torch.load(self.path, map_location="cpu", weights_only=True, mmap=True)
        except pickle.UnpicklingError as error:
            raise ConversionError(
                f"{self.path} holds more than weights, and loading it could run code: refused."
            ) from error
        except (RuntimeError, EOFError, ValueError) as error:
            raise ConversionError(
                f"{self.path} cannot be read: it is cut short, or was saved by torch before 1.6."
            ) from error
        if not isinstance(state, dict):
            raise ConversionError(f"{self.path} holds no table of weights.")
        return state

    def _info(self, name: str, tensor: Any) -> TensorInfo:
        dtype = str(getattr(tensor, "dtype", type(tensor).__name__)).removeprefix("torch.")
        if dtype not in CODES:
            raise ConversionError(
                f"{self.path} stores {name} as {dtype}; weights in {', '.join(CODES)} can be "
                "converted."
            )
        return TensorInfo(name, CODES[dtype], tuple(tensor.shape))


def _blocks(tensor: Any, info: TensorInfo) -> Blocks:
    torch = extras.load("torch", extra="convert-bin")
    step = info.rows_per_block()
    for first in range(0, info.shape[0], step):
        rows = tensor[first : first + step].contiguous()
        # NumPy knows no bfloat16, so the bits are passed as integers of the same width.
        bits = rows.view(torch.int16 if rows.element_size() == 2 else torch.int32)
        yield bits.numpy().view(numpy_dtype(info.dtype))
