"""Hold what an operator wants of a training; the defaults are those of Index-1.9B-Character."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Kind = Literal["sft", "dpo"]
"""``sft``: replies are learnt. ``dpo``: one of two replies to the same prompt is preferred."""
DType = Literal["auto", "bfloat16", "float32"]

LEARNING_RATES: Mapping[Kind, float] = {"sft": 1e-5, "dpo": 1e-6}
"""Source: the technical report of Index-1.9B. They suit full runs on much data."""
COMMANDS: Mapping[Kind, str] = {"sft": "lora", "dpo": "dpo"}
ALL_LINEAR = "all-linear"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingPlan:
    """Hold one training. Tokens and batches are of one device."""

    kind: Kind
    dataset: Path
    base: str
    """A name of the catalogue, a .gguf file, a Hugging Face folder, or an id of the model hub."""
    out: Path
    name: str
    """The adapter's."""
    base_name: str = ""
    """The catalogue's name of the model, where ``base`` is a folder or an id."""
    resume: bool = False
    learning_rate: float = LEARNING_RATES["sft"]
    epochs: float = 1.0
    most_steps: int | None = None
    batch: int = 1
    """Rows, packs of rows or pairs that are computed at once."""
    accumulate: int = 8
    """Batches to a step."""
    most_tokens: int = 2048
    """Of a prompt with its reply, and of a pack; longer rows are left out."""
    packing: bool = True
    rank: int = 16
    alpha: int = 32
    dropout: float = 0.05
    targets: tuple[str, ...] = (ALL_LINEAR,)
    beta: float = 0.1
    seed: int = 1
    dtype: DType = "auto"
    checkpointing: bool | None = None
    """Whether activations are computed again instead of kept; None: on a GPU."""
    held_out: int = 100
    """Most held-out rows that losses are measured on."""
    evaluations: int = 4
    """Measurements on them, the one before the training apart."""
    ignore_memory: bool = False

    def settings(self) -> dict[str, object]:
        """Return what the weights depend on, beside the data and the base model."""
        settings: dict[str, object] = {
            "learning_rate": self.learning_rate,
            "schedule": "cosine",
            "epochs": self.epochs,
            "most_steps": self.most_steps,
            "batch": self.batch,
            "accumulate": self.accumulate,
            "most_tokens": self.most_tokens,
            "rank": self.rank,
            "alpha": self.alpha,
            "dropout": self.dropout,
            "targets": list(self.targets),
            "seed": self.seed,
            "held_out": self.held_out,
        }
        if self.kind == "sft":
            return {**settings, "packing": self.packing}
        return {**settings, "dropout": 0.0, "beta": self.beta}
