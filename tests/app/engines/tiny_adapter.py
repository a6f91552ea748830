"""LoRA adapters of random weights: as PEFT's files, as llama.cpp's, and merged into a model."""

import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from app.engines.adapters import ServedAdapter
from tests.app.engines.tiny_model import FLOAT32, STRING, TinyModel, torch, write_gguf

BASE = "tiny"
RANK, ALPHA = 4, 8
SPREAD = 0.15
"""Of the tiny model's weights, the change is about as large as they are."""
_TARGETS = {
    "self_attn.q_proj": "attn_q",
    "self_attn.v_proj": "attn_v",
    "mlp.down_proj": "ffn_down",
}
"""GGUF's names of what is adapted, by the names of Llama's and Qwen's modules."""

Pairs = Mapping[tuple[int, str], tuple[Any, Any]]
"""The two matrices of an adapter, by layer and target."""


@dataclass(frozen=True, slots=True)
class TinyAdapter:
    """An adapter's files, and the tiny model with the adapter merged into its weights."""

    served: ServedAdapter
    merged: TinyModel


def adapted(model: Any, seed: int, spread: float = SPREAD) -> tuple[Any, Pairs]:
    """A copy of a model with the adapter that ``seed`` gives merged into it, and the adapter."""
    generator = torch.Generator().manual_seed(seed)
    merged, pairs = copy.deepcopy(model), {}
    for layer, block in enumerate(merged.model.layers):
        for target in _TARGETS:
            weight = block.get_submodule(target).weight
            outer, inner = weight.shape
            first = torch.empty(RANK, inner).normal_(0, spread, generator=generator)
            second = torch.empty(outer, RANK).normal_(0, spread, generator=generator)
            with torch.no_grad():
                weight += second @ first * (ALPHA / RANK)
            pairs[layer, target] = first, second
    return merged, pairs


def make_adapter(
    tiny: TinyModel, folder: Path, seed: int, card: Mapping[str, Any] | None = None
) -> TinyAdapter:
    """An adapter of the tiny model in ``folder``, whose name is the adapter's."""
    merged, pairs = adapted(tiny.model, seed)
    write_peft(folder, pairs, {"name": folder.name, "base": BASE, **(card or {})})
    metadata: dict[str, tuple[int, Any]] = {
        "general.architecture": (STRING, "qwen2"),
        "general.type": (STRING, "adapter"),
        "adapter.type": (STRING, "lora"),
        "adapter.lora.alpha": (FLOAT32, float(ALPHA)),
    }
    tensors = {
        f"blk.{layer}.{_TARGETS[target]}.weight.{part}": matrix
        for (layer, target), pair in pairs.items()
        for part, matrix in zip(("lora_a", "lora_b"), pair, strict=True)
    }
    write_gguf(folder / "adapter.gguf", metadata, tensors)
    return TinyAdapter(ServedAdapter(folder.name, folder, BASE), replace(tiny, model=merged))


def write_peft(folder: Path, pairs: Pairs, card: Mapping[str, Any]) -> None:
    """Write what vLLM reads, and the card."""
    from safetensors.torch import save_file

    folder.mkdir(parents=True)
    config = {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "base_model_name_or_path": BASE,
        "r": RANK,
        "lora_alpha": ALPHA,
        "lora_dropout": 0.0,
        "bias": "none",
        "target_modules": sorted(each.rpartition(".")[2] for each in _TARGETS),
    }
    tensors = {
        f"base_model.model.model.layers.{layer}.{target}.{part}.weight": matrix
        for (layer, target), pair in pairs.items()
        for part, matrix in zip(("lora_A", "lora_B"), pair, strict=True)
    }
    (folder / "adapter_config.json").write_text(json.dumps(config))
    (folder / "card.json").write_text(json.dumps(card))
    save_file(tensors, folder / "adapter_model.safetensors")
