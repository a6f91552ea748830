"""Write the results of the retrieval benchmark as Markdown, JSON and SVG."""

import json
from collections.abc import Mapping
from pathlib import Path

from app.search.benchmark.costs import ESTIMATE
from app.search.benchmark.folds import LEAST_LETTERS
from app.search.benchmark.run import CONTROLS, BenchmarkResults
from app.tools.evaluation.chart import draw_shares
from app.tools.markdown import table
from retrieval.evaluation.intervals import Interval
from retrieval.evaluation.measures import Figures

_HEAD = ("", "gap share %", "lift share %", "lift over reference", "cosine", "replies")


def write_results(results: BenchmarkResults, folder: Path) -> str:
    """Write ``retrieval.json``, ``.md`` and ``.svg`` to a folder; return the Markdown."""
    folder.mkdir(parents=True, exist_ok=True)
    text = results_text(results)
    content = json.dumps(results.as_json(), indent=2, ensure_ascii=False)
    (folder / "retrieval.json").write_text(content + "\n", encoding="utf-8")
    (folder / "retrieval.md").write_text(text + "\n", encoding="utf-8")
    (folder / "retrieval.svg").write_text(draw_shares(results), encoding="utf-8")
    return text


def results_text(results: BenchmarkResults) -> str:
    """Return the results as Markdown."""
    parts = [
        f"# Choosing examples for {results.name}",
        f"{results.scenes} scenes, {results.replies} lines of {results.name}, "
        f"{results.questions} queries held out in folds; selector {results.weights}, embedder "
        f"{results.embedder}. In brackets: 95 % of 1,000 resamplings of the scenes.",
        f"Excluded: {results.short_replies} answers of fewer than {LEAST_LETTERS} letters. "
        f"{_counted(results)}, in {results.prompt_style} prompts; queries of up to "
        f"{results.query_length} characters in every mode.",
    ]
    for budget, figures in results.budgets.items():
        parts += [f"## {budget} tokens of examples", shares_table(figures)]
    if results.known_items:
        rows = [["", "found first"]]
        rows += [[mode, _percent(found)] for mode, found in results.known_items.items()]
        parts += ["## A line said again with 40 % of its characters missing", table(rows)]
    return "\n\n".join(parts)


def _counted(results: BenchmarkResults) -> str:
    if results.tokenizer == ESTIMATE:
        return "Tokens ESTIMATED, not counted"
    return f"Tokens counted by the tokenizer of {results.tokenizer}"


def shares_table(figures: Mapping[str, Figures]) -> str:
    """Return the figures of rankings as a table in Markdown."""
    return table([_HEAD, *(_row(name, of) for name, of in figures.items())])


def _row(name: str, of: Figures) -> list[str]:
    over = of.lift_over_reference
    return [
        f"({name})" if name in CONTROLS else name,
        _percent(of.gap_share),
        _percent(of.lift_share),
        "" if over is None or name in CONTROLS else _percent(over, sign="+"),
        f"{of.cosine.value:.4f}",
        f"{of.replies:.1f}",
    ]


def _percent(of: Interval, sign: str = "") -> str:
    value, low, high = (100 * each for each in (of.value, of.low, of.high))
    return f"{value:{sign}.1f} [{low:.0f}, {high:.0f}]"
