"""Ask the model which of eight lines the character said: the true reply, or a distractor."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from app.engines.port import ScoringEngine
from app.likelihood.contexts import ContextName
from app.likelihood.prompts import ReplyPrompts
from app.search.benchmark.corpus import Fold
from app.search.benchmark.folds import LEAST_LETTERS, spoken_letters
from characters.passages.windows import without_directions
from retrieval.evaluation.intervals import Interval, Resampling, interval

OWN, CAST = 4, 3
"""Distractors: other replies of the character, and lines of others."""

CHANCE = 1 / (1 + OWN + CAST)


@dataclass(frozen=True, slots=True)
class WhichLine:
    """Hold how often the true reply is the likeliest of eight lines; chance is one in eight."""

    accuracy: Interval
    replies: int


@dataclass(frozen=True, slots=True)
class Choice:
    """Hold whether the true reply of a question was the likeliest, under one context."""

    context: ContextName
    scene: int
    right: bool


def distractors(fold: Fold, question: int) -> list[str]:
    """Return lines of other held-out scenes: the prompt shows none of them.

    At most :data:`OWN` of the character and :data:`CAST` of others, drawn by the question.
    """
    asked = fold.questions[question]
    chance = random.Random(f"{fold.kept[0]} {question}")  # noqa: S311 - reproducible
    own = {each.truth for each in fold.questions if each.scene != asked.scene} - {asked.truth}
    cast: set[str] = set()
    for number in {each.scene for each in fold.questions} - {asked.scene}:
        for line in fold.subject.scenes[number].lines:
            text = without_directions(line.text)
            is_own = line.speaker in fold.subject.own
            if not is_own and len(spoken_letters(line.text)) >= LEAST_LETTERS:
                cast.add(text)
    return [*_drawn(own, OWN, chance), *_drawn(cast - own - {asked.truth}, CAST, chance)]


async def choose_line(
    context: ContextName, fold: Fold, question: int, prompts: ReplyPrompts, engine: ScoringEngine
) -> Choice:
    """Score the true reply and its distractors by mean log-probability a token."""
    asked = fold.questions[question]
    prompt, _ = await prompts.compose(context, question)
    means = []
    for line in (asked.truth, *distractors(fold, question)):
        found = await engine.score(prompt, line, affinity=f"line {asked.scene} {question}")
        means.append(sum(found) / len(found))
    return Choice(context, asked.scene, means[0] > max(means[1:], default=0.0))


def which_line(choices: Sequence[tuple[int, Choice]]) -> WhichLine:
    """Return the accuracy of (character's number, choice) made under one context."""
    numbers: dict[tuple[int, int], int] = {}
    scenes = [numbers.setdefault((who, each.scene), len(numbers)) for who, each in choices]
    resampling = Resampling(scenes)
    right = resampling.means([float(choice.right) for _, choice in choices])
    return WhichLine(interval(right), len(choices))


def _drawn(lines: set[str], most: int, chance: random.Random) -> list[str]:
    every = sorted(lines)
    return chance.sample(every, min(most, len(every)))
