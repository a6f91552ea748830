"""Learn the selector's weights from what single exchanges do to the likelihood of true replies."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from app.likelihood.gains import Gain
from app.search.benchmark.corpus import Fold
from app.search.benchmark.modes import Calibrations
from app.search.benchmark.rankings import rank_as
from retrieval.ranking.features import RawSignals, features_of, fusion_signals
from retrieval.ranking.training import NormalEquations, gain_equations
from retrieval.ranking.weights import Weights, load_weights
from retrieval.reply_index.similarities import Floats

FUSED_SHARE = 1.0
"""Weight of the fusion beside the features: it keeps what is asked about among what is shown."""


@dataclass(frozen=True, slots=True)
class WeightsByLikelihood:
    """Hold weights learned from gains, and how well they foresee the gains."""

    weights: Weights
    questions: int
    gains: int
    correlations: Mapping[str, Mapping[str, float]]
    """Mean correlation, within a question, of a selector's scores and the gains. By character, then
    by weights: ``k9``, ``in-sample`` and, with several scripts, ``left out``."""


def train_on_gains(
    folds: Mapping[str, Sequence[Fold]],
    gains: Mapping[str, Sequence[Gain]],
    script: Mapping[str, str],
    name: str,
) -> WeightsByLikelihood:
    """Learn weights from the gains of all characters.

    ``folds``, ``gains`` and ``script`` (each character's, left out as a whole) are by character.
    Raises :class:`ValueError` without a gain.
    """
    equations = {who: _equations(folds[who], of) for who, of in gains.items()}
    everything = _sum(list(equations.values()))
    weights = _solve(everything, name)
    correlations = {}
    for who, of in gains.items():
        others = [each for other, each in equations.items() if script[other] != script[who]]
        compared = {"k9": load_weights("k9"), "in-sample": weights}
        if sum(each.count for each in others):
            compared["left out"] = _solve(_sum(others), name)
        correlations[who] = {
            label: _correlation(folds[who], of, each) for label, each in compared.items()
        }
    return WeightsByLikelihood(
        weights, everything.count, sum(map(len, gains.values())), correlations
    )


def _solve(equations: NormalEquations, name: str) -> Weights:
    """Return the weights without a share of hub scores: a hub helps with every query."""
    return replace(
        equations.solve(name),
        hub_share=0.0,
        fused_share=FUSED_SHARE,
        fused_share_of_words=FUSED_SHARE,
    )


def _sum(equations: Sequence[NormalEquations]) -> NormalEquations:
    return sum(equations, start=NormalEquations.none())


def _equations(folds: Sequence[Fold], gains: Sequence[Gain]) -> NormalEquations:
    total = NormalEquations.none()
    for (fold, question), tried in _by_question(gains).items():
        store, query = folds[fold].store, folds[fold].questions[question].query
        every = np.ones(store.size, dtype=bool)
        signals = RawSignals(store, query, fusion_signals(store, query))
        replies = [each.reply for each in tried]
        features = {
            name: values[replies]
            for name, values in features_of(store, query, signals, every).items()
        }
        total += gain_equations(features, _values(tried))
    return total


def _correlation(folds: Sequence[Fold], gains: Sequence[Gain], weights: Weights) -> float:
    calibrations, found = Calibrations(), []
    for (number, question), tried in _by_question(gains).items():
        fold, values = folds[number], _values(tried)
        query = fold.questions[question].query
        ranking = rank_as("selector", fold.store, query, weights, calibrations.of(fold, weights))
        scores = ranking.scores[[each.reply for each in tried]]
        if scores.std() and values.std():
            found.append(float(np.corrcoef(scores, values)[0, 1]))
    return float(np.mean(found)) if found else 0.0


def _by_question(gains: Sequence[Gain]) -> Mapping[tuple[int, int], list[Gain]]:
    """Return the gains by question; those of a single exchange teach nothing."""
    by_question = defaultdict(list)
    for gain in gains:
        by_question[gain.key].append(gain)
    return {key: tried for key, tried in by_question.items() if len(tried) > 1}


def _values(tried: Sequence[Gain]) -> Floats:
    return np.array([each.value for each in tried], dtype=np.float32)
