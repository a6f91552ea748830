"""Write what weights were learned from, and what they reach, as Markdown."""

from app.tools.evaluation.report import shares_table
from app.tools.markdown import table
from app.tools.training.likelihood import WeightsByLikelihood
from app.tools.training.selector import BUDGET, TrainedWeights

_LABELS = ("k9", "in-sample", "left out")


def trained_text(trained: TrainedWeights) -> str:
    """Return the figures of trained weights as Markdown."""
    parts = [
        f"# {trained.weights.name}: learned from {trained.queries} queries",
        f"At {BUDGET} tokens of examples, packed. “in-sample”: the new weights; “left out”: "
        "weights of the other scripts alone.",
    ]
    for who, figures in trained.figures.items():
        parts += [f"## {who}", shares_table(figures)]
    return "\n\n".join(parts)


def gains_text(learned: WeightsByLikelihood) -> str:
    """Return how well weights foresee gains in likelihood, as Markdown."""
    rows = [
        [who, *(f"{found[label]:+.2f}" if label in found else "" for label in _LABELS)]
        for who, found in learned.correlations.items()
    ]
    return "\n\n".join(
        [
            f"# {learned.weights.name}: learned from {learned.gains} exchanges before "
            f"{learned.questions} replies",
            "Correlation of a selector's scores with the gain in likelihood of the true reply, "
            "mean over replies. “in-sample”: the new weights; “left out”: weights of the other "
            "scripts alone.",
            table([("", *_LABELS), *rows]),
        ]
    )
