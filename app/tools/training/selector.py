"""Learn the selector's weights from scripts, and measure them on scripts left out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from app.search.benchmark.corpus import Fold
from app.search.benchmark.modes import Calibrations, Packed
from app.search.benchmark.run import measure
from retrieval.evaluation.measures import Figures
from retrieval.ranking.features import RawSignals, features_of, fusion_signals
from retrieval.ranking.training import NormalEquations, RegressionSums, label
from retrieval.ranking.weights import Weights, load_weights

BUDGET = 1_000
"""Tokens of examples at which the figures are measured."""


@dataclass(frozen=True, slots=True)
class TrainedWeights:
    """Hold weights learned from all scripts, and their figures beside those of other weights."""

    weights: Weights
    queries: int
    """Number of queries that the weights were learned from."""
    figures: Mapping[str, Mapping[str, Figures]]
    """By character, then by ranking: ``fused``, ``k9`` (the built-in weights), ``in-sample`` (the
    new ones) and, with several scripts, ``left out`` (weights of the other scripts alone)."""


def train(
    folds: Mapping[str, Sequence[Fold]], script: Mapping[str, str], name: str
) -> TrainedWeights:
    """Learn weights from the folds of all characters, and measure them.

    ``folds`` are by character, as is ``script``, which names the script of each: it is left out as
    a whole. Raises :class:`ValueError` where no scene has a query.
    """
    equations = {who: _equations(of) for who, of in folds.items()}
    everything = _sum(list(equations.values()))
    weights = everything.solve(name)
    figures = {}
    for who, of in folds.items():
        others = [each for other, each in equations.items() if script[other] != script[who]]
        candidates = {"k9": load_weights("k9"), "in-sample": weights}
        if others:
            candidates["left out"] = _sum(others).solve(name)
        figures[who] = _figures(of, candidates)
    return TrainedWeights(weights, everything.count, figures)


def _sum(equations: Sequence[NormalEquations]) -> NormalEquations:
    return sum(equations, start=NormalEquations.none())


def _equations(folds: Sequence[Fold]) -> NormalEquations:
    total = NormalEquations.none()
    for fold in folds:
        sums = RegressionSums(fold.store.size)
        lines = [fold.lines[reply.scene, reply.line] for reply in fold.cut.replies]
        labels = label(fold.overlap, fold.chrf, fold.cosine)[:, lines]
        everyone = np.ones(fold.store.size, dtype=bool)
        for question, of in zip(fold.questions, labels, strict=True):
            near = fusion_signals(fold.store, question.query)
            signals = RawSignals(fold.store, question.query, near)
            sums.add(features_of(fold.store, question.query, signals, everyone), of)
        total += sums.equations()
    return total


def _figures(folds: Sequence[Fold], candidates: Mapping[str, Weights]) -> dict[str, Figures]:
    calibrations = Calibrations()
    fused = Packed("fused", candidates["k9"], calibrations)
    selectors = {
        name: Packed("selector", weights, calibrations) for name, weights in candidates.items()
    }
    return measure(folds, {"fused": fused, **selectors}, BUDGET)
