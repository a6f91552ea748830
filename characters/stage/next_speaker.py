"""Decide who speaks next on a stage, and say why, without a language model. Pure.

A conditional logit (McFadden 1974): each candidate has a score, the weighted sum of what speaks for
it, and the candidates' probabilities are the softmax of their scores.
"""

import math
import random
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from characters.stage.addressing import Addressed, find_addressed
from characters.stage.commands import Names
from characters.stage.transitions import Transitions

Why = Literal[
    "asked", "called", "due", "named", "answers", "follows", "fits", "silent", "new", "alone"
]
"""``asked``: called by name, with a question; ``due``: called a little earlier, and silent since;
``answers``: spoke before the last line; ``follows``: often follows the last speaker in the script;
``fits``: its own lines are near the moment; ``new``: has not spoken yet."""
Feature = Literal[
    "called", "due", "named", "answers", "answers_question", "follows", "fits", "silent", "new"
]
Features = Mapping[Feature, float]

WEIGHTS: dict[Feature, float] = {
    "called": 3.0,
    "due": 1.1,
    "named": 0.9,
    "answers": 0.9,
    "answers_question": 0.4,
    "follows": 0.1,
    "fits": 0.1,
    "silent": 1.2,
    "new": -0.2,
}
"""Near what ``offbook eval stage`` fits to the samples, but for silence, which counts half as much:
in a held-out scene everyone on stage is known to speak. See ``docs/decisions/0050``."""
_MOST_SILENCE = 12
"""Lines of silence after which more count no more."""
_DUE = 3
"""Lines before the last one in which a call still waits for its answer."""
_LEAST_WHY = 0.05
"""Contribution to a score that is worth naming as the reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneState:
    """Hold a stage as it is when the next speaker is to be found."""

    names: Names
    """The names of the candidates."""
    spoken: Sequence[tuple[Hashable, str]]
    """(who, text) of the lines so far, newest last; the user and directions are None."""
    fit: Mapping[Hashable, float]
    """How well each one's own lines fit the moment, higher is better; empty where unknown."""
    hearers: Sequence[Collection[Hashable]] = ()
    """Who knows each line of ``spoken``; empty: all know all."""

    def names_at(self, line: int) -> Names:
        """Return the names of the candidates who know a line: it calls no one else."""
        if not self.hearers:
            return self.names
        return {who: each for who, each in self.names.items() if who in self.hearers[line]}


@dataclass(frozen=True, slots=True)
class Choice:
    """Hold who speaks next, why, and how likely each candidate was."""

    who: Hashable
    why: Why
    probabilities: dict[Hashable, float]


def candidates_of(state: SceneState) -> list[Hashable]:
    """Return who may speak next: all but the last speaker, unless that one is alone."""
    last = state.spoken[-1][0] if state.spoken else None
    return [who for who in state.names if who != last] or [*state.names]


def features_of(
    state: SceneState, transitions: Transitions
) -> dict[Hashable, dict[Feature, float]]:
    """Return what speaks for each candidate."""
    who = candidates_of(state)
    speakers = [speaker for speaker, _ in state.spoken]
    address = _newest_address(state)
    due = _due(state)
    likely = transitions.probabilities(speakers, who)
    before = _last_but_one(speakers)
    fits = _standardised(state.fit, who)
    return {
        each: {
            "called": float(address.by.get(each) == "called"),
            "due": float(each in due and each not in address.by),
            "named": float(address.by.get(each) == "named"),
            "answers": float(each == before),
            "answers_question": float(each == before and address.asks),
            "follows": math.log(likely[each] * len(who)),
            "fits": fits[each],
            "silent": math.log1p(_silence(speakers, each)),
            "new": float(each not in speakers),
        }
        for each in who
    }


def choose_next(
    state: SceneState,
    transitions: Transitions,
    *,
    seed: str | None = None,
    weights: Features = WEIGHTS,
) -> Choice:
    """Return who speaks next; there is at least one candidate.

    The most likely one, or with a ``seed`` one drawn by its probability, always the same: of those
    who are called by name, if any.
    """
    features = features_of(state, transitions)
    probabilities = softmax({who: score_of(each, weights) for who, each in features.items()})
    if seed is None:
        who = max(probabilities, key=lambda each: probabilities[each])
    else:
        chance = random.Random(seed)  # noqa: S311 (a game's)
        called = [who for who, each in features.items() if each["called"]]
        drawn = called or [*probabilities]
        [who] = chance.choices(drawn, [probabilities[each] for each in drawn])
    return Choice(who, _why(features, who, weights, state), probabilities)


def score_of(features: Features, weights: Features) -> float:
    """Return a candidate's score."""
    return sum(weights[name] * value for name, value in features.items())


def softmax(scores: Mapping[Hashable, float]) -> dict[Hashable, float]:
    """Return the probabilities of scores."""
    most = max(scores.values())
    raised = {who: math.exp(score - most) for who, score in scores.items()}
    total = sum(raised.values())
    return {who: value / total for who, value in raised.items()}


def _why(
    features: Mapping[Hashable, Features], who: Hashable, weights: Features, state: SceneState
) -> Why:
    """Return the feature that sets the speaker apart most from the mean of the candidates."""
    if len(features) == 1:
        return "alone"

    def ahead(name: Feature) -> float:
        mean = sum(each[name] for each in features.values()) / len(features)
        return weights[name] * (features[who][name] - mean)

    best = max(weights, key=ahead)
    if ahead(best) < _LEAST_WHY:
        return "follows"
    if best == "answers_question":
        return "answers"
    if best == "called":
        return "asked" if _newest_address(state).asks else "called"
    return best


def _newest_address(state: SceneState) -> Addressed:
    if not state.spoken:
        return Addressed({}, asks=False)
    return find_addressed(state.spoken[-1][1], state.names_at(-1))


def _due(state: SceneState) -> set[Hashable]:
    """Return who was called in a line before the last one, and has not spoken since."""
    due: set[Hashable] = set()
    for at in range(max(0, len(state.spoken) - _DUE - 1), len(state.spoken) - 1):
        speaker, text = state.spoken[at]
        due.discard(speaker)
        by = find_addressed(text, state.names_at(at)).by
        due |= {who for who, address in by.items() if address == "called"}
    return due - {state.spoken[-1][0]} if state.spoken else due


def _last_but_one(speakers: Sequence[Hashable]) -> Hashable:
    """Return who spoke before the last speaker."""
    last = speakers[-1] if speakers else None
    return next((each for each in reversed(speakers) if each != last), None)


def _silence(speakers: Sequence[Hashable], who: Hashable) -> int:
    """Return for how many lines someone has been silent, at most :data:`_MOST_SILENCE`."""
    newest = speakers[-_MOST_SILENCE:][::-1]
    return newest.index(who) if who in newest else len(newest)


def _standardised(fit: Mapping[Hashable, float], who: Sequence[Hashable]) -> dict[Hashable, float]:
    """Return the fit in standard deviations of the candidates; 0 where none is known."""
    known = [fit[each] for each in who if each in fit]
    if len(known) < 2:
        return dict.fromkeys(who, 0.0)
    mean = sum(known) / len(known)
    spread = math.sqrt(sum((value - mean) ** 2 for value in known) / len(known))
    if spread < 1e-9:
        return dict.fromkeys(who, 0.0)
    return {each: (fit[each] - mean) / spread if each in fit else 0.0 for each in who}
