"""Measure a model on held-out rows: the likelihood of replies, and which of two is preferred."""

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from app.tools.training.adapters.encoding import Encoded
from app.tools.training.adapters.extras import load
from retrieval.evaluation.intervals import Interval, Resampling, interval
from retrieval.evaluation.likelihood import Likelihood, difference, level


@dataclass(frozen=True, slots=True)
class Scored:
    """Hold the natural-log probabilities of a row's replies, without the tokens that end them."""

    reply: float
    rejected: float | None = None


Scores = Sequence[Scored]


class HeldOut:
    """Measure on the same rows at any time of a training."""

    def __init__(self, rows: Sequence[Encoded], beta: float) -> None:
        """``beta``: of the preference loss, for rows with a rejected reply."""
        self.rows = rows
        self._beta = beta
        numbers: dict[str, int] = {}
        self._scenes = [numbers.setdefault(row.scene, len(numbers)) for row in rows]

    @property
    def scenes(self) -> int:
        """The number of scenes."""
        return len(set(self._scenes))

    @property
    def has_pairs(self) -> bool:
        """Whether each row has a rejected reply."""
        return bool(self.rows) and self.rows[0].rejected is not None

    def score(self, model: Any) -> list[Scored]:
        """Return the scores of all rows. The model is in its mode of before afterwards."""
        with _evaluating(model):
            return [
                Scored(
                    _log_probability(model, row.prompt, row.reply),
                    None
                    if row.rejected is None
                    else _log_probability(model, row.prompt, row.rejected),
                )
                for row in self.rows
            ]

    def loss(self, scores: Scores, before: Scores) -> float:
        """Return the mean loss: nats a token of a reply, or the preference loss of a pair."""
        if self.has_pairs:
            margins = self._margins(scores, before)
            return sum(map(_preference_loss, margins)) / len(margins)
        tokens = sum(len(row.reply) for row in self.rows)
        return -sum(each.reply for each in scores) / tokens

    def figures(self, before: Scores, after: Scores) -> dict[str, Any]:
        """Return what an adapter's card says: before, after and the gain, each with an interval.

        Intervals are of 95 %, by resampling scenes.
        """
        old, new = self._likelihoods(before), self._likelihoods(after)
        gain = difference(new, old)
        found: dict[str, Any] = {
            "rows": len(self.rows),
            "scenes": self.scenes,
            "loss": {"before": self.loss(before, before), "after": self.loss(after, before)},
            "nats_a_token": {
                "before": asdict(level(old).nats_a_token),
                "after": asdict(level(new).nats_a_token),
                "gain": asdict(gain.nats_a_token),
            },
        }
        return {**found, **self._preferences(before, after)} if self.has_pairs else found

    def _preferences(self, before: Scores, after: Scores) -> Mapping[str, Any]:
        resampling = Resampling(self._scenes)
        margins = self._margins(after, before)

        def mean(values: Sequence[float]) -> Interval:
            return interval(resampling.means(values))

        return {
            "margin": asdict(mean(margins)),
            "preferred": asdict(mean([float(each > 0) for each in margins])),
        }

    def _margins(self, scores: Scores, before: Scores) -> list[float]:
        """Return how much further apart a pair's replies are than before, times beta."""
        return [
            self._beta * ((new.reply - old.reply) - ((new.rejected or 0) - (old.rejected or 0)))
            for new, old in zip(scores, before, strict=True)
        ]

    def _likelihoods(self, scores: Scores) -> list[Likelihood]:
        return [
            Likelihood(row.scene, each.reply, len(row.reply), row.size)
            for row, each in zip(self.rows, scores, strict=True)
        ]


def _preference_loss(margin: float) -> float:
    """Return minus the logarithm of the margin's sigmoid."""
    return math.log1p(math.exp(-abs(margin))) + max(-margin, 0.0)


def _log_probability(model: Any, prompt: list[int], reply: list[int]) -> float:
    torch = load("torch")
    device = model.device
    ids = torch.tensor([prompt + reply], device=device)
    wanted = torch.tensor(reply, device=device)
    # The row before a token's own foretells it, so the last row foretells nothing here.
    logits = model(input_ids=ids, logits_to_keep=len(reply) + 1, use_cache=False).logits[0, :-1]
    scores = torch.log_softmax(logits.float(), dim=-1).gather(1, wanted[:, None])
    return float(scores.sum())


@contextmanager
def _evaluating(model: Any) -> Iterator[None]:
    """Compute as in the training, whether it has begun or not, but without gradients."""
    torch = load("torch")
    is_short = model.dtype == torch.bfloat16
    was_training = model.training
    model.eval()
    try:
        with (
            torch.inference_mode(),
            torch.autocast(model.device.type, dtype=torch.bfloat16, enabled=is_short),
        ):
            yield
    finally:
        model.train(was_training)
