"""Write the benchmark's own result files, for its tools and others.

They are those of the repository's ``get_response.py``, ``transform_format.py`` and
``run_char_rm.py``. Each is one JSON array, in spite of its name.

- generation: the items, each with ``model_output``; ``ERROR`` without a reply;
- transformed: a record for each reply and each of its metrics, with ``metric_en``, ``metric_zh``
  and only the reply's first line;
- evaluation: the records, each with its score under the metric's English name.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.tools.evaluation.roleplay.dataset import Item
from characters.json_values import JsonObject, JsonValue

GENERATION = "generation.jsonl"
TRANSFORMED = "generation_trans.jsonl"
EVALUATION = "evaluation.jsonl"

_NO_REPLY = "ERROR"


@dataclass(frozen=True, slots=True)
class ResultRecord:
    """Hold a reply and one metric by which it is judged."""

    item: Item
    output: str
    """Its first line."""
    en: str
    zh: str
    profile: JsonValue

    def as_json(self) -> JsonObject:
        return {
            **self.item.source,
            "model_output": self.output,
            "metric_en": self.en,
            "metric_zh": self.zh,
        }


def transform(
    items: Sequence[Item], replies: Mapping[str, str], profiles: Mapping[str, JsonValue]
) -> list[ResultRecord]:
    """Return a record for each metric of each item with a reply; ``replies`` are by item id."""
    return [
        ResultRecord(item, replies[item.id].split("\n")[0], en, zh, profiles[item.role])
        for item in items
        if item.id in replies
        for en, zh in item.metrics
    ]


def write_generation(folder: Path, items: Sequence[Item], replies: Mapping[str, str]) -> None:
    """Write the generation file; ``replies`` are by item id."""
    outputs = [{**item.source, "model_output": replies.get(item.id, _NO_REPLY)} for item in items]
    _write(folder / GENERATION, outputs)


def write_transformed(folder: Path, records: Sequence[ResultRecord]) -> None:
    """Write the transformed file."""
    _write(folder / TRANSFORMED, [record.as_json() for record in records])


def write_evaluation(
    folder: Path, records: Sequence[ResultRecord], scores: Sequence[float | None]
) -> None:
    """Write the evaluation file with the score of each record.

    Records whose score is None are left out; without any score no file is written.
    """
    scored = [
        {**record.as_json(), record.en: score}
        for record, score in zip(records, scores, strict=True)
        if score is not None
    ]
    if scored:
        _write(folder / EVALUATION, scored)


def _write(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=4) + "\n", encoding="utf-8")
