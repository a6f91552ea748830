"""Measure one character: plan, cost, scores and result."""

from collections.abc import Mapping

from app.auditions.likelihood.schemas import LikelihoodCost, ProofOut
from app.auditions.measuring import WatchedEmbedder
from app.engines.port import Limits
from app.likelihood.contexts import ContextName
from app.likelihood.proof import CONTROLS, Proof
from app.likelihood.run import LikelihoodPlan, cost_of_scenes
from app.search.benchmark.corpus import BenchmarkCharacter, Fold, asked_replies
from app.search.benchmark.costs import PromptCosts, estimate
from app.search.benchmark.run import embed_folds
from app.search.benchmark.vectors import EmbeddingCache
from app.settings import PromptSettings, RetrievalMode, RetrievalSettings
from retrieval.embedding.port import Vectors
from retrieval.ranking.weights import Weights

MOST_QUESTIONS = 60
"""Held-out replies, evenly spaced over the script."""
SERVED: Mapping[RetrievalMode, ContextName] = {
    "selector": "selector",
    "fused": "fused",
    "reference": "reference_sent",
}
"""What a character in each mode is shown."""
_EXAMPLE_TOKENS = 60
"""Of an exchange, roughly."""


def plan_of(
    mode: RetrievalMode, weights: Weights, retrieval: RetrievalSettings, prompt: PromptSettings
) -> LikelihoodPlan:
    """Return the plan: what the service sends in this mode, and the controls."""
    return LikelihoodPlan(
        weights=weights,
        retrieval=retrieval,
        prompt=prompt,
        contexts=(*CONTROLS, SERVED[mode]),
        budgets=(None,),
        side_by_side=1,
    )


def cost_of_subject(
    subject: BenchmarkCharacter, plan: LikelihoodPlan, limits: Limits | None
) -> LikelihoodCost:
    """Return the cost before anything is embedded; ``limits`` None while no engine answers.

    ``subject``: a sample, as it will be measured.
    """
    asked = [scene for scene, _ in asked_replies(subject, MOST_QUESTIONS)]
    cost = cost_of_scenes(asked, plan, _most_shown(subject, plan, limits))
    return LikelihoodCost(replies=len(asked), scores=cost.scores, tokens=cost.tokens, minutes=None)


def embed(
    subject: BenchmarkCharacter,
    known: Mapping[str, Vectors],
    embedder: WatchedEmbedder,
    costs: PromptCosts,
) -> list[Fold]:
    """Return the folds of a sample. It blocks for seconds to minutes, so call it in a thread.

    ``known``: stored vectors by text. Raises
    :class:`~app.search.benchmark.errors.EvaluationError` where no reply can be held out, and
    :class:`~app.auditions.measuring.StoppedError`.
    """
    vectors = EmbeddingCache(embedder)
    vectors.add(known)
    return embed_folds(subject, vectors, lambda _: None, MOST_QUESTIONS, costs)


def proof_out(
    proof: Proof, mode: RetrievalMode, weights: Weights, limits: Limits, embedder: str
) -> ProofOut:
    """Return the result as it is stored and shown."""
    names = (
        *("rag", "lift", "voice", "own", "other", "without_copied"),
        *("copied", "replies", "scenes"),
    )
    return ProofOut.model_validate(
        {
            **{name: getattr(proof, name) for name in names},
            "example_tokens": dict(proof.example_tokens),
            "mode": mode,
            "model": limits.model,
            "prompt_style": limits.prompt_style,
            "embedder": embedder,
            "selector": weights.name,
        }
    )


def _most_shown(subject: BenchmarkCharacter, plan: LikelihoodPlan, limits: Limits | None) -> int:
    """Return about the tokens of the examples that a prompt shows."""
    spoken = sum(estimate([line.render() for scene in subject.scenes for line in scene.lines]))
    most = min(spoken, plan.retrieval.example_tokens)
    if limits is None:
        return most
    if limits.max_examples is not None:
        most = min(most, limits.max_examples * _EXAMPLE_TOKENS)
    return min(most, limits.context_length)
