"""Points are taken from a full score for each flaw."""

from pathlib import Path
from typing import Any

import pytest

from app.tools.evaluation.judges.penalty import (
    penalty_figures,
    penalty_score,
    read_severities,
)
from app.tools.evaluation.judges.replies import JudgedQuestion
from tests.app.tools.evaluation.judges.scripted import SayingJudge, gated, said

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("severities", "replies", "score"),
    [
        ([], 1, 100.0),
        ([1], 1, 96.5),  # 100 - 5 * (1 - 0.3)
        ([2, 3], 1, 76.5),  # 100 - 5 * (5 - 0.3)
        ([2, 3], 10, 90.0),  # 100 - 5 * (5 - 3)
        ([1, 1], 10, 100.0),
        ([5] * 5, 1, 0.0),
    ],
)
def test_what_flaws_cost(severities: list[int], replies: int, score: float) -> None:
    assert penalty_score(severities, replies) == pytest.approx(score)


@pytest.mark.parametrize(
    ("flaws", "severities"),
    [
        ([], []),
        ([{"flaw": "a", "severity": 5}, {"severity": 1}], [5, 1]),
        ([{"severity": 1}] * 50, [1] * 20),
        ([{"severity": 0}], None),
        ([{"severity": 6}], None),
        ([{"severity": True}], None),
        ([{"severity": "2"}], None),
        ([{"severity": 2.0}], None),
        ([{"flaw": "a"}], None),
        (["a"], None),
        ("none", None),
        (None, None),
    ],
)
def test_only_severities_from_one_to_five_are_read(
    flaws: Any, severities: list[int] | None
) -> None:
    assert read_severities({"flaws": flaws}) == severities


def question(number: int, truth: str = "") -> JudgedQuestion:
    return JudgedQuestion(
        id=str(number), scene=number, name="Ada", profile="", context="Ben: Well?", truth=truth
    )


def severe(text: str) -> str:
    """One flaw of severity 3 in what is called poor; of fidelity nothing that can be read."""
    if "Character Fidelity" in text:
        return "None at all."
    flaws = [{"flaw": "poor", "severity": 3}] if "Poor." in text else []
    return said(flaws=flaws)


async def test_each_dimension_has_its_mean_and_what_cannot_be_read_is_counted(
    tmp_path: Path,
) -> None:
    replies = {"0": "Poor.", "1": "Fine."}
    asked = [question(0), question(1)]
    found = await penalty_figures(gated(severe), asked, replies, tmp_path, lambda _: None)
    # 100 - 5 * (3 - 0.3) = 86.5, and 100.
    assert {name: score.value for name, score in found.scores.items()} == {
        "Anthropomorphism": pytest.approx(93.25),
        "Storyline_Quality": pytest.approx(93.25),
    }
    assert (found.scored, found.unscored) == (4, 2)
    assert found.gate.accuracy.value == 0.8


async def test_the_true_reply_is_compared_with_where_it_is_known(tmp_path: Path) -> None:
    judge = gated(severe)
    asked = [question(0, "The true one."), question(1)]
    replies = {"0": "Poor.", "1": "Fine.", "2": "Of no question."}
    found = await penalty_figures(judge, asked, replies, tmp_path, lambda _: None)
    assert found.scores["Storyline_Consistency"].value == pytest.approx(86.5)
    assert isinstance(judge.model, SayingJudge)
    [text] = [text for text in judge.model.asked if "Storyline Consistency" in text]
    assert "[True reply]\nThe true one." in text
    assert sum("The true one." in text for text in judge.model.asked) == 1


async def test_what_was_judged_is_not_asked_for_again(tmp_path: Path) -> None:
    asked, replies = [question(0)], {"0": "Poor."}
    before = await penalty_figures(gated(severe), asked, replies, tmp_path, lambda _: None)
    again = gated(severe)
    assert await penalty_figures(again, asked, replies, tmp_path, lambda _: None) == before
    assert isinstance(again.model, SayingJudge)
    assert again.model.asked.total() == 3  # of fidelity, which was never read
