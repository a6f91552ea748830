"""Summarise the scores of one character: what its lines do to the likelihood of its replies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from app.likelihood.contexts import ContextName
from app.likelihood.scores import ReplyScore
from retrieval.evaluation.likelihood import Difference, Likelihood, difference

CONTROLS: tuple[ContextName, ...] = ("none", "other", "random")


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """Hold what a prompt's lines do, compared on the same held-out replies."""

    rag: Difference
    """Lines chosen for the moment, over the profile only: what the service adds."""
    lift: Difference
    """Lines chosen for the moment, over the character's lines in random order."""
    voice: Difference | None
    """The character's lines in random order, over another speaker's; None where it is alone."""
    own: Difference
    """The character's lines in random order, over the profile only."""
    other: Difference | None
    """Another speaker's lines, over the profile only."""
    without_copied: Difference | None
    """``rag`` of the replies that share no long run of words with the lines shown; None where no
    reply is left."""
    copied: int
    """Replies that share such a run."""
    replies: int
    scenes: int
    """Scenes that the replies are from."""
    example_tokens: Mapping[str, float]
    """Tokens of the lines shown, on average, by context."""


def prove(scores: Sequence[ReplyScore], served: ContextName) -> Proof | None:
    """Return the figures of one budget's scores; None where no reply has one in every context.

    ``served``: the context that the service shows.
    """
    by_context = _paired(scores, (*CONTROLS, served))
    none, other, random, chosen = (by_context[name] for name in (*CONTROLS, served))
    if not none:
        return None
    has_other = any(score.example_tokens for score in other)
    rows = list(zip(none, other, random, chosen, strict=True))
    kept = [at for at, row in enumerate(rows) if not any(score.copied for score in row)]
    return Proof(
        rag=_over(chosen, none),
        lift=_over(chosen, random),
        voice=_over(random, other) if has_other else None,
        own=_over(random, none),
        other=_over(other, none) if has_other else None,
        without_copied=(
            _over([chosen[at] for at in kept], [none[at] for at in kept]) if kept else None
        ),
        copied=len(rows) - len(kept),
        replies=len(rows),
        scenes=len({score.scene for score in none}),
        example_tokens={
            name: fmean(score.example_tokens for score in of) for name, of in by_context.items()
        },
    )


def _paired(
    scores: Sequence[ReplyScore], names: Sequence[ContextName]
) -> dict[ContextName, list[ReplyScore]]:
    """Return the scores by context, of the replies that have one in every context."""
    found: dict[ContextName, dict[tuple[int, int], ReplyScore]] = {name: {} for name in names}
    for score in scores:
        if score.context in found:
            found[score.context][score.fold, score.question] = score
    common = sorted(set.intersection(*map(set, found.values())))
    return {name: [of[key] for key in common] for name, of in found.items()}


def _over(of: Sequence[ReplyScore], over: Sequence[ReplyScore]) -> Difference:
    return difference(*(list(map(_likelihood, each)) for each in (of, over)))


def _likelihood(score: ReplyScore) -> Likelihood:
    return Likelihood(score.scene, score.log_probability, score.tokens, score.size)
