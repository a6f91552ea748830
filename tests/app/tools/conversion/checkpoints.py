"""Tiny Index checkpoints with random weights, and a SentencePiece model like Index's."""

import io
import json
import random
from pathlib import Path
from typing import Any

import pytest

_REASON = "needs the extras convert-bin and sentence-transformers, as .ci/run installs them"
for _name in ("ml_dtypes", "google.protobuf", "sentencepiece", "tokenizers", "transformers"):
    pytest.importorskip(_name, reason=_REASON)
torch: Any = pytest.importorskip("torch", reason=_REASON)
Weights = dict[str, Any]
"""Name -> ``torch.Tensor``; torch is typed nowhere in the project, so that checks do without it."""

LAYERS, HIDDEN, INNER, HEADS, VOCABULARY = 3, 32, 48, 4, 640
CONFIG: dict[str, Any] = {
    "architectures": ["IndexForCausalLM"],
    "model_type": "index",
    "auto_map": {"AutoModelForCausalLM": "modeling_index.IndexForCausalLM"},
    "hidden_size": HIDDEN,
    "intermediate_size": INNER,
    "num_hidden_layers": LAYERS,
    "num_attention_heads": HEADS,
    "vocab_size": VOCABULARY,
    "max_position_embeddings": 128,
    "rms_norm_eps": 1e-6,
    "norm_head": 1,
    "hidden_act": "silu",
    "bos_token_id": 1,
    "eos_token_id": 2,
    "pad_token_id": 2,
    "torch_dtype": "float32",
}
_SYLLABLES = (
    "三三",
    "你好",
    "天气",
    "今天",
    "真好",
    "猫",
    "电视",
    "ab",
    "the ",
    "robot",
    " and",
    "ing",
)
_TRAINING: dict[str, Any] = {
    "control_symbols": ["reserved_0", "reserved_1", "reserved_2"],
    "normalization_rule_name": "identity",
    "add_dummy_prefix": False,
    "remove_extra_whitespaces": False,
    "minloglevel": 2,
}


def train_tokenizer(algorithm: str = "bpe", **options: Any) -> bytes:
    """A SentencePiece model: no dummy prefix, byte fallback, Index's control symbols 3 and 4."""
    import sentencepiece

    made = random.Random(7)
    lines = ["".join(made.choices(_SYLLABLES, k=12)) + made.choice("。！? ") for _ in range(800)]
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines),
        model_writer=model,
        model_type=algorithm,
        vocab_size=VOCABULARY - 40,
        hard_vocab_limit=False,
        byte_fallback=True,
        **_TRAINING | options,
    )
    return model.getvalue()


def random_weights(seed: int = 0, dtype: str = "float32") -> Weights:
    """Weights by the described names and shapes; one row of the head is zero."""
    generator = torch.Generator().manual_seed(seed)

    def normal(*shape: int) -> Any:
        return torch.randn(shape, generator=generator) * shape[-1] ** -0.5

    weights = {
        "model.embed_tokens.weight": normal(VOCABULARY, HIDDEN) * 4,
        "model.norm.weight": 1 + normal(HIDDEN),
        "lm_head.weight": normal(VOCABULARY, HIDDEN) * normal(VOCABULARY, 1) * 9,
    }
    weights["lm_head.weight"][5] = 0
    for number in range(LAYERS):
        layer = f"model.layers.{number}."
        for name in ("q", "k", "v", "o"):
            weights[f"{layer}self_attn.{name}_proj.weight"] = normal(HIDDEN, HIDDEN) * 2
        weights[f"{layer}mlp.gate_proj.weight"] = normal(INNER, HIDDEN)
        weights[f"{layer}mlp.up_proj.weight"] = normal(INNER, HIDDEN)
        weights[f"{layer}mlp.down_proj.weight"] = normal(HIDDEN, INNER)
        weights[f"{layer}input_layernorm.weight"] = 1 + normal(HIDDEN)
        weights[f"{layer}post_attention_layernorm.weight"] = 1 + normal(HIDDEN)
    return {name: tensor.to(getattr(torch, dtype)) for name, tensor in weights.items()}


def write_checkpoint(
    directory: Path,
    tokenizer: bytes,
    weights: Weights,
    *,
    kind: str = "safetensors",
    shards: int = 1,
    **config: Any,
) -> Path:
    """A checkpoint as the hub has it; ``kind`` is ``safetensors`` or ``bin``."""
    from safetensors.torch import save_file

    directory.mkdir(parents=True)
    (directory / "config.json").write_text(json.dumps(CONFIG | config))
    (directory / "tokenizer.model").write_bytes(tokenizer)
    stem = "model" if kind == "safetensors" else "pytorch_model"
    names = sorted(weights)
    weight_map: dict[str, str] = {}
    for number in range(shards):
        part = {name: weights[name] for name in names[number::shards]}
        infix = f"-{number + 1:05d}-of-{shards:05d}" if shards > 1 else ""
        path = directory / f"{stem}{infix}.{kind}"
        save_file(part, path) if kind == "safetensors" else torch.save(part, path)
        weight_map |= dict.fromkeys(part, path.name)
    if shards > 1:
        index = {"metadata": {}, "weight_map": weight_map}
        (directory / f"{stem}.{kind}.index.json").write_text(json.dumps(index))
    return directory
