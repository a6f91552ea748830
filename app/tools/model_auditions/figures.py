"""Turn what candidates said and scored at the same held-out questions into figures. Pure."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.judging.identification import resampling_of
from app.judging.replies import JudgedReply
from app.likelihood.contexts import ContextName
from app.likelihood.scores import ReplyScore
from retrieval.evaluation.intervals import Interval, Resampling, interval

Key = tuple[int, int]
"""Fold and question."""
_LEAST_SECONDS = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """Hold what was measured of one candidate."""

    name: str
    title: str
    licence: str
    size: int
    """Bytes of its file."""
    memory: int | None
    """Most bytes that its engine had; None where that is not known."""
    replies: Sequence[JudgedReply]
    scores: Sequence[ReplyScore]
    left_out: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Hold the figures of one candidate, at the questions that all of them answer."""

    bits_a_byte: Interval
    """Code length of the true replies behind what the service sends; lower is better."""
    gain: Interval
    """How much likelier the lines make them than the profile alone, in nats a token."""
    recognised: Interval
    """P(right | generated) over P(right | true)."""
    copied_shown: Interval
    """Share of the replies copied from the lines shown."""
    copied_own: Interval
    """Share copied from any of the character's lines outside the scenes held out."""
    tokens_a_second: Interval
    """Generated, with the reading of the prompts."""
    more_bits: Interval
    """Bits a byte over those of the likeliest candidate, at the same questions."""
    less_recognised: Interval
    """``recognised`` over the likeliest candidate's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditionFigures:
    """Hold the figures of all candidates."""

    questions: int
    scenes: int
    leader: str
    """The candidate that finds the true replies likeliest."""
    by_name: Mapping[str, Figures]


@dataclass(frozen=True, slots=True)
class _Estimates:
    """Hold estimates of one candidate, then resampled ones."""

    bits_a_byte: NDArray[np.float64]
    gain: NDArray[np.float64]
    recognised: NDArray[np.float64]
    copied_shown: NDArray[np.float64]
    copied_own: NDArray[np.float64]
    tokens_a_second: NDArray[np.float64]


def audition_figures(heard: Sequence[Heard], served: ContextName) -> AuditionFigures | None:
    """Return the figures; None where there is no question that all candidates answer.

    ``served``: the context that a conversation has. The scenes are resampled, the same draws for
    all candidates.
    """
    keys = common_keys(heard, served)
    if not keys:
        return None
    first = {(each.fold, each.question): each.scene for each in heard[0].replies}
    resampling = resampling_of([first[key] for key in keys])
    found = {each.name: _estimates(each, keys, served, resampling) for each in heard}
    leader = min(found, key=lambda name: (found[name].bits_a_byte[0], name))
    return AuditionFigures(
        questions=len(keys),
        scenes=len({first[key] for key in keys}),
        leader=leader,
        by_name={name: _figures(of, found[leader]) for name, of in found.items()},
    )


def common_keys(heard: Sequence[Heard], served: ContextName) -> list[Key]:
    """Return the questions that every candidate answers, and scores in both contexts."""
    answered = [{(each.fold, each.question) for each in of.replies} for of in heard]
    scored = [set(_scores(of, context)) for of in heard for context in ("none", served)]
    return sorted(set.intersection(*answered, *scored)) if heard else []


def _scores(heard: Heard, context: str) -> dict[Key, ReplyScore]:
    return {(each.fold, each.question): each for each in heard.scores if each.context == context}


def _estimates(
    heard: Heard, keys: Sequence[Key], served: ContextName, resampling: Resampling
) -> _Estimates:
    behind, alone = _scores(heard, served), _scores(heard, "none")
    replies = {(each.fold, each.question): each for each in heard.replies}
    said = [replies[key] for key in keys]
    natural = [behind[key].log_probability for key in keys]
    gains = [behind[key].log_probability - alone[key].log_probability for key in keys]
    size = resampling.means([float(behind[key].size) for key in keys])
    tokens = resampling.means([float(behind[key].tokens) for key in keys])
    right = resampling.means([each.generated.recognised.right for each in said])
    generated = resampling.means([float(each.tokens) for each in said])
    seconds = resampling.means([each.seconds for each in said])
    return _Estimates(
        bits_a_byte=-resampling.means(natural) / size / math.log(2),
        gain=resampling.means(gains) / tokens,
        recognised=right / resampling.means([each.true.recognised.right for each in said]),
        copied_shown=resampling.means([each.generated.shown.share for each in said]),
        copied_own=resampling.means([each.generated.own.share for each in said]),
        tokens_a_second=generated / np.maximum(seconds, _LEAST_SECONDS),
    )


def _figures(of: _Estimates, leader: _Estimates) -> Figures:
    return Figures(
        bits_a_byte=interval(of.bits_a_byte),
        gain=interval(of.gain),
        recognised=interval(of.recognised),
        copied_shown=interval(of.copied_shown),
        copied_own=interval(of.copied_own),
        tokens_a_second=interval(of.tokens_a_second),
        more_bits=interval(of.bits_a_byte - leader.bits_a_byte),
        less_recognised=interval(of.recognised - leader.recognised),
    )
