"""Hold what an operator wants of a dataset."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from app.tools.datasets.replies import Bounds
from app.tools.datasets.rows import Kind, Layout, Source
from app.tools.datasets.sources import Wanted
from app.tools.evaluation.counting import TokensBy
from retrieval.ranking.weights import DEFAULT


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetPlan:
    """Hold what is made, and how."""

    kind: Kind
    sources: Sequence[Source]
    wanted: Wanted
    out: Path
    overwrite: bool = False
    layout: Layout | None = None
    """None for the base model's own."""
    base: str = ""
    """The model of the catalogue that the dataset is for; empty for the engine's."""
    validation: float = 0.1
    seed: int = 1
    bounds: Bounds = field(default_factory=Bounds)
    least_likelihood: float | None = None
    """Mean natural-log probability of a true line's tokens; None scores nothing."""
    reward_url: str = ""
    """The endpoint of a reward model; empty for none."""
    reward_model: str = ""
    least_reward: float = 0.0
    """Least share, from 0 to 1."""
    generate: int = 0
    """Answers of the model, for each character and source."""
    instruction: str = ""
    """Shapes the chosen answers of the source ``instruction``."""
    questions: Sequence[str] = ()
    """What users ask there; without any, the lines before true ones."""
    tokens: TokensBy = "auto"
    embedder: str = ""
    selector: str = DEFAULT

    @property
    def needs_engine(self) -> str:
        """What the dataset cannot be made without an engine for; empty for nothing."""
        if {"model", "instruction"} & {*self.sources}:
            return "the model's own answers"
        return "" if self.least_likelihood is None else "likelihoods (--least-likelihood)"

    @property
    def journal(self) -> Path:
        """The file beside the folder that keeps what the engine answered."""
        return self.out.with_name(f"{self.out.name}.answers.jsonl")

    def filters(self) -> dict[str, object]:
        """Return what the card says about filters."""
        return {
            "least_letters": self.bounds.least_letters,
            "most_tokens": self.bounds.most_tokens,
            "most_of_a_character": self.bounds.most,
            "near_duplicates": "kept" if self.bounds.near_duplicates else "dropped",
            "least_likelihood": self.least_likelihood,
            "reward_model": self.reward_model if self.reward_url else None,
            "least_reward": self.least_reward if self.reward_url else None,
            "generate": self.generate,
        }
