"""Check the header of a safetensors file, without loading a tensor.

Format: https://github.com/huggingface/safetensors, "Format": the header's length in eight bytes,
the header in JSON, then the tensors one after the other. Nothing of it is ever executed.
"""

from collections.abc import Iterator, Mapping
from math import prod
from pathlib import Path

from app.adapters.errors import AdapterError
from characters.json_values import JsonTextError, JsonValue, parse_json

_LENGTH_BYTES = 8
_MOST_HEADER_BYTES = 16_000_000
_BYTES = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2}
"""Bytes of a number, of the types that weights of an adapter have."""
_METADATA = "__metadata__"
_RANK_FIRST = ("lora_A.weight", "lora_embedding_B")
"""How the names of tensors end whose first dimension is the rank."""


def check_tensors(path: Path) -> int:
    """Return the greatest rank of the adapter in a safetensors file.

    Raises :class:`~app.adapters.errors.AdapterError` for a file whose tensors are not exactly its
    contents, or are no adapter's.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(_LENGTH_BYTES), "little")
        if not 0 < length <= min(_MOST_HEADER_BYTES, size - _LENGTH_BYTES):
            raise _damaged("its header is longer than the file, or than any adapter's")
        header = _parse(file.read(length))
    spans, rank = [], 0
    for name, tensor in header.items():
        if name == _METADATA:
            continue
        shape, span = _checked(name, tensor)
        spans.append(span)
        if name.endswith(_RANK_FIRST) and shape:
            rank = max(rank, shape[0])
    if not rank:
        raise _damaged("it has no LoRA weights")
    _check_spans(sorted(spans), size - _LENGTH_BYTES - length)
    return rank


def _parse(header: bytes) -> Mapping[str, JsonValue]:
    try:
        value = parse_json(header)
    except JsonTextError as error:
        raise _damaged(f"its header is {error}") from error
    if not isinstance(value, dict):
        raise _damaged("its header is no object")
    return value


def _checked(name: str, tensor: JsonValue) -> tuple[list[int], tuple[int, int]]:
    """Return the shape of a tensor, and where in the file it is."""
    if not isinstance(tensor, dict):
        raise _damaged(f"the tensor {name[:80]!r} is not described")
    kind, shape = tensor.get("dtype"), _numbers(tensor.get("shape"))
    span = _numbers(tensor.get("data_offsets"))
    if kind not in _BYTES:
        raise _damaged(f"the tensor {name[:80]!r} is of the type {str(kind)[:20]!r}")
    if len(span) != len(("begin", "end")) or span[1] - span[0] != prod(shape) * _BYTES[str(kind)]:
        raise _damaged(f"the tensor {name[:80]!r} has another length than its shape says")
    return shape, (span[0], span[1])


def _numbers(value: JsonValue) -> list[int]:
    found = list(_whole(value)) if isinstance(value, list) else []
    return found if isinstance(value, list) and len(found) == len(value) else []


def _whole(values: list[JsonValue]) -> Iterator[int]:
    for value in values:
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            yield value


def _check_spans(spans: list[tuple[int, int]], size: int) -> None:
    at = 0
    for begin, end in spans:
        if begin != at:
            raise _damaged("its tensors overlap, or leave room for something else")
        at = end
    if at != size:
        raise _damaged("it is cut off, or something follows its tensors")


def _damaged(why: str) -> AdapterError:
    return AdapterError(
        "adapter_damaged", f"adapter_model.safetensors cannot be used: {why}. Save it again."
    )
