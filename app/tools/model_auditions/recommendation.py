"""Recommend one of the candidates by a stated rule. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.tools.model_auditions.figures import AuditionFigures, Figures, Heard

RULE = (
    "The candidate that finds the true replies likeliest is recommended, unless others are as "
    "good: the interval of their difference to it in bits a byte includes zero, and that of their "
    "difference in recognition is not below zero. Of those that are as good, the one with the "
    "least memory is recommended; where two differ by less than 5 %, the faster one."
)
_ALIKE = 0.05
"""Share by which memory must differ to count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation:
    """Hold the candidate that is recommended, and why."""

    name: str
    why: str
    as_good: Sequence[str]
    """All that are as good as the likeliest, which is one of them."""


def recommend(heard: Sequence[Heard], figures: AuditionFigures) -> Recommendation:
    """Return the recommended candidate by :data:`RULE`."""
    as_good = [each for each in heard if is_as_good(figures.by_name[each.name])]
    least = min(_memory(each) for each in as_good)
    small = [each for each in as_good if _memory(each) <= least * (1 + _ALIKE)]
    chosen = max(
        small, key=lambda each: (figures.by_name[each.name].tokens_a_second.value, each.name)
    )
    return Recommendation(
        name=chosen.name,
        why=_why(chosen, as_good, small, figures.leader),
        as_good=[each.name for each in as_good],
    )


def is_as_good(of: Figures) -> bool:
    """Return whether nothing shows that the candidate is worse than the likeliest one."""
    return of.more_bits.low <= 0 and of.less_recognised.high >= 0


def _memory(heard: Heard) -> int:
    return heard.memory or heard.size


def _why(chosen: Heard, as_good: Sequence[Heard], small: Sequence[Heard], leader: str) -> str:
    if len(as_good) == 1:
        return "No other is as good."
    others = ", ".join(each.name for each in as_good if each.name != chosen.name)
    reason = "takes the least memory" if len(small) == 1 else "is the fastest of the smallest"
    likeliest = "" if chosen.name == leader else f" {leader} finds the true replies likeliest."
    return f"Nothing shows that it differs from {others}, and it {reason}.{likeliest}"
