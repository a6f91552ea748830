"""Small tokenizers with the control tokens of real families, and chat templates as they have."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from app.engines.port import ChatMessage

CHATML = ("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<tool_call>", "</tool_call>", "<think>")
LLAMA_3 = (
    *("<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>"),
    *("<|eot_id|>", "<|eom_id|>", "<|python_tag|>", "<|reserved_special_token_0|>"),
)
LLAMA_2 = ("<s>", "</s>", "<unk>", "[INST]", "[/INST]")
GEMMA = ("<bos>", "<eos>", "<start_of_turn>", "<end_of_turn>", "<unused7>")
DEEPSEEK = ("<｜begin▁of▁sentence｜>", "<｜User｜>", "<｜Assistant｜>", "<｜end▁of▁sentence｜>")
INDEX = ("<unk>", "<s>", "</s>", *(f"reserved_{number}" for number in range(12)))
FAMILIES = {
    "chatml": CHATML,
    "llama3": LLAMA_3,
    "llama2": LLAMA_2,
    "gemma": GEMMA,
    "deepseek": DEEPSEEK,
    "index": INDEX,
}


@dataclass(frozen=True, slots=True)
class Family:
    """A tokenizer of bytes, to which the family's control tokens are added."""

    name: str
    tokenizer: Any

    def control(self, text: str) -> list[str]:
        """The control tokens that it makes of a text."""
        tokens = self.tokenizer.encode(text, add_special_tokens=False).tokens
        return [each for each in tokens if each in FAMILIES[self.name]]

    def render(self, messages: Sequence[ChatMessage]) -> str:
        """The prompt that a server's template makes of messages."""
        return _TEMPLATES[self.name](messages)


def family(name: str, normalizer: Any = None, *, normalized: bool = False) -> Family:
    """``normalized``: control tokens are looked for in what the normalizer made of a text."""
    tokenizers = pytest.importorskip("tokenizers")
    alphabet = sorted(tokenizers.pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {letter: number for number, letter in enumerate(alphabet)}
    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE(vocabulary, []))
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    if normalizer is not None:
        tokenizer.normalizer = normalizer
    tokenizer.add_special_tokens(
        [
            tokenizers.AddedToken(each, special=True, normalized=normalized)
            for each in FAMILIES[name]
        ]
    )
    return Family(name, tokenizer)


def _chatml(messages: Sequence[ChatMessage]) -> str:
    turns = (f"<|im_start|>{each.role}\n{each.content}<|im_end|>\n" for each in messages)
    return "".join(turns) + "<|im_start|>assistant\n"


def _llama_3(messages: Sequence[ChatMessage]) -> str:
    heading = "<|start_header_id|>{}<|end_header_id|>\n\n"
    turns = (heading.format(each.role) + each.content.strip() + "<|eot_id|>" for each in messages)
    return "<|begin_of_text|>" + "".join(turns) + heading.format("assistant")


def _llama_2(messages: Sequence[ChatMessage]) -> str:
    forms = {
        "system": "<s>[INST] {}\n",
        "user": "[INST] {} [/INST]",
        "assistant": " {} </s>",
    }
    return "".join(forms[each.role].format(each.content) for each in messages)


def _gemma(messages: Sequence[ChatMessage]) -> str:
    turn = "<start_of_turn>{}\n{}<end_of_turn>\n"
    turns = (turn.format(each.role, each.content.strip()) for each in messages)
    return "<bos>" + "".join(turns) + "<start_of_turn>model\n"


def _deepseek(messages: Sequence[ChatMessage]) -> str:
    before = {"system": "", "user": DEEPSEEK[1], "assistant": DEEPSEEK[2]}
    return DEEPSEEK[0] + "".join(before[each.role] + each.content for each in messages)


def _index(messages: Sequence[ChatMessage]) -> str:
    before = {"system": "<unk>", "user": "reserved_0", "assistant": "reserved_1"}
    return "".join(before[each.role] + each.content for each in messages) + "reserved_1"


_TEMPLATES = {
    "chatml": _chatml,
    "llama3": _llama_3,
    "llama2": _llama_2,
    "gemma": _gemma,
    "deepseek": _deepseek,
    "index": _index,
}
