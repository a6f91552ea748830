"""What counts as a score."""

import pytest

from app.tools.evaluation.roleplay.formats import ResultRecord
from app.tools.evaluation.roleplay.judge import judge_messages, read_score
from app.tools.evaluation.roleplay.scorers import reward_input
from tests.app.tools.evaluation.roleplay.data import make_item


@pytest.mark.parametrize(
    ("answer", "score"),
    [
        ('{"reason": "通顺", "score": 4}', 4.0),
        ('{"reason": "通顺", "score": 3.5}', 3.5),
        ('```json\n{"score": "2", "reason": "跑题"}\n```', 2.0),
        ('先想："score": 1 太低了。\n{"score": 5}', 5.0),
        ("评分：3", 3.0),
        (" 4 ", 4.0),
        ("4.5分。", 4.5),
        ('{"score": 0}', None),
        ('{"score": 10}', None),
        ('{"score": 5.5}', None),
        ("这句回复很好，有4个优点。", None),
        ("", None),
    ],
)
def test_reading_a_score(answer: str, score: float | None) -> None:
    assert read_score(answer) == score


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
