"""Write a comparison as one page of Markdown, and as JSON."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from app.judging.comparison import Compared, FigureName
from app.judging.copying import RUN
from app.judging.identification import Accuracy
from app.tools.evaluation.compare.run import CompareResults, SideFacts
from app.tools.markdown import table
from retrieval.evaluation.intervals import Interval

_PERCENT = 100.0

_ROWS: tuple[tuple[FigureName, str, float, int], ...] = (
    ("ratio", "recognised: P(right, generated) / P(right, true)", 1.0, 2),
    ("right", "probability of the right speaker, %", _PERCENT, 1),
    ("named", "taken for the right speaker, %", _PERCENT, 0),
    ("copied_own", "copied from the character's lines, %", _PERCENT, 1),
    ("longest_own", "longest run shared with one of them, tokens", 1.0, 1),
    ("copied_shown", "copied from the lines shown, %", _PERCENT, 1),
    ("longest_shown", "longest run shared with one of them, tokens", 1.0, 1),
    ("distinct_1", "distinct-1 at equal size, %", _PERCENT, 1),
    ("distinct_2", "distinct-2 at equal size, %", _PERCENT, 1),
    ("distinct_3", "distinct-3 at equal size, %", _PERCENT, 1),
    ("length", "length of a reply, tokens", 1.0, 1),
    ("tokens_a_second", "tokens a second, the prompt's reading included", 1.0, 1),
)
"""The figures in the order of the page: name, label, factor, digits."""
_BITS = ("likelihood of the true replies, bits a byte (lower is likelier)", 1.0, 3)


def write_results(results: CompareResults, folder: Path) -> str:
    """Write ``compare.json`` and ``compare.md`` to a folder; return the Markdown."""
    folder.mkdir(parents=True, exist_ok=True)
    text = results_text(results)
    content = json.dumps(asdict(results), indent=2, ensure_ascii=False)
    (folder / "compare.json").write_text(content + "\n", encoding="utf-8")
    (folder / "compare.md").write_text(text + "\n", encoding="utf-8")
    return text


def results_text(results: CompareResults) -> str:
    """Return the comparison as Markdown."""
    of = results.comparison
    parts = [
        f"# {results.one.name} (A) and {results.other.name} (B): {', '.join(results.characters)}",
        f"{of.questions} held-out questions of {of.scenes} scenes, answered by both; seed "
        f"{results.seed}. In brackets: 95 % of 1,000 resamplings of the scenes, the same for both "
        "sides of a difference (of distinct-n: leaving out one scene after another). Tokens of "
        f"texts are characters of Chinese and words of English; {RUN} in a row count as copied.",
        table(
            [["", "model", "prompts", "lines chosen by", "embedder"], *map(_side, _sides(results))]
        ),
        table([["", "A", "B", "A − B", "", "true replies"], *_figures(results)]),
        *_notes(results),
        "## Who of the cast is told apart",
        _accuracies(results),
        *_confusions(results),
    ]
    if results.verdicts is not None:
        parts += ["## A judge's verdicts", results.verdicts.text]
    return "\n\n".join(parts)


def _sides(results: CompareResults) -> tuple[tuple[str, SideFacts], ...]:
    return ("A", results.one), ("B", results.other)


def _side(side: tuple[str, SideFacts]) -> list[str]:
    letter, facts = side
    named = f"{letter}: {facts.name}"
    return [named, facts.model, facts.prompt_style, facts.retrieval, facts.embedder]


def _figures(results: CompareResults) -> Iterator[list[str]]:
    if results.likelihood is not None:
        yield _row(results.likelihood, *_BITS)
    for name, label, factor, digits in _ROWS:
        yield _row(results.comparison.figures[name], label, factor, digits)


def _row(of: Compared, label: str, factor: float, digits: int) -> list[str]:
    return [
        label,
        _shown(of.one, factor, digits),
        _shown(of.other, factor, digits),
        _shown(of.difference, factor, digits, sign="+"),
        "" if of.is_significant else "not significant",
        "" if of.true is None else _shown(of.true, factor, digits),
    ]


def _notes(results: CompareResults) -> Iterator[str]:
    for (letter, side), empty in zip(_sides(results), results.comparison.empty, strict=True):
        if side.left_out:
            yield f"{letter}: {side.left_out} questions left out: their prompts are too long."
        if empty:
            yield f"{letter}: {empty} replies without a word; they count in all figures."
    if results.likelihood is None:
        yield "The likelihood of the true replies was not measured on both sides."


def _accuracies(results: CompareResults) -> str:
    rows = [["character", "lines named right, each speaker alike", "chance", "lines", "scenes"]]
    rows += [
        [
            who,
            _shown(of.accuracy, _PERCENT, 0) + " %",
            f"{of.chance:.0%}",
            str(of.lines),
            str(of.scenes),
        ]
        for who, of in results.accuracy.items()
    ]
    return table(rows)


def _confusions(results: CompareResults) -> Iterator[str]:
    for who, of in results.accuracy.items():
        speakers = _speakers(of)
        rows = [["taken for", *speakers]]
        rows += [
            [f"held-out lines of {said}", *_counts(named, speakers)]
            for said, named in of.confusion.items()
        ]
        labels = ("replies of A", "replies of B", f"{who}'s true replies there")
        rows += [
            [label, *_counts(named.get(who, {}), speakers)]
            for label, named in zip(labels, results.comparison.named, strict=True)
        ]
        yield table(rows)


def _speakers(of: Accuracy) -> list[str]:
    named = {speaker for counts in of.confusion.values() for speaker in counts}
    return sorted(named | set(of.confusion))


def _counts(named: Mapping[str, int], speakers: Sequence[str]) -> list[str]:
    return [str(named.get(speaker, 0)) for speaker in speakers]


def _shown(of: Interval, factor: float, digits: int, sign: str = "") -> str:
    value, low, high = (factor * each for each in (of.value, of.low, of.high))
    form = f"{sign}.{digits}f"
    return f"{value:{form}} [{low:{form}}, {high:{form}}]"
