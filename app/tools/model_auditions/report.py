"""Write an audition of models as Markdown, and as JSON."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from app.tools.markdown import table
from app.tools.model_auditions.figures import Figures, Heard
from app.tools.model_auditions.recommendation import RULE
from app.tools.model_auditions.run import AuditionResults
from retrieval.evaluation.intervals import Interval

_PERCENT = 100.0
_GIGABYTE = 1e9
_HEAD = (
    "candidate",
    "bits a byte",
    "over the likeliest",
    "gain by lines, nats a token",
    "recognised",
    "copied from lines shown, %",
    "from any own line, %",
    "tokens/s",
    "memory, GB",
    "licence",
)


def write_results(results: AuditionResults, folder: Path) -> str:
    """Write ``audition.json`` and ``audition.md`` to a folder; return the Markdown."""
    folder.mkdir(parents=True, exist_ok=True)
    text = results_text(results)
    content = json.dumps(_as_json(results), indent=2, ensure_ascii=False)
    (folder / "audition.json").write_text(content + "\n", encoding="utf-8")
    (folder / "audition.md").write_text(text + "\n", encoding="utf-8")
    return text


def results_text(results: AuditionResults) -> str:
    """Return the results as Markdown."""
    of, chosen = results.figures, results.recommendation
    accuracy = results.accuracy
    rows = [list(_HEAD), *(_row(each, of.by_name[each.name]) for each in results.heard)]
    parts = [
        f"# Models for {results.character}",
        f"{of.questions} held-out replies of {of.scenes} scenes, the same for all; seed "
        f"{results.seed}. In brackets: 95 % of 1,000 resamplings of the scenes.",
        *(
            ["Only scenes that none of the adapters was trained on are asked about."]
            if results.trained_here
            else []
        ),
        table(rows),
        "“bits a byte”: how likely the true replies are behind what the service sends; lower is "
        "likelier. “recognised”: P(right, generated) over P(right, true), by a classifier that "
        f"names the speaker of {_interval(accuracy.accuracy, 0, _PERCENT)} % of held-out true "
        f"lines (chance: {_PERCENT * accuracy.chance:.0f} %). “tokens/s” includes the reading of "
        "the prompts. “memory”: the most that the engine's process had.",
        *_left_out(results),
        f"**{chosen.name}** is recommended. {chosen.why} {_licence(results)}",
        RULE,
    ]
    if results.refused:
        parts += [
            "## Not heard",
            "\n".join(f"- {each.name}: {each.why}" for each in results.refused),
        ]
    return "\n\n".join(parts)


def _row(heard: Heard, of: Figures) -> list[str]:
    memory = "" if heard.memory is None else f"{heard.memory / _GIGABYTE:.2f}"
    return [
        heard.name,
        _interval(of.bits_a_byte, 3),
        _interval(of.more_bits, 3, sign="+"),
        _interval(of.gain, 3, sign="+"),
        _interval(of.recognised, 2),
        _interval(of.copied_shown, 0, _PERCENT),
        _interval(of.copied_own, 0, _PERCENT),
        _interval(of.tokens_a_second, 1),
        memory,
        heard.licence or "its own",
    ]


def _left_out(results: AuditionResults) -> Iterator[str]:
    for each in results.heard:
        if each.left_out:
            yield f"{each.name}: {each.left_out} prompts are too long for it, and left out for all."


def _licence(results: AuditionResults) -> str:
    [chosen] = [each for each in results.heard if each.name == results.recommendation.name]
    known = f"of the class “{chosen.licence}”" if chosen.licence else "not in the catalogue"
    return f"Its licence is {known}."


def _as_json(results: AuditionResults) -> dict[str, Any]:
    """Return the results without the single replies and scores, which the journals have."""
    found = asdict(results)
    for each in found["heard"]:
        del each["replies"], each["scores"]
    found["rule"] = RULE
    return found


def _interval(of: Interval, digits: int, factor: float = 1.0, sign: str = "") -> str:
    form = f"{sign}.{digits}f"
    value, low, high = (factor * each for each in (of.value, of.low, of.high))
    return f"{value:{form}} [{low:{form}}, {high:{form}}]"
