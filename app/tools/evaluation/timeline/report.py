"""Write the leaks of a run as Markdown and JSON."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from app.tools.evaluation.timeline.leaks import Leak
from app.tools.evaluation.timeline.run import PointResults, TimelineResults
from app.tools.markdown import table

_SHOWN = 10
"""Leaks listed in the text; the JSON has all."""


def write_results(results: TimelineResults, folder: Path) -> str:
    """Write ``timeline.json`` and ``timeline.md`` to a folder; return the Markdown."""
    folder.mkdir(parents=True, exist_ok=True)
    text = results_text(results)
    content = json.dumps(asdict(results), indent=2, ensure_ascii=False)
    (folder / "timeline.json").write_text(content + "\n", encoding="utf-8")
    (folder / "timeline.md").write_text(text + "\n", encoding="utf-8")
    return text


def results_text(results: TimelineResults) -> str:
    """Return the results as Markdown."""
    rows = [["scenes known", "later lines", "questions", "failed", "in prompts", "in replies"]]
    rows += [_row(point) for point in results.points]
    limited = [point for point in results.points if point.limited]
    return "\n\n".join(
        [
            f"# {results.name} before its time",
            f"{results.scenes} scenes; retrieval {results.mode}, model {results.model}. Questions "
            "are lines of later scenes; counted are the later lines that turn up with them. In "
            "brackets: the same questions in conversations without a point in time.",
            table(rows),
            *_listed("In prompts", [leak for point in limited for leak in point.in_prompts]),
            *_listed("In replies", [leak for point in limited for leak in point.in_replies]),
        ]
    )


def _row(point: PointResults) -> list[str]:
    counts = (
        point.known,
        point.later_lines,
        point.asked,
        point.failed,
        len(point.in_prompts),
        len(point.in_replies),
    )
    return [str(count) if point.limited else f"({count})" for count in counts]


def _listed(where: str, leaks: Sequence[Leak]) -> list[str]:
    if not leaks:
        return []
    shown = [f"- scene {leak.scene}, {leak.speaker}: {leak.text}" for leak in leaks[:_SHOWN]]
    return ["\n".join([f"{where}: {len(leaks)} later lines.", *shown])]
