"""What one exchange does to a true reply, and the weights that are learned from it."""

from collections import defaultdict

import pytest

from app.engines.scripted import ScriptedEngine
from app.likelihood.contexts import FoldContexts
from app.likelihood.gains import TRIED, Gain, measure_gains
from app.search.benchmark.corpus import Fold
from app.search.benchmark.modes import Calibrations
from app.settings import PromptSettings, RetrievalSettings
from app.tools.training.likelihood import train_on_gains
from retrieval.ranking.weights import load_weights

pytestmark = pytest.mark.anyio


async def measured(folds: list[Fold], known: set[tuple[int, int]] | None = None) -> list[Gain]:
    contexts = [FoldContexts(fold, load_weights("k9"), Calibrations()) for fold in folds]
    found: list[Gain] = []
    await measure_gains(
        folds,
        contexts,
        ScriptedEngine(),
        RetrievalSettings(),
        PromptSettings(),
        found.extend,
        known or set(),
    )
    return found


@pytest.fixture(scope="module")
async def gains(folds: list[Fold]) -> list[Gain]:
    return await measured(folds[:2])


async def test_every_reply_is_scored_after_each_of_sixteen_exchanges(
    folds: list[Fold], gains: list[Gain]
) -> None:
    by_question = defaultdict(set)
    for gain in gains:
        by_question[gain.key].add(gain.reply)
    asked = {(number, at) for number in (0, 1) for at in range(len(folds[number].questions))}
    assert set(by_question) == asked
    assert {len(tried) for tried in by_question.values()} == {TRIED}


async def test_an_exchange_with_the_words_of_the_reply_gains_most(
    folds: list[Fold], gains: list[Gain]
) -> None:
    """The scripted engine expects what it has just read."""
    by_question = defaultdict(list)
    for gain in gains:
        by_question[gain.key].append(gain)
    for (number, question), tried in by_question.items():
        fold = folds[number]
        replies = [fold.cut.replies[each.reply] for each in tried]
        overlap = [fold.overlap[question, fold.lines[of.scene, of.line]] for of in replies]
        values = [each.value for each in tried]
        assert values[overlap.index(max(overlap))] > min(values)
        assert values[overlap.index(max(overlap))] >= sorted(values)[len(values) // 2]


async def test_known_questions_are_left_out(folds: list[Fold], gains: list[Gain]) -> None:
    known = {gain.key for gain in gains if gain.key != (1, 2)}
    again = await measured(folds[:2], known)
    assert again == [gain for gain in gains if gain.key == (1, 2)]


async def test_weights_are_learned_that_foresee_the_gains(
    folds: list[Fold], gains: list[Gain]
) -> None:
    halves = {
        "one": [each for each in gains if each.fold == 0],
        "two": [each for each in gains if each.fold == 1],
    }
    of = {"one": folds, "two": folds}
    learned = train_on_gains(of, halves, {"one": "a", "two": "b"}, "mine")
    assert (learned.weights.name, learned.weights.hub_share) == ("mine", 0)
    assert learned.questions == sum(len(fold.questions) for fold in folds[:2])
    for found in learned.correlations.values():
        assert found["in-sample"] > 0.2
        assert set(found) == {"k9", "in-sample", "left out"}
    same = train_on_gains(of, halves, {"one": "a", "two": "a"}, "mine")
    assert "left out" not in same.correlations["one"]


def test_nothing_teaches_nothing(folds: list[Fold]) -> None:
    with pytest.raises(ValueError, match="nothing to learn"):
        train_on_gains({"one": folds}, {"one": []}, {"one": "a"}, "mine")
