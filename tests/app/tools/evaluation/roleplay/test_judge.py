"""What counts as a score."""

from typing import Any

import pytest

from app.tools.evaluation.roleplay.formats import ResultRecord
from app.tools.evaluation.roleplay.judge import judge_messages, read_score
from app.tools.evaluation.roleplay.scorers import reward_input
from tests.app.tools.evaluation.roleplay.data import make_item


@pytest.mark.parametrize(
    ("score", "read"),
    [(4, 4.0), (3.5, 3.5), (1, 1.0), (5, 5.0), (0, None), (10, None), (5.5, None), ("2", None),
     (True, None), (None, None), ([4], None)],
)  # fmt: skip
def test_reading_a_score(score: Any, read: float | None) -> None:
    assert read_score({"reason": "通顺", "score": score}) == read


def test_a_verdict_without_a_score_has_none() -> None:
    assert read_score({"reason": "score: 4"}) is None


RECORD = ResultRecord(
    make_item("1", "林澈", ["苏禾：灯塔的门怎么又锁上了？"]),
    "我怕它被吹开。",
    "Fluency",
    "对话流利度",
    {"姓名": "林澈", "性格": ["寡言"]},
)


def test_the_reward_model_reads_what_it_was_trained_on() -> None:
    # As run_char_rm.py of the benchmark puts it together.
    assert reward_input(RECORD) == (
        "<RoleInfo>\n\n{'姓名': '林澈', '性格': ['寡言']}\n\n<Context>\n\n"
        "苏禾：灯塔的门怎么又锁上了？\n\n<Response>\n\n我怕它被吹开。\n\n<Dimension>\n\n对话流利度"
    )


def test_a_judge_sees_all_there_is_to_judge_by() -> None:
    system, user = judge_messages(RECORD)
    assert "JSON" in system["content"]
    for shown in ("林澈", "寡言", "灯塔的门", "我怕它被吹开。", "对话流利度（Fluency）", "通顺"):
        assert shown in user["content"]
