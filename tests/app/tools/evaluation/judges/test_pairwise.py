"""Which of two replies is better, asked in both orders."""

from collections.abc import Callable
from pathlib import Path

import pytest

from app.tools.evaluation.judges.gate import GatedJudge
from app.tools.evaluation.judges.pairwise import PairFigures, compare_replies, pair_text
from app.tools.evaluation.judges.replies import JudgedQuestion
from tests.app.tools.evaluation.judges.scripted import SayingJudge, gated, said

pytestmark = pytest.mark.anyio

QUESTIONS = [
    JudgedQuestion(id=str(n), scene=n, name="Ada", profile="A keeper.", context="Ben: Well?")
    for n in range(10)
]
GOOD = {str(n): f"Fine answer {n}." for n in range(10)}
POOR = {str(n): f"Poor answer {n}." for n in range(10)}


def shown(text: str) -> tuple[str, str]:
    """The two replies in the order that the judge sees."""
    _, one, other = text.split("[Reply ")
    return one.split("\n")[1], other.split("\n")[1]


def prefers_fine(text: str) -> str:
    one, other = shown(text)
    if ("Fine" in one) == ("Fine" in other):
        return said(better="tie")
    return said(better="1" if "Fine" in one else "2")


async def compared(
    answer: Callable[[str], str] | GatedJudge,
    out: Path,
    first: dict[str, str] = GOOD,
    second: dict[str, str] = POOR,
) -> PairFigures:
    judge = answer if isinstance(answer, GatedJudge) else gated(answer)
    return await compare_replies(judge, QUESTIONS, first, second, out, lambda _: None)


async def test_the_better_replies_win_in_both_orders(tmp_path: Path) -> None:
    found = await compared(prefers_fine, tmp_path)
    assert (found.won, found.tied, found.lost, found.unreadable) == (10, 0, 0, 0)
    assert found.win_rate is not None
    assert found.consistency is not None
    assert (found.win_rate.value, found.win_rate.low, found.consistency.value) == (1.0, 1.0, 1.0)
    turned = await compared(prefers_fine, tmp_path, POOR, GOOD)
    assert (turned.won, turned.lost) == (0, 10)


async def test_a_preference_for_a_position_wins_nothing(tmp_path: Path) -> None:
    found = await compared(lambda _: said(better="1"), tmp_path)
    assert (found.won, found.tied, found.lost, found.disagreed) == (0, 10, 0, 10)
    assert found.win_rate is not None
    assert found.consistency is not None
    assert (found.win_rate.value, found.consistency.value) == (0.5, 0.0)
    text = pair_text(found, "tuned", "base")
    assert "tuned over base: 50 % [50, 50] of 10 replies" in text
    assert "10 because the two orders disagree" in text
    assert "no difference is shown" in text


async def test_ties_are_half_a_win(tmp_path: Path) -> None:
    mixed = {key: GOOD[key] if int(key) < 6 else POOR[key] for key in GOOD}
    other = {key: f"Poor again {key}." for key in GOOD}
    found = await compared(prefers_fine, tmp_path, mixed, other)
    assert (found.won, found.tied, found.lost, found.disagreed) == (6, 4, 0, 0)
    assert found.win_rate is not None
    assert found.win_rate.value == pytest.approx(0.8)  # 6 + 4 / 2, of 10
    assert found.win_rate.low < 0.8 < found.win_rate.high


async def test_nonsense_is_left_out_and_counted(tmp_path: Path) -> None:
    def sometimes(text: str) -> str:
        return "Both are lovely!" if "answer 3." in text else prefers_fine(text)

    found = await compared(sometimes, tmp_path)
    assert (found.questions, found.won, found.unreadable) == (10, 9, 1)
    said = pair_text(found, "tuned", "base")
    assert "tuned over base: 100 % [100, 100] of 9 replies" in said
    assert "1 more without a verdict that could be read" in said
    none = await compared(lambda _: "Both!", tmp_path, {"3": "a"}, {"3": "b"})
    assert (none.win_rate, none.unreadable) == (None, 1)
    assert "No verdict on 1 questions could be read." in pair_text(none, "tuned", "base")


async def test_the_gates_figures_stand_beside_the_win_rate(tmp_path: Path) -> None:
    text = pair_text(await compared(prefers_fine, tmp_path), "tuned", "base")
    assert "strict names the masked speaker in 80 % [70, 90] of its verdicts" in text
    assert "chance: 25 %" in text


async def test_equal_replies_are_a_tie_that_costs_nothing(tmp_path: Path) -> None:
    judge = gated(prefers_fine)
    found = await compared(judge, tmp_path, GOOD, GOOD)
    assert (found.tied, found.disagreed, found.consistency) == (10, 0, None)
    assert isinstance(judge.model, SayingJudge)
    assert judge.model.asked.total() == 0
    assert "50 % [50, 50] of 10 replies" in pair_text(found, "tuned", "base")
    assert "no judge was asked" in pair_text(found, "tuned", "base")


async def test_equal_replies_do_not_make_a_judge_consistent(tmp_path: Path) -> None:
    mostly_equal = GOOD | {"0": "Poor answer 0.", "1": "Poor answer 1."}
    found = await compared(lambda _: said(better="1"), tmp_path, GOOD, mostly_equal)
    # Eight of ten are equal; of the two that are asked about, it names the first in both orders.
    assert (found.tied, found.disagreed) == (10, 2)
    assert found.consistency is not None
    assert found.consistency.value == 0.0
    text = pair_text(found, "tuned", "base")
    assert "Of those asked about, both orders agree in 0 % [0, 0]." in text


async def test_a_stopped_run_goes_on_and_another_judge_is_asked_anew(tmp_path: Path) -> None:
    before = await compared(prefers_fine, tmp_path)
    again = SayingJudge(prefers_fine)
    assert await compared(GatedJudge(again, before.gate), tmp_path) == before
    assert again.asked.total() == 0
    other = SayingJudge(prefers_fine, "another")
    await compared(GatedJudge(other, before.gate), tmp_path)
    assert other.asked.total() == 20
    changed = SayingJudge(prefers_fine)
    await compared(GatedJudge(changed, before.gate), tmp_path, GOOD | {"0": "Fine, changed."})
    assert changed.asked.total() == 2


async def test_questions_that_one_side_lacks_are_left_out(tmp_path: Path) -> None:
    found = await compared(prefers_fine, tmp_path, GOOD, {"4": "Poor."})
    assert (found.questions, found.won) == (1, 1)


async def test_a_judge_is_asked_in_the_characters_language(tmp_path: Path) -> None:
    judge = gated(lambda _: said(better="tie"))
    chinese = JudgedQuestion(id="1", scene=1, name="阿应", profile="回声。", context="游客：有人吗")
    await compare_replies(
        judge, [chinese], {"1": "有呀！"}, {"1": "没有。"}, tmp_path, lambda _: None
    )
    assert isinstance(judge.model, SayingJudge)
    assert all("【回复1】" in text and "【资料】" in text for text in judge.model.asked)
