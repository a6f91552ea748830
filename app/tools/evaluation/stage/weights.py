"""Fit the director's weights to questions, by maximum likelihood of a conditional logit."""

from collections.abc import Sequence

import numpy as np

from app.tools.evaluation.stage.questions import FOLDS, SpeakerQuestion, fold_of
from characters.stage.next_speaker import WEIGHTS, Feature, Features

_RIDGE = 1.0
"""Strength of the pull to zero, as in ridge regression; keeps rare features small."""
_STEPS = 60
_SMALL = 1e-6


def fit_weights(questions: Sequence[SpeakerQuestion]) -> dict[Feature, float]:
    """Return the weights under which the true speakers are likeliest, by Newton's method."""
    names = [*WEIGHTS]
    tables = [_table(each, names) for each in questions if len(each.features) > 1]
    weights = np.zeros(len(names))
    for _ in range(_STEPS):
        gradient = -_RIDGE * weights
        curvature = _RIDGE * np.eye(len(names))
        for values, truth in tables:
            scores = values @ weights
            likely = np.exp(scores - scores.max())
            likely /= likely.sum()
            mean = likely @ values
            gradient += values[truth] - mean
            centred = values - mean
            curvature += centred.T @ (centred * likely[:, None])
        step = np.linalg.solve(curvature, gradient)
        weights += step
        if float(np.abs(step).max()) < _SMALL:
            break
    return {name: round(float(weight), 3) for name, weight in zip(names, weights, strict=True)}


def fit_across(questions: Sequence[SpeakerQuestion]) -> list[Features]:
    """Return weights for each fold, fitted to the questions of the others."""
    return [
        fit_weights([each for each in questions if fold_of(each.scene) != fold])
        for fold in range(FOLDS)
    ]


def _table(
    question: SpeakerQuestion, names: Sequence[Feature]
) -> tuple["np.ndarray[tuple[int, int], np.dtype[np.float64]]", int]:
    who = [*question.features]
    values = np.array([[question.features[each][name] for name in names] for each in who])
    return values, who.index(question.truth)
