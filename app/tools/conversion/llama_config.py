"""Write ``config.json`` and ``generation_config.json`` of the plain Llama model."""

from pathlib import Path
from typing import Any

from app.tools.conversion.index_config import IndexConfig
from app.tools.conversion.source_files import read_json

_SAMPLING = ("do_sample", "temperature", "top_k", "top_p", "repetition_penalty", "max_new_tokens")
"""Fields copied from the checkpoint; vLLM uses them where a request has none."""


def llama_config(config: IndexConfig, dtype: str) -> dict[str, Any]:
    """Return the configuration of a ``LlamaForCausalLM``; ``dtype`` has torch's name."""
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "attention_bias": False,
        "mlp_bias": False,
        "hidden_act": config.hidden_act,
        "hidden_size": config.hidden_size,
        "intermediate_size": config.intermediate_size,
        "num_hidden_layers": config.num_hidden_layers,
        "num_attention_heads": config.num_attention_heads,
        "num_key_value_heads": config.num_attention_heads,
        "max_position_embeddings": config.max_position_embeddings,
        "rms_norm_eps": config.rms_norm_eps,
        "rope_theta": config.rope_theta,
        "initializer_range": config.initializer_range,
        "tie_word_embeddings": False,
        "torch_dtype": dtype,
        "vocab_size": config.vocab_size,
        **_token_ids(config),
    }


def generation_config(directory: Path, config: IndexConfig) -> dict[str, Any]:
    """Return the token ids, and the sampling that ``directory`` recommends, if any.

    Raises :class:`app.tools.conversion.errors.ConversionError` where its file is no JSON.
    """
    path = directory / "generation_config.json"
    source = read_json(path) if path.exists() else {}
    return _token_ids(config) | {name: source[name] for name in _SAMPLING if name in source}


def _token_ids(config: IndexConfig) -> dict[str, int]:
    return {
        "bos_token_id": config.bos_token_id,
        "eos_token_id": config.eos_token_id,
        "pad_token_id": config.padding_id,
    }
