"""Summarize the scores of a run, with confidence intervals. Pure."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from app.tools.evaluation.judges.gate import GateFigures
from app.tools.evaluation.roleplay.formats import ResultRecord
from app.tools.evaluation.roleplay.identity import Identity
from app.tools.evaluation.roleplay.metrics import FLAWS, METRICS, OTHER, Protocol
from retrieval.evaluation.intervals import Interval, Resampling, interval


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricFigures:
    """Hold the figures of one metric."""

    zh: str
    group: str
    mean: Interval | None
    """None where no record was scored."""
    scored: int
    unscored: int


@dataclass(frozen=True, slots=True)
class PersonalityFigures:
    """Hold the figures of the thirteenth metric."""

    accuracy: Interval | None
    """The share of letters that match the role's type; roles are resampled."""
    scored: int
    """Letters."""
    unscored: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleplayResults:
    """Hold the results of a run."""

    identity: Identity
    protocol: Protocol
    gate: GateFigures | None
    """Of the judge; None where none scored."""
    scorer: str
    """Empty where replies were only generated."""
    items: int
    roles: int
    replies: int
    failures: Mapping[str, int]
    """Number of items without a reply, by the reason."""
    unscored: Mapping[str, int]
    """Number of records without a score, by the reason."""
    metrics: Mapping[str, MetricFigures]
    groups: Mapping[str, float]
    """The mean of a group's metrics, as the paper averages them."""
    by_role: Mapping[str, float]
    """The mean of all scores of a role."""
    personality: PersonalityFigures | None
    """None where no type is known, or no judge is set."""


def metric_figures(
    records: Sequence[ResultRecord], scores: Sequence[float | None], dialogue_of: Mapping[str, int]
) -> dict[str, MetricFigures]:
    """Return the figures of each metric that is asked for, in the paper's order, others last.

    ``scores`` has one score a record, ``dialogue_of`` the dialogue of each item id. Items cut out
    of one dialogue are resampled together, for they are no independent evidence.
    """
    by_metric: dict[str, list[int]] = defaultdict(list)
    for number, record in enumerate(records):
        by_metric[record.en].append(number)
    described = {**METRICS, **FLAWS}
    known = [en for en in described if en in by_metric]
    order = [*known, *(en for en in by_metric if en not in described)]
    figures = {}
    for en in order:
        numbers = by_metric[en]
        pairs = [
            (score, dialogue_of[records[number].item.id])
            for number in numbers
            if (score := scores[number]) is not None
        ]
        figures[en] = MetricFigures(
            zh=records[numbers[0]].zh,
            group=described[en].group if en in described else OTHER,
            mean=_mean(pairs),
            scored=len(pairs),
            unscored=len(numbers) - len(pairs),
        )
    return figures


def group_means(figures: Mapping[str, MetricFigures]) -> dict[str, float]:
    """Return the mean of the metrics' means, by group."""
    means: dict[str, list[float]] = defaultdict(list)
    for each in figures.values():
        if each.mean is not None:
            means[each.group].append(each.mean.value)
    return {group: fmean(values) for group, values in means.items()}


def role_means(records: Sequence[ResultRecord], scores: Sequence[float | None]) -> dict[str, float]:
    """Return the mean of all scores, by role."""
    by_role: dict[str, list[float]] = defaultdict(list)
    for record, score in zip(records, scores, strict=True):
        if score is not None:
            by_role[record.item.role].append(score)
    return {role: fmean(values) for role, values in by_role.items()}


def personality_figures(
    records: Sequence[ResultRecord], scores: Sequence[float | None]
) -> PersonalityFigures:
    """Return the figures of interviews, whose scores are 1 for a matching letter and else 0."""
    roles = dict.fromkeys((record.item.novel, record.item.role) for record in records)
    numbers = {role: number for number, role in enumerate(roles)}
    pairs = [
        (score, numbers[record.item.novel, record.item.role])
        for record, score in zip(records, scores, strict=True)
        if score is not None
    ]
    return PersonalityFigures(_mean(pairs), len(pairs), len(records) - len(pairs))


def counted(reasons: Mapping[str, str]) -> dict[str, int]:
    """Return how often each reason occurs, most frequent first."""
    return dict(Counter(reasons.values()).most_common())


def _mean(pairs: Sequence[tuple[float, int]]) -> Interval | None:
    if not pairs:
        return None
    resampling = Resampling([dialogue for _, dialogue in pairs])
    return interval(resampling.means([score for score, _ in pairs]))
