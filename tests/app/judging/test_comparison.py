"""Two sets of replies are compared at the questions that both answer."""

from dataclasses import replace

import pytest

from app.judging.cast import Recognised
from app.judging.comparison import compare_replies
from app.judging.copying import Copied
from app.judging.replies import JudgedReply, JudgedText


def said(text: str, right: float, named: str, own: float = 0.0) -> JudgedText:
    return JudgedText(
        text=text, recognised=Recognised(right, named), own=Copied(3, own), shown=Copied(0, 0.0)
    )


def reply(question: int, generated: JudgedText, **fields: object) -> JudgedReply:
    made = JudgedReply(
        character="老周",
        fold=0,
        question=question,
        scene=question,
        generated=generated,
        true=said("潮水罢了", 0.5, "老周"),
        tokens=10,
        seconds=2.0,
    )
    return replace(made, **fields)  # type: ignore[arg-type]


ONE = [
    reply(0, said("一二三", 0.4, "老周", own=0.5)),
    reply(1, said("四五六", 0.2, "阿海", own=0.5)),
    reply(2, said("七八九", 0.3, "老周")),
]
OTHER = [
    reply(0, said("", 0.1, "阿海"), seconds=4.0),
    reply(1, said("一二", 0.1, "阿海"), seconds=4.0),
]


def test_figures_by_hand() -> None:
    found = compare_replies(ONE, OTHER)
    assert found is not None
    # The third question has no reply of the other side.
    assert (found.questions, found.scenes) == (2, 2)
    of = found.figures
    assert of["right"].one.value == pytest.approx(0.3)
    assert of["right"].true is not None
    assert of["right"].true.value == pytest.approx(0.5)
    assert of["ratio"].one.value == pytest.approx(0.6)
    assert of["ratio"].other.value == pytest.approx(0.2)
    # By scene 0.4 - 0.1 and 0.2 - 0.1, over 0.5.
    difference = of["ratio"].difference
    assert (difference.value, difference.low, difference.high) == pytest.approx((0.4, 0.2, 0.6))
    assert of["ratio"].is_significant
    assert of["named"].one.value == 0.5
    assert of["copied_own"].one.value == 0.5
    assert (of["length"].one.value, of["length"].other.value) == (3.0, 1.0)
    assert (of["tokens_a_second"].one.value, of["tokens_a_second"].other.value) == (5.0, 2.5)
    assert of["tokens_a_second"].true is None
    assert found.named[0] == {"老周": {"老周": 1, "阿海": 1}}
    assert found.named[2] == {"老周": {"老周": 2}}
    assert found.empty == (0, 1)


def test_the_same_replies_do_not_differ() -> None:
    found = compare_replies(ONE, ONE)
    assert found is not None
    assert not any(each.is_significant for each in found.figures.values())


def test_without_a_common_question_there_is_nothing_to_compare() -> None:
    assert compare_replies(ONE[2:], OTHER) is None
