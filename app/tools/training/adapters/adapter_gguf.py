"""Write a LoRA adapter of PEFT's as llama.cpp reads one.

Source: llama.cpp's ``src/llama-adapter.cpp`` (what it reads), the GGUF specification, and for the
order of rows of llama's queries and keys ``convert_hf_to_gguf.py`` (``LlamaModel.permute``).
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.tools.training.adapters.errors import TrainingError
from app.tools.training.adapters.extras import load

CONFIG, WEIGHTS, GGUF = "adapter_config.json", "adapter_model.safetensors", "adapter.gguf"

_ARCHITECTURES = {"qwen2": "qwen2", "qwen3": "qwen3", "llama": "llama", "mistral": "llama"}
"""llama.cpp's architecture by transformers' type of model."""
_PERMUTED = "llama"
_NAME = re.compile(r"base_model\.model\.(?P<module>.+)\.lora_(?P<part>[AB])\.weight")
_UNSUPPORTED = ("use_dora", "modules_to_save", "alpha_pattern", "trainable_token_indices")
"""Settings of PEFT that llama.cpp has nothing for, where they are on."""

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class BaseShape:
    """Hold what the names and the order of an adapter's weights depend on."""

    architecture: str
    layers: int
    heads: int
    key_heads: int

    @classmethod
    def of(cls, config: Any) -> "BaseShape":
        """Return the shape that a configuration of transformers describes.

        Raises :class:`TrainingError` for a type of model whose adapters cannot be converted.
        """
        architecture = _ARCHITECTURES.get(config.model_type)
        if architecture is None:
            raise TrainingError(
                f"An adapter of a {config.model_type} cannot be written for llama.cpp; that of a "
                f"{', '.join(_ARCHITECTURES)} can."
            )
        heads = config.num_attention_heads
        return cls(
            architecture,
            config.num_hidden_layers,
            heads,
            getattr(config, "num_key_value_heads", None) or heads,
        )


def write_adapter_gguf(folder: Path, shape: BaseShape) -> Path:
    """Write ``adapter.gguf`` beside the adapter in a folder, and return its path.

    Raises :class:`TrainingError` for an adapter that llama.cpp cannot apply.
    """
    gguf = load("gguf")
    config = json.loads((folder / CONFIG).read_text("utf-8"))
    _check(config)
    names = gguf.get_tensor_name_map(_architecture(gguf, shape.architecture), shape.layers)
    path = folder / GGUF
    writer = gguf.GGUFWriter(path, shape.architecture)
    try:
        writer.add_type(gguf.GGUFType.ADAPTER)
        writer.add_string(gguf.Keys.Adapter.TYPE, "lora")
        writer.add_float32(gguf.Keys.Adapter.LORA_ALPHA, _alpha(config))
        for name, part, weights in _pairs(folder / WEIGHTS):
            known = names.get_name(name)
            if known is None:
                raise TrainingError(f"llama.cpp has no weights like {name} to adapt.")
            if part == "B":
                weights = _ordered(weights, known, shape)  # noqa: PLW2901
            writer.add_tensor(f"{known}.weight.lora_{part.lower()}", weights)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
    finally:
        writer.close()
    return path


def _check(config: Mapping[str, Any]) -> None:
    if config.get("peft_type") != "LORA" or config.get("bias", "none") != "none":
        raise TrainingError("llama.cpp applies LoRA adapters without biases alone.")
    if found := [name for name in _UNSUPPORTED if config.get(name)]:
        raise TrainingError(f"llama.cpp cannot apply an adapter with {', '.join(found)}.")
    if config.get("use_rslora") and config.get("rank_pattern"):
        raise TrainingError("llama.cpp cannot apply an adapter with use_rslora and rank_pattern.")


def _alpha(config: Mapping[str, Any]) -> float:
    """Return the number that llama.cpp divides by the rank to scale an adapter."""
    alpha, rank = float(config["lora_alpha"]), int(config["r"])
    return alpha * rank**0.5 if config.get("use_rslora") else alpha


def _architecture(gguf: Any, name: str) -> Any:
    return next(key for key, known in gguf.MODEL_ARCH_NAMES.items() if known == name)


def _pairs(path: Path) -> Iterator[tuple[str, str, Floats]]:
    """Yield module, ``A`` or ``B``, and weights: ``A`` is (rank, in), ``B`` (out, rank)."""
    with load("safetensors").safe_open(path, framework="pt") as file:
        for key in sorted(file.keys()):
            if (match := _NAME.fullmatch(key)) is None:
                raise TrainingError(f"llama.cpp cannot apply the weights {key} of an adapter.")
            yield match["module"], match["part"], file.get_tensor(key).float().numpy()


def _ordered(weights: Floats, name: str, shape: BaseShape) -> Floats:
    """Return rows in the order of the base model's file.

    llama's rotary embedding pairs neighbours in files, and halves of a head in transformers.
    """
    heads = {"attn_q": shape.heads, "attn_k": shape.key_heads}.get(name.rpartition(".")[2])
    if shape.architecture != _PERMUTED or heads is None:
        return weights
    rows, rank = weights.shape
    halves = weights.reshape(heads, 2, rows // heads // 2, rank)
    return np.ascontiguousarray(halves.swapaxes(1, 2).reshape(rows, rank))
