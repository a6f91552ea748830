"""LoRA adapters of random weights for the tiny model: PEFT's files, llama.cpp's, and merged."""

import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from app.engines.adapters import ServedAdapter
from tests.app.engines.tiny_model import (
    FLOAT32,
    LAYERS,
    STRING,
    TinyModel,
    torch,
    write_gguf,
)

BASE = "tiny"
RANK, ALPHA = 4, 8
_SPREAD = 0.15
"""The change that it makes to a weight is about as large as the weight."""
_TARGETS = {
    "attn_q": "self_attn.q_proj",
    "attn_v": "self_attn.v_proj",
    "ffn_down": "mlp.down_proj",
}


@dataclass(frozen=True, slots=True)
class TinyAdapter:
    """An adapter's files, and the tiny model with the adapter merged into its weights."""

    served: ServedAdapter
    merged: TinyModel


def make_adapter(
    tiny: TinyModel, folder: Path, seed: int, card: Mapping[str, Any] | None = None
) -> TinyAdapter:
    """The adapter that ``seed`` gives, in ``folder``, whose name is the adapter's."""
    generator = torch.Generator().manual_seed(seed)
    model, peft, gguf = copy.deepcopy(tiny.model), {}, {}
    for layer in range(LAYERS):
        for short, target in _TARGETS.items():
            name = f"model.layers.{layer}.{target}"
            weight = model.get_submodule(name).weight
            outer, inner = weight.shape
            first = torch.empty(RANK, inner).normal_(0, _SPREAD, generator=generator)
            second = torch.empty(outer, RANK).normal_(0, _SPREAD, generator=generator)
            with torch.no_grad():
                weight += second @ first * (ALPHA / RANK)
            peft[f"base_model.model.{name}.lora_A.weight"] = first
            peft[f"base_model.model.{name}.lora_B.weight"] = second
            gguf[f"blk.{layer}.{short}.weight.lora_a"] = first
            gguf[f"blk.{layer}.{short}.weight.lora_b"] = second
    folder.mkdir(parents=True)
    _write(folder, peft, gguf, {"name": folder.name, "base": BASE, **(card or {})})
    return TinyAdapter(ServedAdapter(folder.name, folder, BASE), replace(tiny, model=model))


def _write(
    folder: Path, peft: Mapping[str, Any], gguf: Mapping[str, Any], card: Mapping[str, Any]
) -> None:
    from safetensors.torch import save_file

    config = {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "base_model_name_or_path": BASE,
        "r": RANK,
        "lora_alpha": ALPHA,
        "lora_dropout": 0.0,
        "bias": "none",
        "target_modules": sorted(each.rpartition(".")[2] for each in _TARGETS.values()),
    }
    (folder / "adapter_config.json").write_text(json.dumps(config))
    (folder / "card.json").write_text(json.dumps(card))
    save_file(dict(peft), folder / "adapter_model.safetensors")
    metadata: dict[str, tuple[int, Any]] = {
        "general.architecture": (STRING, "qwen2"),
        "general.type": (STRING, "adapter"),
        "adapter.type": (STRING, "lora"),
        "adapter.lora.alpha": (FLOAT32, float(ALPHA)),
    }
    write_gguf(folder / "adapter.gguf", metadata, gguf)
