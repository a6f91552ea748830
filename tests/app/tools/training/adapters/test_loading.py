"""Checkpoints that are damaged, or not whole, are refused with a sentence."""

import json
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("trl", reason="needs the extra train")

from app.tools.training.adapters.base import Base
from app.tools.training.adapters.errors import TrainingError
from app.tools.training.adapters.loading import Device, load_config, load_encoder, load_model

pytestmark = pytest.mark.filterwarnings("ignore")

CPU = Device("cpu", "float32")
CONFIG = {
    "model_type": "qwen2",
    "architectures": ["Qwen2ForCausalLM"],
    "hidden_size": 8,
    "intermediate_size": 8,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "num_key_value_heads": 2,
    "vocab_size": 16,
}


def checkpoint(folder: Path, config: object = CONFIG) -> Base:
    (folder / "config.json").write_text(json.dumps(config))
    return Base(name="toy", source=str(folder))


def whole(folder: Path, **changes: Any) -> dict[str, Any]:
    """Write the checkpoint of a toy model; return its weights."""
    from transformers import Qwen2Config, Qwen2ForCausalLM

    model = Qwen2ForCausalLM(Qwen2Config(**{**CONFIG, **changes}))
    model.save_pretrained(folder)
    return dict(model.state_dict())


@pytest.mark.parametrize("tied", [True, False])
def test_a_whole_checkpoint_is_loaded(tmp_path: Path, tied: bool) -> None:
    saved = whole(tmp_path, tie_word_embeddings=tied)
    loaded = load_model(Base(name="toy", source=str(tmp_path)), CPU).state_dict()
    assert all(bool((loaded[name] == saved[name]).all()) for name in saved)


def test_a_checkpoint_that_lacks_weights_is_not_completed_by_random_ones(tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    whole(tmp_path)
    weights = load_file(tmp_path / "model.safetensors")
    del weights["model.layers.0.self_attn.q_proj.weight"]
    save_file(weights, tmp_path / "model.safetensors", {"format": "pt"})
    with pytest.raises(TrainingError, match=r"lacks 1 tensors of the model, such as model\.layers"):
        load_model(Base(name="toy", source=str(tmp_path)), CPU)


@pytest.mark.parametrize("content", [b"", b"\xff" * 100, (40).to_bytes(8, "little") + b"{}"])
def test_damaged_weights_are_a_sentence(tmp_path: Path, content: bytes) -> None:
    base = checkpoint(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(content)
    with pytest.raises(TrainingError, match="transformers cannot read"):
        load_model(base, CPU)


@pytest.mark.parametrize("config", [[], 5, {"model_type": []}, {**CONFIG, "hidden_size": "x"}])
def test_a_damaged_configuration_is_a_sentence(tmp_path: Path, config: object) -> None:
    with pytest.raises(TrainingError, match="transformers cannot read"):
        load_config(checkpoint(tmp_path, config))


@pytest.mark.parametrize("settings", ["[]", "{}"])
def test_a_damaged_tokenizer_is_a_sentence(tmp_path: Path, settings: str) -> None:
    base = checkpoint(tmp_path)
    (tmp_path / "tokenizer.json").write_text("{}")
    (tmp_path / "tokenizer_config.json").write_text(settings)
    with pytest.raises(TrainingError, match="transformers cannot read"):
        load_encoder(base, "chat")
