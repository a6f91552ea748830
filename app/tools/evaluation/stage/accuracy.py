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
    lead_in_use: Interval
    """The same of the director with the product's weights."""
    best_rule: str
    weights: Mapping[str, float]
    """Fitted to the questions of all scripts."""


@dataclass(frozen=True, slots=True)
class Answers:
    """Hold which questions of scripts each rule and the director answered rightly."""

    scenes: Sequence[int]
    """The scene of each question, of all scripts."""
    hits: Mapping[str, Sequence[float]]
    two: int

    @property
    def best_rule(self) -> str:
        """The simple rule with the most hits."""
        return max(RULES, key=lambda rule: sum(self.hits[rule]))

    def against(self) -> Sequence[float]:
        """Return the hits of the best simple rule."""
        return self.hits[self.best_rule]


def answers_of(questions: Sequence[SpeakerQuestion], across: Sequence[Features]) -> Answers:
    """Return the answers to questions that leave a choice; ``across``: the weights of each fold."""
    asked = [each for each in questions if len(each.features) >= LEAST_CAST - 1]
    return Answers(
        [each.scene for each in asked],
        {
            "chance": [1 / len(each.features) for each in asked],
            "most frequent": _hits(asked, lambda each: each.most_frequent),
            "last but one": _hits(asked, lambda each: each.last_but_one),
            "director": _hits(asked, lambda each: best(each, WEIGHTS)),
            _ELSEWHERE: _hits(asked, lambda each: best(each, across[fold_of(each.scene)])),
        },
        len(questions) - len(asked),
    )


def measure(
    name: str,
    questions: Sequence[SpeakerQuestion],
    across: Sequence[Features],
    fitted: Features,
    fit: str,
) -> StageResults:
    """Return the figures; ``across`` are the weights of each fold, ``fitted`` of all."""
    answers = answers_of(questions, across)
    return _results(name, answers, answers.against(), answers.best_rule, fitted, fit)


def measure_together(
    scripts: Sequence[Sequence[SpeakerQuestion]],
    across: Sequence[Features],
    fitted: Features,
    fit: str,
) -> StageResults:
    """Return the figures of several scripts' questions together.

    The lead is over the best simple rule of each script, which is more than any one rule finds.
    """
    each = [answers_of(questions, across) for questions in scripts]
    scenes: list[int] = []
    for answers in each:
        first = max(scenes, default=-1) + 1
        scenes += [first + scene for scene in answers.scenes]
    hits = {rule: [hit for answers in each for hit in answers.hits[rule]] for rule in each[0].hits}
    together = Answers(scenes, hits, sum(answers.two for answers in each))
    against = [hit for answers in each for hit in answers.against()]
    rule = "the best rule of each script"
    return _results("all scripts together", together, against, rule, fitted, fit)


def _results(
    name: str,
    answers: Answers,
    against: Sequence[float],
    rule: str,
    fitted: Features,
    fit: str,
) -> StageResults:
    resampling = Resampling(answers.scenes)
    means = {each: resampling.means(values) for each, values in answers.hits.items()}
    ahead = means[_ELSEWHERE] - resampling.means(against)
    in_use = means["director"] - resampling.means(against)
    return StageResults(
        name=name,
        scenes=len(set(answers.scenes)),
        questions=len(answers.scenes),
        two=answers.two,
        fit=fit,
        accuracy={each: interval(values) for each, values in means.items()},
        lead=interval(np.asarray(ahead)),
        lead_in_use=interval(np.asarray(in_use)),
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
