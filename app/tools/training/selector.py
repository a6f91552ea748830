"""Weights for the selector from scripts, and how well they do on scripts they have not seen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from app.search.benchmark.corpus import Fold
from app.search.benchmark.modes import Calibrations, Packed
from app.search.benchmark.run import measure
from retrieval.evaluation.measures import Figures
from retrieval.ranking.features import features_of, fusion_signals, raw_signals
from retrieval.ranking.training import NormalEquations, RegressionSums, label
from retrieval.ranking.weights import Weights, load_weights

BUDGET = 1_000
"""Tokens of examples that the figures are for."""


@dataclass(frozen=True, slots=True)
class Trained:
    """A recipe of all scripts, and what it and others reach."""

    recipe: Weights
    moments: int
    figures: Mapping[str, Mapping[str, Figures]]
    """By character, then ``fused``, the built-in recipe, ``in-sample`` and, of several
    characters, ``left out``: weights of the other scripts alone."""


def train(folds: Mapping[str, Sequence[Fold]], script: Mapping[str, str], name: str) -> Trained:
    """``folds`` by character; ``script``: the script of each, left out as a whole.

    Raises :class:`ValueError` where no scene asks anything.
    """
    equations = {who: _equations(of) for who, of in folds.items()}
    everything = _sum(list(equations.values()))
    recipe = everything.solve(name)
    figures = {}
    for who, of in folds.items():
        others = [each for other, each in equations.items() if script[other] != script[who]]
        recipes = {"k9": load_weights("k9"), "in-sample": recipe}
        if others:
            recipes["left out"] = _sum(others).solve(name)
        figures[who] = _figures(of, recipes)
    return Trained(recipe, everything.count, figures)


def _sum(equations: Sequence[NormalEquations]) -> NormalEquations:
    return sum(equations, start=NormalEquations.none())


def _equations(folds: Sequence[Fold]) -> NormalEquations:
    total = NormalEquations.none()
    for fold in folds:
        moments = RegressionSums(fold.store.size)
        lines = [fold.lines[reply.scene, reply.line] for reply in fold.cut.replies]
        labels = label(fold.overlap, fold.chrf, fold.cosine)[:, lines]
        everyone = np.ones(fold.store.size, dtype=bool)
        for question, of in zip(fold.questions, labels, strict=True):
            near = fusion_signals(fold.store, question.query)
            signals = raw_signals(fold.store, question.query, near)
            moments.add(features_of(fold.store, question.query, signals, everyone), of)
        total += moments.equations()
    return total


def _figures(folds: Sequence[Fold], recipes: Mapping[str, Weights]) -> dict[str, Figures]:
    calibrations = Calibrations()
    chosen = {name: Packed("selector", recipe, calibrations) for name, recipe in recipes.items()}
    first = Packed("fused", recipes["k9"], calibrations)
    return measure(folds, {"fused": first, **chosen}, BUDGET)
