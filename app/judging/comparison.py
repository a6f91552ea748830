"""Compare two sets of replies to the same held-out questions, beside the true ones. Pure."""

from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from app.judging.distinct import SIZES, distinct_figures
from app.judging.identification import resampling_of
from app.judging.replies import JudgedReply, JudgedText
from retrieval.bm25.tokens import unigrams
from retrieval.evaluation.intervals import Interval, Resampling, interval

FigureName = Literal[
    "ratio",
    "right",
    "named",
    "copied_own",
    "longest_own",
    "copied_shown",
    "longest_shown",
    "distinct_1",
    "distinct_2",
    "distinct_3",
    "length",
    "tokens_a_second",
]

_OF_TEXT: dict[FigureName, Callable[[str, JudgedText], float]] = {
    "right": lambda _, said: said.recognised.right,
    "named": lambda who, said: float(said.recognised.named == who),
    "copied_own": lambda _, said: said.own.share,
    "longest_own": lambda _, said: float(said.own.longest),
    "copied_shown": lambda _, said: said.shown.share,
    "longest_shown": lambda _, said: float(said.shown.longest),
    "length": lambda _, said: float(len(unigrams(said.text))),
}
"""Figures that are means over the questions: functions of the character and a text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Hold one figure of two sides, with their difference on the same questions."""

    one: Interval
    other: Interval
    difference: Interval
    """Of the first over the second."""
    true: Interval | None = None
    """The same of the true replies; None where they have no such figure."""

    @property
    def is_significant(self) -> bool:
        """Whether the difference's interval excludes zero."""
        return self.difference.low > 0 or self.difference.high < 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Hold the figures of two sides on the questions that both answer."""

    questions: int
    scenes: int
    figures: Mapping[FigureName, Compared]
    named: tuple[Mapping[str, Mapping[str, int]], ...]
    """Of the first side, the second and the true replies: whom a character's replies are taken for,
    by character."""
    empty: tuple[int, int]
    """Replies without a word, of either side; they count in all figures."""


def compare_replies(one: Sequence[JudgedReply], other: Sequence[JudgedReply]) -> Comparison | None:
    """Return the comparison of two sides; None where they answer no common question.

    What true replies copy from the lines shown is measured with the first side's prompts.
    """
    answered = {each.key: each for each in other}
    pairs = [(each, answered[each.key]) for each in one if each.key in answered]
    if not pairs:
        return None
    first, second = [each for each, _ in pairs], [each for _, each in pairs]
    scenes = [(each.character, each.scene) for each in first]
    resampling = resampling_of(scenes)
    figures: dict[FigureName, Compared] = {"ratio": _ratio(resampling, first, second)}
    for name in _OF_TEXT:
        true = [_value(name, each, each.true) for each in first]
        figures[name] = compared(
            resampling.means([_value(name, each, each.generated) for each in first]),
            resampling.means([_value(name, each, each.generated) for each in second]),
            resampling.means(true),
        )
    figures |= _distinct(scenes, first, second)
    figures["tokens_a_second"] = compared(_speed(resampling, first), _speed(resampling, second))
    return Comparison(
        questions=len(pairs),
        scenes=len(set(scenes)),
        figures=figures,
        named=(
            _named(first, lambda each: each.generated),
            _named(second, lambda each: each.generated),
            _named(first, lambda each: each.true),
        ),
        empty=(_empty(first), _empty(second)),
    )


def compared(
    one: NDArray[np.float64],
    other: NDArray[np.float64],
    true: NDArray[np.float64] | None = None,
) -> Compared:
    """Return the figure whose estimates, then resampled ones, are these."""
    return Compared(
        one=interval(one),
        other=interval(other),
        difference=interval(one - other),
        true=None if true is None else interval(true),
    )


def _value(name: FigureName, reply: JudgedReply, said: JudgedText) -> float:
    return _OF_TEXT[name](reply.character, said)


def _ratio(
    resampling: Resampling, one: Sequence[JudgedReply], other: Sequence[JudgedReply]
) -> Compared:
    """Return P(right | generated) over P(right | true)."""
    true = resampling.means([each.true.recognised.right for each in one])
    return compared(
        resampling.means([each.generated.recognised.right for each in one]) / true,
        resampling.means([each.generated.recognised.right for each in other]) / true,
    )


def _distinct(
    scenes: Sequence[Hashable], one: Sequence[JudgedReply], other: Sequence[JudgedReply]
) -> dict[FigureName, Compared]:
    sides = {
        "one": [each.generated.text for each in one],
        "other": [each.generated.text for each in other],
        "true": [each.true.text for each in one],
    }
    names: tuple[FigureName, ...] = ("distinct_1", "distinct_2", "distinct_3")
    found: dict[FigureName, Compared] = {}
    for name, size in zip(names, SIZES, strict=True):
        of = distinct_figures(sides, scenes, size)
        found[name] = Compared(
            one=of.shares["one"],
            other=of.shares["other"],
            difference=of.differences["one", "other"],
            true=of.shares["true"],
        )
    return found


def _speed(resampling: Resampling, replies: Sequence[JudgedReply]) -> NDArray[np.float64]:
    tokens = resampling.means([float(each.tokens) for each in replies])
    seconds = resampling.means([each.seconds for each in replies])
    # A clock of milliseconds may take no time for a reply that is known beforehand.
    return tokens / np.maximum(seconds, 1e-3)


def _named(
    replies: Sequence[JudgedReply], said: Callable[[JudgedReply], JudgedText]
) -> dict[str, dict[str, int]]:
    found: dict[str, Counter[str]] = {}
    for each in replies:
        found.setdefault(each.character, Counter())[said(each).recognised.named] += 1
    return {who: dict(counts) for who, counts in found.items()}


def _empty(replies: Sequence[JudgedReply]) -> int:
    return sum(not each.generated.text for each in replies)
