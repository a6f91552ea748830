"""Measure how often the next speaker is found, beside simple rules."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from app.tools.evaluation.stage.questions import SpeakerQuestion, fold_of
from characters.stage.next_speaker import WEIGHTS, Features, score_of
from retrieval.evaluation.intervals import Interval, Resampling, interval

LEAST_CAST = 3
"""Speakers of a scene in which there is a choice: of two, only one can speak next."""
_LEAST_QUESTIONS = 10
_ELSEWHERE = "director, fitted elsewhere"
RULES = ("chance", "most frequent", "last but one")


@dataclass(frozen=True, slots=True, kw_only=True)
class StageResults:
    """Hold the figures of one script, in scenes where there is a choice."""

    name: str
    scenes: int
    questions: int
    two: int
    """Questions of scenes with two speakers, where only one can speak next: not counted."""
    fit: str
    """The embedder of the feature ``fits``, or ``none``."""
    accuracy: Mapping[str, Interval]
    """By rule, and of the director with the product's weights and with weights fitted to the other
    folds of all scripts."""
    lead: Interval
    """Of the director with weights fitted elsewhere over the best of the simple rules, on the same
    resamplings of scenes."""
    best_rule: str
    weights: Mapping[str, float]
    """Fitted to the questions of all scripts."""


def measure(
    name: str,
    questions: Sequence[SpeakerQuestion],
    across: Sequence[Features],
    fitted: Features,
    fit: str,
) -> StageResults:
    """Return the figures; ``across`` are the weights of each fold, ``fitted`` of all."""
    asked = [each for each in questions if len(each.features) >= LEAST_CAST - 1]
    resampling = Resampling([each.scene for each in asked])
    hits = {
        "chance": [1 / len(each.features) for each in asked],
        "most frequent": _hits(asked, lambda each: each.most_frequent),
        "last but one": _hits(asked, lambda each: each.last_but_one),
        "director": _hits(asked, lambda each: best(each, WEIGHTS)),
        _ELSEWHERE: _hits(asked, lambda each: best(each, across[fold_of(each.scene)])),
    }
    means = {rule: resampling.means(values) for rule, values in hits.items()}
    rule = max(RULES, key=lambda each: means[each][0])
    return StageResults(
        name=name,
        scenes=len({each.scene for each in asked}),
        questions=len(asked),
        two=len(questions) - len(asked),
        fit=fit,
        accuracy={each: interval(values) for each, values in means.items()},
        lead=interval(np.asarray(means[_ELSEWHERE] - means[rule])),
        best_rule=rule,
        weights={str(feature): weight for feature, weight in fitted.items()},
    )


def is_measurable(questions: Sequence[SpeakerQuestion]) -> bool:
    """Return whether enough of the questions leave a choice."""
    return sum(len(each.features) >= LEAST_CAST - 1 for each in questions) >= _LEAST_QUESTIONS


def best(question: SpeakerQuestion, weights: Features) -> object:
    """Return the likeliest candidate."""
    scores = {who: score_of(each, weights) for who, each in question.features.items()}
    return max(scores, key=lambda who: scores[who])


def _hits(
    asked: Sequence[SpeakerQuestion], choose: Callable[[SpeakerQuestion], object]
) -> list[float]:
    return [float(choose(each) == each.truth) for each in asked]
