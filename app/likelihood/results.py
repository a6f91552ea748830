"""Turn scores of held-out replies into figures: levels, paired differences, replies copied."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from app.likelihood.contexts import ContextName
from app.likelihood.scores import Budget, ReplyScore
from app.likelihood.which_line import WhichLine
from retrieval.evaluation.likelihood import Difference, Level, Likelihood, difference, level

SERVICE = "service"
"""Names the budget of what the service sends."""

SHIPPED: tuple[ContextName, ...] = ("selector", "fused", "reference")
"""The retrieval modes of the service."""

COMPARISONS: dict[str, tuple[ContextName, ContextName]] = {
    "voice": ("random", "other"),
    **{f"lift of {mode}": (mode, "random") for mode in SHIPPED},
    **{f"examples of {mode}": (mode, "none") for mode in SHIPPED},
    "selector over reference": ("selector", "reference"),
    "selector over whole scenes": ("selector", "reference_scenes"),
    "selector over fused": ("selector", "fused"),
    "oracle over selector": ("oracle", "selector"),
}
"""What is compared: the first context with the second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetFigures:
    """Hold the figures at one budget of example tokens."""

    example_tokens: Mapping[str, float]
    """Tokens of the examples shown, on average, by context."""
    levels: Mapping[str, Level]
    """By context."""
    differences: Mapping[str, Difference]
    """By comparison, see :data:`COMPARISONS`."""
    copied: int
    """Replies that share eight letters or words in a row with the examples of some context."""
    without_copied: Mapping[str, Difference]
    """The differences without those replies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LikelihoodResults:
    """Hold the likelihood of held-out replies under every context."""

    characters: Sequence[str]
    model: str
    prompt_style: str
    embedder: str
    weights: str
    replies: int
    """Held-out replies behind each figure."""
    scenes: int
    """Scenes that they are from."""
    budgets: Mapping[str, BudgetFigures]
    """By tokens of examples, or ``service``."""
    which_line: Mapping[str, WhichLine]
    """By context."""


def budget_name(budget: Budget) -> str:
    """Return the name of a budget in results."""
    return SERVICE if budget is None else str(budget)


def figures_by_budget(
    scores: Mapping[str, Sequence[ReplyScore]], budgets: Sequence[Budget]
) -> dict[str, BudgetFigures]:
    """Return the figures of each budget; ``scores`` are by character."""
    return {budget_name(budget): _figures(scores, budget, budgets) for budget in budgets}


def _figures(
    scores: Mapping[str, Sequence[ReplyScore]], budget: Budget, budgets: Sequence[Budget]
) -> BudgetFigures:
    by_context = _by_context(scores, budget, budgets)
    likelihoods = {
        name: [
            Likelihood((who, each.scene), each.log_probability, each.tokens, each.size)
            for who, each in of
        ]
        for name, of in by_context.items()
    }
    rows = list(zip(*by_context.values(), strict=True))
    kept = [at for at, row in enumerate(rows) if not any(score.copied for _, score in row)]
    return BudgetFigures(
        example_tokens={
            name: fmean(score.example_tokens for _, score in of) for name, of in by_context.items()
        },
        levels={name: level(of) for name, of in likelihoods.items()},
        differences=_differences(likelihoods),
        copied=len(rows) - len(kept),
        without_copied=_differences(
            {name: [of[at] for at in kept] for name, of in likelihoods.items() if kept}
        ),
    )


def _by_context(
    scores: Mapping[str, Sequence[ReplyScore]], budget: Budget, budgets: Sequence[Budget]
) -> dict[ContextName, list[tuple[str, ReplyScore]]]:
    """Return the scores of a budget by context, of the same replies in the same order.

    Those are the replies with a score under every context.
    """
    first = next((each for each in budgets if each is not None), None)
    found: dict[ContextName, dict[tuple[str, int, int], ReplyScore]] = {}
    for who, of in scores.items():
        for score in of:
            # Without examples the budget makes no difference, unless the service's limits do.
            shared = score.context == "none" and budget is not None and score.budget == first
            if score.budget == budget or shared:
                found.setdefault(score.context, {})[who, score.fold, score.question] = score
    common = sorted(set.intersection(*map(set, found.values()))) if found else []
    return {name: [(key[0], of[key]) for key in common] for name, of in found.items()}


def _differences(
    likelihoods: Mapping[ContextName, Sequence[Likelihood]],
) -> dict[str, Difference]:
    return {
        name: difference(likelihoods[of], likelihoods[over])
        for name, (of, over) in COMPARISONS.items()
        if of in likelihoods and over in likelihoods
    }
