"""Read the configuration of an Index checkpoint, and derive its tensors.

Source: ``config.json`` and the model description of the public repository bilibili/Index-1.9B:
Llama with a Norm-Head and, in the 32K model, ``rope_ratio``.
"""

from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, Field, ValidationError, model_validator

from app.tools.conversion.errors import ConversionError
from app.tools.conversion.source_files import read_json

ROPE_BASE = 10_000.0
"""Llama's rotary base, which ``rope_ratio`` multiplies."""
HEAD = "lm_head.weight"


class IndexConfig(BaseModel):
    """Hold the fields of ``config.json`` that the conversion reads.

    Values whose arithmetic a plain Llama cannot express are refused rather than dropped.
    """

    model_type: Literal["index"]
    hidden_size: int = Field(ge=1)
    intermediate_size: int = Field(ge=1)
    num_hidden_layers: int = Field(ge=1, le=1_000)
    num_attention_heads: int = Field(ge=1)
    vocab_size: int = Field(ge=1)
    max_position_embeddings: int = Field(ge=1)
    rms_norm_eps: float = Field(gt=0)
    norm_head: bool
    rope_ratio: float = Field(default=1.0, gt=0)
    hidden_act: Literal["silu"] = "silu"
    tie_word_embeddings: Literal[False] = False
    rope_scaling: None = None
    initializer_range: float = 0.02
    bos_token_id: int = 1
    eos_token_id: int = 2
    pad_token_id: int | None = None

    @model_validator(mode="after")
    def _heads_fit(self) -> Self:
        if self.hidden_size % self.num_attention_heads:
            raise ValueError("hidden_size is not a multiple of num_attention_heads")
        return self

    @property
    def rope_theta(self) -> float:
        return ROPE_BASE * self.rope_ratio

    @property
    def padding_id(self) -> int:
        """Return the padding token: the end token where the checkpoint names none."""
        return self.eos_token_id if self.pad_token_id is None else self.pad_token_id

    def tensors(self) -> dict[str, tuple[int, ...]]:
        """Return the shape of every weight that the checkpoint must hold, by name."""
        hidden, inner = self.hidden_size, self.intermediate_size
        layer = {
            "self_attn.q_proj": (hidden, hidden),
            "self_attn.k_proj": (hidden, hidden),
            "self_attn.v_proj": (hidden, hidden),
            "self_attn.o_proj": (hidden, hidden),
            "mlp.gate_proj": (inner, hidden),
            "mlp.up_proj": (inner, hidden),
            "mlp.down_proj": (hidden, inner),
            "input_layernorm": (hidden,),
            "post_attention_layernorm": (hidden,),
        }
        return {
            "model.embed_tokens.weight": (self.vocab_size, hidden),
            "model.norm.weight": (hidden,),
            HEAD: (self.vocab_size, hidden),
        } | {
            f"model.layers.{number}.{name}.weight": shape
            for number in range(self.num_hidden_layers)
            for name, shape in layer.items()
        }


def read_index_config(directory: Path) -> IndexConfig:
    """Return the configuration in ``directory``. Raises :class:`ConversionError`."""
    path = directory / "config.json"
    try:
        return IndexConfig.model_validate(read_json(path))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the configuration"
        raise ConversionError(
            f"{path} does not describe an Index-1.9B model: {where}: {first['msg']}."
        ) from error
