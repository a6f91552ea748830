"""Write the results of a run as Markdown, JSON and SVG."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from app.tools.evaluation.roleplay.chart import draw_metrics
from app.tools.evaluation.roleplay.dataset import TYPES
from app.tools.evaluation.roleplay.metrics import GROUPS, PERSONALITY, SCALES, Protocol
from app.tools.evaluation.roleplay.results import PersonalityFigures, RoleplayResults
from app.tools.markdown import table
from retrieval.evaluation.intervals import Interval

_NAMES: Mapping[Protocol, str] = {"scores": "roleplay", "penalty": "penalty"}
_REASONS = 5
"""Reasons listed in the text; the JSON has all."""


def write_results(results: RoleplayResults, folder: Path) -> str:
    """Write ``roleplay.json``, ``.md`` and, with scores, ``.svg``; return the Markdown.

    Those of the protocol ``penalty`` are called ``penalty``.
    """
    text, name = results_text(results), _NAMES[results.protocol]
    content = json.dumps(asdict(results), indent=2, ensure_ascii=False)
    (folder / f"{name}.json").write_text(content + "\n", encoding="utf-8")
    (folder / f"{name}.md").write_text(text + "\n", encoding="utf-8")
    if results.scorer:
        (folder / f"{name}.svg").write_text(draw_metrics(results), encoding="utf-8")
    return text


def results_text(results: RoleplayResults) -> str:
    """Return the results as Markdown."""
    run = results.identity
    parts = [
        f"# Role play of {run.model}",
        f"{results.items} items of {results.roles} roles, {results.replies} replies; examples: "
        f"{run.examples}, retrieval {run.retrieval}, embedder {run.embedder}, seed {run.seed}.",
        *_reasons("Without a reply", results.failures),
    ]
    if not results.scorer:
        return "\n\n".join([*parts, "Not scored: name a judge or a reward model."])
    low, high = SCALES[results.protocol]
    parts += [
        f"Scored by {results.scorer}, from {low:.0f} to {high:.0f}. In brackets: 95 % of 1,000 "
        "resamplings of the dialogues.",
        *([results.gate.sentence] if results.gate else []),
        _metric_table(results),
        _group_table(results),
        _personality(results.personality),
        *_reasons("Without a score", results.unscored),
    ]
    return "\n\n".join(parts)


def _metric_table(results: RoleplayResults) -> str:
    # Chinese last: its characters are two columns wide, and would misalign the other cells.
    rows = [["metric", "mean", "scored", "unscored", ""]]
    for en, figures in results.metrics.items():
        mean = "–" if figures.mean is None else _shown(figures.mean)
        rows.append([en, mean, str(figures.scored), str(figures.unscored), figures.zh])
    return table(rows)


def _personality(figures: PersonalityFigures | None) -> str:
    if figures is None or figures.accuracy is None:
        return (
            f"{PERSONALITY}, the thirteenth metric, is not measured: it takes a judge, and "
            f"{TYPES} with the roles' types, which the benchmark does not publish."
        )
    return (
        f"{PERSONALITY}: {_shown(figures.accuracy)} of {figures.scored} letters are those of the "
        f"role's type ({figures.unscored} unscored)."
    )


def _shown(of: Interval) -> str:
    return f"{of.value:.3f} [{of.low:.2f}, {of.high:.2f}]"


def _group_table(results: RoleplayResults) -> str:
    rows = [["dimension", "mean of its metrics"]]
    rows += [[GROUPS.get(name, name), f"{mean:.3f}"] for name, mean in results.groups.items()]
    return table(rows)


def _reasons(what: str, reasons: Mapping[str, int]) -> list[str]:
    if not reasons:
        return []
    shown = [f"- {count} × {reason}" for reason, count in list(reasons.items())[:_REASONS]]
    return ["\n".join([f"{what}: {sum(reasons.values())}.", *shown])]
