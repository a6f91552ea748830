"""Write a stage's figures as Markdown and JSON."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from app.tools.evaluation.stage.accuracy import StageResults
from app.tools.evaluation.stage.planting import LeakResults
from app.tools.markdown import table
from retrieval.evaluation.intervals import Interval


def write_accuracy(results: Sequence[StageResults], folder: Path) -> str:
    """Write ``stage.json`` and ``stage.md`` to a folder; return the Markdown."""
    text = "\n\n".join(map(accuracy_text, results))
    _write(folder, "stage", [asdict(each) for each in results], text)
    return text


def accuracy_text(results: StageResults) -> str:
    """Return the figures of one script as Markdown."""
    rows = [["next speaker", "found", "95 %"]]
    rows += [[rule, _share(each), _range(each)] for rule, each in results.accuracy.items()]
    weights = ", ".join(f"{name} {value:g}" for name, value in results.weights.items())
    return "\n\n".join(
        [
            f"# Who speaks next in {results.name}",
            f"{results.questions} lines of {results.scenes} scenes with at least three speakers, "
            f"each scene held out of what is counted for it. {results.two} lines of scenes with "
            f"two speakers, where only one can be next, do not count. Fit: {results.fit}.",
            table(rows),
            f"The director, fitted elsewhere, over “{results.best_rule}”: {_lead(results.lead)};"
            f" with the weights in use: {_lead(results.lead_in_use)}.",
            f"Weights fitted to all of it: {weights}.",
        ]
    )


def write_leaks(results: LeakResults, folder: Path) -> str:
    """Write ``leaks.json`` and ``leaks.md`` to a folder; return the Markdown."""
    text = leaks_text(results)
    _write(folder, "leaks", asdict(results), text)
    return text


def leaks_text(results: LeakResults) -> str:
    """Return the leaks of a run as Markdown."""
    rows = [
        ["", "facts", "in prompts that may have them", "leaked"],
        *(
            [kind, str(count), str(results.shown[kind]), str(results.leaked[kind])]
            for kind, count in results.planted.items()
        ),
    ]
    return "\n\n".join(
        [
            "# What a stage gives away",
            f"{sum(results.planted.values())} facts, {results.prompts} prompts, model "
            f"{results.model}, seed {results.seed}. Leaked: "
            f"{sum(results.leaked.values())} in prompts, {results.in_replies} in replies.",
            table(rows),
        ]
    )


def _write(folder: Path, name: str, content: object, text: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    body = json.dumps(content, indent=2, ensure_ascii=False)
    (folder / f"{name}.json").write_text(body + "\n", encoding="utf-8")
    (folder / f"{name}.md").write_text(text + "\n", encoding="utf-8")


def _share(figure: Interval) -> str:
    return f"{figure.value:.1%}"


def _lead(figure: Interval) -> str:
    return f"{figure.value:+.1%} [{figure.low:+.1%}, {figure.high:+.1%}]"


def _range(figure: Interval) -> str:
    return f"{figure.low:.1%} to {figure.high:.1%}"
