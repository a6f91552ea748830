"""The benchmark's files as they are read, and what is said of those that are not as they should."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from app.search.benchmark.errors import EvaluationError
from app.tools.evaluation.roleplay.dataset import (
    METRICS,
    PROFILES,
    TEST_DATA,
    TYPES,
    DatasetRow,
    read_dataset,
)
from tests.app.tools.evaluation.roleplay.data import FIXTURES, load


def test_the_fixture_is_read() -> None:
    dataset = read_dataset(FIXTURES)
    assert len(dataset.items) == 9
    second = dataset.items[1]
    assert (second.id, second.role, second.novel) == ("2", "林澈", "雾港")
    assert second.rows[1] == DatasetRow("林澈", "（摸出钥匙）昨夜风大，我怕它被吹开。")
    assert second.metrics == [("Fluency", "对话流利度"), ("Accuracy", "知识准确率")]
    assert dataset.profiles["老郑"] == "老郑，雾港的老船工，嗓门大，心肠软，一辈子没学会服输。"


def read_changed(folder: Path, name: str, value: Any) -> str:
    """What is said when one file has another content."""
    shutil.copytree(FIXTURES, folder, dirs_exist_ok=True)
    content = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    (folder / name).write_text(content, encoding="utf-8")
    with pytest.raises(EvaluationError) as raised:
        read_dataset(folder)
    return str(raised.value)


def item(**changes: Any) -> dict[str, Any]:
    return {"id": 7, "role": "苏禾", "novel_name": "雾港", "context": "林澈：在吗？", **changes}


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        (TEST_DATA, "not json", "test_data.jsonl is not JSON"),
        (TEST_DATA, {}, "test_data.jsonl must be one JSON array"),
        (TEST_DATA, [], "test_data.jsonl must be one JSON array of items, and have some"),
        (TEST_DATA, ["林澈：在吗？"], "test_data.jsonl, item number 1: an object is expected"),
        (TEST_DATA, [item(id=None)], "test_data.jsonl, item number 1: “id” must be"),
        (TEST_DATA, [item(role=3)], "test_data.jsonl, item 7: “role” must be a text"),
        (TEST_DATA, [item(novel_name="")], "item 7: “novel_name” must be a text"),
        (TEST_DATA, [item(context="没有人说话")], "item 7: “context” must have rows like"),
        (TEST_DATA, [item(context="林澈：在吗？\n苏禾：在。")], "item 7: the last line is 苏禾's"),
        (TEST_DATA, [item(context="林澈：")], "item 7: the last line says nothing"),
        (TEST_DATA, [item(), item()], "there are two items 7"),
        (TEST_DATA, [item(role="阿水")], "character_profiles.json: 阿水, the role of item 7"),
        (PROFILES, [], "character_profiles.json must be one JSON object"),
        (METRICS, [], "id2metric.jsonl must be one JSON object"),
        (METRICS, {}, "id2metric.jsonl, item 1: a list of pairs"),
        (TYPES, {"林澈": "XXXX"}, "mbti.json: 林澈 has no type like INTJ"),
        (METRICS, {"1": [["Fluency"]]}, "id2metric.jsonl, item 1: a list of pairs"),
    ],
)
def test_another_shape_is_told_with_file_and_item(
    tmp_path: Path, name: str, value: Any, said: str
) -> None:
    assert said in read_changed(tmp_path, name, value)


@pytest.mark.parametrize("name", [TEST_DATA, PROFILES, METRICS])
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    shutil.copytree(FIXTURES, tmp_path, dirs_exist_ok=True)
    (tmp_path / name).unlink()
    with pytest.raises(EvaluationError, match=name):
        read_dataset(tmp_path)


@pytest.mark.parametrize(
    ("context", "rows"),
    [
        ("苏禾：灯塔的门\n怎么又锁上了？", [DatasetRow("苏禾", "灯塔的门\n怎么又锁上了？")]),
        ("（夜里）\n苏禾: 在吗？", [DatasetRow("旁白", "（夜里）"), DatasetRow("苏禾", "在吗？")]),
        ("苏禾：现在：就走\n\n", [DatasetRow("苏禾", "现在：就走")]),
    ],
)
def test_rows_of_a_context(tmp_path: Path, context: str, rows: list[DatasetRow]) -> None:
    shutil.copytree(FIXTURES, tmp_path, dirs_exist_ok=True)
    items = load(FIXTURES / TEST_DATA)
    items[0]["context"] = context
    (tmp_path / TEST_DATA).write_text(json.dumps(items), encoding="utf-8")
    assert read_dataset(tmp_path).items[0].rows == rows
