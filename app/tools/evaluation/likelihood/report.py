"""Write the results of the likelihood benchmark as Markdown, JSON and SVG."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path

from app.likelihood.contexts import MEANINGS
from app.likelihood.results import SERVICE, BudgetFigures, LikelihoodResults
from app.tools.evaluation.likelihood.chart import draw_differences
from app.tools.markdown import table
from retrieval.evaluation.intervals import Interval
from retrieval.evaluation.likelihood import Difference


def write_results(results: LikelihoodResults, folder: Path) -> str:
    """Write ``likelihood.json``, ``.md`` and ``.svg`` to a folder; return the Markdown."""
    folder.mkdir(parents=True, exist_ok=True)
    text = results_text(results)
    content = json.dumps(asdict(results), indent=2, ensure_ascii=False)
    (folder / "likelihood.json").write_text(content + "\n", encoding="utf-8")
    (folder / "likelihood.md").write_text(text + "\n", encoding="utf-8")
    (folder / "likelihood.svg").write_text(draw_differences(results), encoding="utf-8")
    return text


def results_text(results: LikelihoodResults) -> str:
    """Return the results as Markdown."""
    parts = [
        f"# How likely {results.model} finds what {', '.join(results.characters)} really said",
        f"{results.replies} replies of {results.scenes} scenes, held out in folds; prompts in the "
        f"style {results.prompt_style}, embedder {results.embedder}, selector {results.weights}. "
        "In brackets: 95 % of 1,000 resamplings of the scenes; differences whose brackets include "
        "zero are marked “not significant”.",
        *_meanings(results),
    ]
    for name, figures in results.budgets.items():
        title = "What the service sends" if name == SERVICE else f"{name} tokens of examples"
        parts += [f"## {title}", _levels(figures), _differences(figures)]
    if results.which_line:
        rows = [["context", "the true reply is the likeliest of eight lines", "replies"]]
        rows += [
            [name, _percent(of.accuracy), str(of.replies)]
            for name, of in results.which_line.items()
        ]
        parts += ["## Which line (chance: 12.5 %)", table(rows)]
    return "\n\n".join(parts)


def _meanings(results: LikelihoodResults) -> Iterator[str]:
    shown = {name for figures in results.budgets.values() for name in figures.levels}
    rows = [["context", "the prompt shows"]]
    rows += [[name, meaning] for name, meaning in MEANINGS.items() if name in shown]
    if len(rows) > 1:
        yield table(rows)


def _levels(figures: BudgetFigures) -> str:
    rows = [["context", "nats a token", "bits a byte", "tokens of examples"]]
    rows += [
        [
            name,
            _interval(of.nats_a_token, 3),
            _interval(of.bits_a_byte, 3),
            f"{figures.example_tokens[name]:.0f}",
        ]
        for name, of in figures.levels.items()
    ]
    return table(rows)


def _differences(figures: BudgetFigures) -> str:
    rows = [["difference", "nats a token", "bits a reply", "", f"without {figures.copied} copied"]]
    rows += [
        [
            name,
            _interval(of.nats_a_token, 3, sign="+"),
            _interval(of.bits_a_reply, 1, sign="+"),
            "" if of.is_significant else "not significant",
            _of_others(figures.without_copied, name),
        ]
        for name, of in figures.differences.items()
    ]
    return table(rows)


def _of_others(without: Mapping[str, Difference], name: str) -> str:
    return _interval(without[name].nats_a_token, 3, sign="+") if name in without else ""


def _interval(of: Interval, digits: int, sign: str = "") -> str:
    form = f"{sign}.{digits}f"
    return f"{of.value:{form}} [{of.low:{form}}, {of.high:{form}}]"


def _percent(of: Interval) -> str:
    value, low, high = (100 * each for each in (of.value, of.low, of.high))
    return f"{value:.0f} % [{low:.0f}, {high:.0f}]"
