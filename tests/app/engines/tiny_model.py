"""A tiny model of random weights: as transformers runs it, and as a GGUF file of float32."""

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pytest

_REASON = "needs the extra sentence-transformers"
torch: Any = pytest.importorskip("torch", reason=_REASON)
transformers: Any = pytest.importorskip("transformers", reason=_REASON)
tokenizers: Any = pytest.importorskip("tokenizers", reason=_REASON)

CONTEXT_LENGTH = 256
LAYERS, HIDDEN, INNER, HEADS, KEY_HEADS = 2, 64, 96, 4, 2
SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
_SPREAD = 0.07
_EMBEDDING_SPREAD = 1.0
"""Scales of the weights. Every token of a prompt changes the scores by far more than the rounding
of llama.cpp's cache, which has 16 bits a number, does."""
_EPSILON, _ROPE_BASE = 1e-6, 10_000.0
_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}"
    "<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
# Qwen2's own pattern, from its tokenizer.json.
_PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)
_CORPUS = (
    "我是三三，一个机器人。你好，请介绍一下你自己。",
    "hello there, one two three friends",
) * 40
_VOCABULARY = 330
Architecture = Literal["qwen2", "llama"]
UINT32, FLOAT32, _INT32, _BOOL, STRING, _ARRAY = 4, 6, 5, 7, 8, 9
_ALIGNMENT = 32


@dataclass(frozen=True, slots=True)
class TinyModel:
    """The same weights in a file and in memory, and the tokenizer of both."""

    path: Path
    model: Any
    tokenizer: Any

    def score(self, prompt: str, continuation: str) -> list[float]:
        """Log-probabilities by transformers; special tokens in ``prompt`` are special."""
        before = self.tokenizer.encode(prompt).ids
        ids = self.tokenizer.encode(continuation).ids
        with torch.no_grad():
            logits = self.model(torch.tensor([before + ids])).logits[0]
        scores = torch.log_softmax(logits.float(), dim=-1)
        return [float(scores[len(before) - 1 + at, id]) for at, id in enumerate(ids)]


def make(path: Path, architecture: Architecture = "qwen2") -> TinyModel:
    """The model, written to ``path`` as GGUF."""
    tokenizer = _train_tokenizer()
    torch.manual_seed(3)
    of_config, of_model = {
        "qwen2": (transformers.Qwen2Config, transformers.Qwen2ForCausalLM),
        "llama": (transformers.LlamaConfig, transformers.LlamaForCausalLM),
    }[architecture]
    config = of_config(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=HIDDEN,
        intermediate_size=INNER,
        num_hidden_layers=LAYERS,
        num_attention_heads=HEADS,
        num_key_value_heads=KEY_HEADS,
        max_position_embeddings=CONTEXT_LENGTH,
        rms_norm_eps=_EPSILON,
        rope_parameters={"rope_type": "default", "rope_theta": _ROPE_BASE},
        tie_word_embeddings=False,
    )
    model = of_model(config).float().eval()
    with torch.no_grad():
        for name, tensor in model.named_parameters():
            # Not the norms: those stay ones.
            if tensor.dim() == 2 or name.endswith("bias"):
                tensor.normal_(0, _EMBEDDING_SPREAD if "embed" in name else _SPREAD)
    write_gguf(path, _metadata(tokenizer, architecture), _tensors(model, architecture))
    return TinyModel(path, model, tokenizer)


def _train_tokenizer() -> Any:
    """Byte-level BPE with Qwen2's pre-tokenizer, so that most characters are several tokens."""
    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE())
    split = tokenizers.pre_tokenizers.Split(tokenizers.Regex(_PATTERN), "isolated")
    to_bytes = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Sequence([split, to_bytes])
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=_VOCABULARY,
        special_tokens=list(SPECIAL),
        initial_alphabet=sorted(tokenizers.pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(_CORPUS, trainer)
    return tokenizer


def _metadata(tokenizer: Any, architecture: Architecture) -> dict[str, tuple[int, Any]]:
    vocabulary = tokenizer.get_vocab()
    tokens = sorted(vocabulary, key=vocabulary.__getitem__)
    return {
        "general.architecture": (STRING, architecture),
        f"{architecture}.block_count": (UINT32, LAYERS),
        f"{architecture}.context_length": (UINT32, CONTEXT_LENGTH),
        f"{architecture}.embedding_length": (UINT32, HIDDEN),
        f"{architecture}.feed_forward_length": (UINT32, INNER),
        f"{architecture}.attention.head_count": (UINT32, HEADS),
        f"{architecture}.attention.head_count_kv": (UINT32, KEY_HEADS),
        f"{architecture}.attention.layer_norm_rms_epsilon": (FLOAT32, _EPSILON),
        f"{architecture}.rope.freq_base": (FLOAT32, _ROPE_BASE),
        "tokenizer.ggml.model": (STRING, "gpt2"),
        "tokenizer.ggml.pre": (STRING, "qwen2"),
        "tokenizer.ggml.tokens": (_ARRAY, (STRING, tokens)),
        "tokenizer.ggml.token_type": (
            _ARRAY,
            (_INT32, [3 if each in SPECIAL else 1 for each in tokens]),
        ),
        "tokenizer.ggml.merges": (_ARRAY, (STRING, _merges(tokenizer))),
        "tokenizer.ggml.eos_token_id": (UINT32, vocabulary["<|im_end|>"]),
        "tokenizer.ggml.add_bos_token": (_BOOL, False),
        "tokenizer.chat_template": (STRING, _TEMPLATE),
    }


def _merges(tokenizer: Any) -> list[str]:
    pairs = json.loads(tokenizer.to_str())["model"]["merges"]
    return [each if isinstance(each, str) else " ".join(each) for each in pairs]


def _tensors(model: Any, architecture: Architecture) -> dict[str, Any]:
    """The weights by GGUF's names."""
    weights = model.state_dict()
    named = {
        "token_embd.weight": "model.embed_tokens.weight",
        "output_norm.weight": "model.norm.weight",
        "output.weight": "lm_head.weight",
    }
    parts = {
        "attn_norm.weight": "input_layernorm.weight",
        "ffn_norm.weight": "post_attention_layernorm.weight",
        "attn_output.weight": "self_attn.o_proj.weight",
    }
    parts |= {f"ffn_{each}.weight": f"mlp.{each}_proj.weight" for each in ("gate", "up", "down")}
    for each in "qkv":
        for kind in ("weight", "bias") if architecture == "qwen2" else ("weight",):
            parts[f"attn_{each}.{kind}"] = f"self_attn.{each}_proj.{kind}"
    for layer in range(LAYERS):
        named |= {f"blk.{layer}.{new}": f"model.layers.{layer}.{old}" for new, old in parts.items()}
    tensors = {new: weights[old] for new, old in named.items()}
    return tensors if architecture == "qwen2" else {**tensors, **_neighbours(tensors)}


def _neighbours(tensors: Mapping[str, Any]) -> dict[str, Any]:
    """Llama's queries and keys, whose rotary pairs are halves of a head in transformers."""
    heads = {"attn_q.weight": HEADS, "attn_k.weight": KEY_HEADS}
    return {
        name: tensor.unflatten(0, (count, 2, -1)).transpose(1, 2).flatten(0, 2)
        for name, tensor in tensors.items()
        if (count := heads.get(name.partition(".")[2].partition(".")[2]))
    }


def write_gguf(
    path: Path, metadata: Mapping[str, tuple[int, Any]], tensors: Mapping[str, Any]
) -> None:
    """Source: the GGUF specification, version 3 (ggml, ``docs/gguf.md``)."""
    head = [struct.pack("<4sIQQ", b"GGUF", 3, len(tensors), len(metadata))]
    for key, (kind, value) in metadata.items():
        head += [_packed(STRING, key), struct.pack("<I", kind), _packed(kind, value)]
    data = bytearray()
    for name, tensor in tensors.items():
        # The fastest dimension comes first.
        sizes = list(tensor.shape)[::-1]
        head.append(_packed(STRING, name))
        head.append(struct.pack(f"<I{len(sizes)}QIQ", len(sizes), *sizes, 0, len(data)))
        data += _padded(tensor.contiguous().numpy().astype("<f4").tobytes())
    path.write_bytes(_padded(b"".join(head)) + bytes(data))


def _padded(content: bytes) -> bytes:
    return content + b"\0" * (-len(content) % _ALIGNMENT)


def _packed(kind: int, value: Any) -> bytes:
    if kind == STRING:
        encoded: bytes = value.encode()
        return struct.pack("<Q", len(encoded)) + encoded
    if kind == _ARRAY:
        item, values = value
        head = struct.pack("<IQ", item, len(values))
        return head + b"".join(_packed(item, each) for each in values)
    return struct.pack({UINT32: "<I", _INT32: "<i", FLOAT32: "<f", _BOOL: "<?"}[kind], value)
