"""Write the tokenizer as transformers and vLLM load it, with Index's chat template."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.tools.conversion import extras
from app.tools.conversion.errors import ConversionError
from app.tools.conversion.fast_tokenizer import build_tokenizer
from app.tools.conversion.index_config import IndexConfig
from app.tools.conversion.sentencepiece_model import (
    ASSISTANT,
    CHAT_IDS,
    SYSTEM,
    USER,
    read_sentencepiece,
)
from app.tools.conversion.source_files import read_json

_CHAT_TEMPLATE = (
    f"{{% set marks = {{'system': '{SYSTEM}', 'user': '{USER}', 'assistant': '{ASSISTANT}'}} %}}"
    "{% for message in messages %}"
    "{% if message['role'] not in marks %}"
    "{{ raise_exception('Index knows the roles system, user and assistant only.') }}"
    "{% endif %}"
    "{{ marks[message['role']] + message['content'] }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ marks['assistant'] }}{% endif %}"
)
"""``<unk>``, system, ``reserved_0``, user, ``reserved_1``, assistant, turn after turn, without
newlines between: the format of the chat models' training (bilibili/Index-1.9B, ``finetune/``)."""


@dataclass(frozen=True, slots=True)
class TokenizerFiles:
    """Hold a tokenizer that is ready to be written.

    ``roles`` are the tokens that transformers knows by name, such as ``bos_token``.
    """

    tokenizer: Any
    roles: dict[str, str]
    context_length: int

    def write(self, directory: Path) -> None:
        """Write ``tokenizer.json`` and the two files beside it. Raises :class:`OSError`."""
        special = self.roles | {"additional_special_tokens": [USER, ASSISTANT]}
        config = special | {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": self.context_length,
            "clean_up_tokenization_spaces": False,
            "chat_template": _CHAT_TEMPLATE,
        }
        files = {
            "tokenizer.json": self.tokenizer.to_str(),
            "tokenizer_config.json": json.dumps(config, ensure_ascii=False, indent=2),
            "special_tokens_map.json": json.dumps(special, ensure_ascii=False, indent=2),
        }
        for name, content in files.items():
            (directory / name).write_text(content + "\n", encoding="utf-8")


def convert_tokenizer(directory: Path, config: IndexConfig) -> TokenizerFiles:
    """Return the fast tokenizer of the checkpoint in ``directory``.

    Raises :class:`ConversionError`.
    """
    model = read_sentencepiece(directory)
    if len(model.pieces) > config.vocab_size:
        raise ConversionError(
            f"tokenizer.model has {len(model.pieces)} pieces, more than the {config.vocab_size} "
            "config.json has room for: they are not of one checkpoint."
        )
    ids = {
        "unk_token": model.unknown_id,
        "bos_token": config.bos_token_id,
        "eos_token": config.eos_token_id,
        "pad_token": config.padding_id,
    }
    for role, number in ids.items():
        if not 0 <= number < len(model.pieces):
            raise ConversionError(f"config.json names {number} as {role}, beyond the vocabulary.")
    roles = {role: model.pieces[number].text for role, number in ids.items()}
    tokenizer = build_tokenizer(model, {*ids.values(), *CHAT_IDS})
    _add_edges(tokenizer, directory, config, roles)
    return TokenizerFiles(tokenizer, roles, config.max_position_embeddings)


def _add_edges(tokenizer: Any, directory: Path, config: IndexConfig, roles: dict[str, str]) -> None:
    """Add a token to the beginning and end of texts where the checkpoint's settings say so."""
    settings = directory / "tokenizer_config.json"
    flags = read_json(settings) if settings.exists() else {}
    begin = [roles["bos_token"]] if flags.get("add_bos_token") else []
    end = [roles["eos_token"]] if flags.get("add_eos_token") else []
    if begin or end:
        processors = extras.load("tokenizers").processors
        tokenizer.post_processor = processors.TemplateProcessing(
            single=[*begin, "$A", *end],
            pair=[*begin, "$A", *end, *begin, "$B:1", *end],
            special_tokens=[
                (roles["bos_token"], config.bos_token_id),
                (roles["eos_token"], config.eos_token_id),
            ],
        )
