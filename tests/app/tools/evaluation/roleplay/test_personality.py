"""The interview about a role's type, and what a judge makes of its answers."""

from collections.abc import Sequence

import pytest

from app.settings import JudgeSettings
from app.tools.evaluation.judges.endpoint import JudgeEndpoint
from app.tools.evaluation.judges.gate import GatedJudge
from app.tools.evaluation.judges.model import JudgeModel, Schema, UnscoredError
from app.tools.evaluation.roleplay.formats import ResultRecord
from app.tools.evaluation.roleplay.personality import (
    AXES,
    PersonalityJudge,
    interview,
    interview_records,
)
from tests.app.tools.evaluation.judges.scripted import gate_figures
from tests.app.tools.evaluation.roleplay.records import item

pytestmark = pytest.mark.anyio

ITEMS = [
    item("1", "苏禾"),
    item("2", "林澈"),
    item("3", "林澈"),
    item("4", "林澈", novel="别的书"),
]
TYPES = {"林澈": "INTJ"}


class Saying(JudgeModel):
    """Says one answer after another, and notes what it was asked at which temperature."""

    def __init__(self, *answers: str) -> None:
        super().__init__(object.__new__(JudgeEndpoint), JudgeSettings(model="strict"))
        self._answers = list(answers)
        self.asked: list[tuple[str, float]] = []

    async def ask(
        self,
        messages: Sequence[dict[str, str]],
        temperature: float = 0.0,
        schema: Schema | None = None,
    ) -> str:
        self.asked.append((messages[-1]["content"], temperature))
        return self._answers.pop(0)


def judged_by(model: Saying, types: dict[str, str] | None = None) -> PersonalityJudge:
    return PersonalityJudge(GatedJudge(model, gate_figures()), types or TYPES)


def letters(which: str = "EI") -> ResultRecord:
    replies = {each.id: f"答{at}" for at, (_, each) in enumerate(interview(ITEMS, TYPES))}
    records = interview_records(ITEMS, replies, TYPES)
    return next(each for each in records if each.en.endswith(which))


async def scored(answer: str, which: str = "EI", types: dict[str, str] | None = None) -> float:
    return await judged_by(Saying(answer), types).score(letters(which))


def test_each_role_with_a_type_is_asked_two_questions_a_letter() -> None:
    asked = list(interview(ITEMS, TYPES))
    assert len(asked) == 2 * 4 * 2  # 林澈 of either book; 苏禾 has no type
    assert {number for number, _ in asked} == {1, 3}  # the first item of each
    assert len({each.id for _, each in asked}) == 16
    _, first = asked[0]
    assert (first.role, first.novel, first.metrics) == ("林澈", "雾港", [])
    assert first.rows[0].text == AXES[0].questions[0]
    assert first.context == f"访客：{AXES[0].questions[0]}"


def test_a_letter_needs_both_its_answers() -> None:
    asked = [each for _, each in interview(ITEMS, TYPES)]
    replies = {each.id: f"答{at}" for at, each in enumerate(asked) if at != 2}
    records = interview_records(ITEMS, replies, TYPES)
    assert [(each.item.novel, each.en) for each in records] == [
        *(("雾港", f"MBTI {axis}") for axis in ("EI", "TF", "JP")),
        *(("别的书", f"MBTI {axis}") for axis in ("EI", "SN", "TF", "JP")),
    ]
    one, two = AXES[0].questions
    assert records[0].output == f"问：{one}\n答：答0\n问：{two}\n答：答1"
    assert interview_records(ITEMS, {}, TYPES) == []


@pytest.mark.parametrize(
    ("answer", "score"),
    [
        ('{"reason": "想好再说", "letter": "I"}', 1.0),
        ('{"reason": "爱热闹", "letter": "E"}', 0.0),
        ('"letter": "E" 不对。{"letter": "I"}', 1.0),
    ],
)
async def test_the_letter_of_the_roles_type_scores_one(answer: str, score: float) -> None:
    assert await scored(answer) == score


async def test_each_letter_is_that_of_its_own_axis() -> None:
    assert [await scored(f'{{"letter": "{each}"}}', axis) for each, axis in
            (("N", "SN"), ("T", "TF"), ("J", "JP"), ("S", "SN"), ("F", "TF"), ("P", "JP"))] == [
        1.0, 1.0, 1.0, 0.0, 0.0, 0.0,
    ]  # fmt: skip


async def test_an_answer_without_one_of_the_letters_is_asked_for_again() -> None:
    judge = Saying('{"letter": "N"}', "In all, E is for Everyone.", '{"letter": "I"}')
    assert await judged_by(judge).score(letters("EI")) == 1.0
    questions, temperatures = zip(*judge.asked, strict=True)
    assert len(set(questions)) == 1
    assert temperatures == (0.0, 0.5, 0.9)
    assert "【采访】" in questions[0]
    assert AXES[0].about in questions[0]
    assert "林澈" not in questions[0]  # the judge sees only the answers


async def test_three_such_answers_are_no_score() -> None:
    for nonsense in ("", "EI", " I ", '{"letter": "IX"}', '{"letter": ""}'):
        judge = judged_by(Saying(nonsense, nonsense, nonsense))
        with pytest.raises(UnscoredError, match="no verdict that can be read"):
            await judge.score(letters("EI"))
    assert judged_by(Saying()).name == "judge strict, of types"
