"""Index's arithmetic written out from its description: what the converted model must repeat."""

from typing import Any

from tests.app.tools.conversion.checkpoints import CONFIG, Weights, torch


def index_logits(weights: Weights, ids: list[int], rope_ratio: float = 1.0) -> Any:
    """Logits ``float32[n, vocabulary]`` of ``ids``, by the Norm-Head."""
    hidden = weights["model.embed_tokens.weight"][ids]
    for number in range(CONFIG["num_hidden_layers"]):
        layer = {
            name.removeprefix(f"model.layers.{number}."): tensor
            for name, tensor in weights.items()
            if name.startswith(f"model.layers.{number}.")
        }
        normed = _rms_norm(hidden, layer["input_layernorm.weight"])
        hidden = hidden + _attention(normed, layer, 10_000.0 * rope_ratio)
        normed = _rms_norm(hidden, layer["post_attention_layernorm.weight"])
        hidden = hidden + _swiglu(normed, layer)
    head = weights["lm_head.weight"]
    lengths = head.pow(2).sum(dim=1, keepdim=True).sqrt()
    return _rms_norm(hidden, weights["model.norm.weight"]) @ (head / lengths.clamp_min(1e-12)).T


def _rms_norm(hidden: Any, weight: Any) -> Any:
    mean = hidden.pow(2).mean(dim=-1, keepdim=True)
    return weight * hidden / torch.sqrt(mean + CONFIG["rms_norm_eps"])


def _swiglu(hidden: Any, layer: Weights) -> Any:
    gate = hidden @ layer["mlp.gate_proj.weight"].T
    up = hidden @ layer["mlp.up_proj.weight"].T
    return (gate * torch.sigmoid(gate) * up) @ layer["mlp.down_proj.weight"].T


def _attention(hidden: Any, layer: Weights, theta: float) -> Any:
    length, width = hidden.shape[0], CONFIG["hidden_size"] // CONFIG["num_attention_heads"]

    def heads(name: str) -> Any:
        projected = hidden @ layer[f"self_attn.{name}_proj.weight"].T
        return projected.reshape(length, -1, width).transpose(0, 1)

    query, key, value = _rotated(heads("q"), theta), _rotated(heads("k"), theta), heads("v")
    scores = query @ key.transpose(1, 2) / width**0.5
    future = torch.ones(length, length, dtype=torch.bool).triu(1)
    weights = scores.masked_fill(future, float("-inf")).softmax(dim=-1)
    mixed = (weights @ value).transpose(0, 1).reshape(length, -1)
    return mixed @ layer["self_attn.o_proj.weight"].T


def _rotated(heads: Any, theta: float) -> Any:
    """Rotary embedding: number i and number i + width/2 are a point, turned by its position."""
    length, width = heads.shape[1], heads.shape[2]
    speed = theta ** (-torch.arange(0, width, 2, dtype=torch.float32) / width)
    angles = torch.outer(torch.arange(length, dtype=torch.float32), speed)
    first, second = heads.split(width // 2, dim=-1)
    turned = torch.complex(first, second) * torch.polar(torch.ones_like(angles), angles)
    return torch.cat((turned.real, turned.imag), dim=-1)
