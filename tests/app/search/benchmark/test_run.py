"""The benchmark on a made-up script, with the embedder that costs nothing."""

import random
from pathlib import Path

import numpy as np
import pytest

from app.search.benchmark.corpus import BenchmarkCharacter, Fold, build_folds, read_subject
from app.search.benchmark.errors import EvaluationError
from app.search.benchmark.known_items import garble, recall
from app.search.benchmark.modes import cost
from app.search.benchmark.run import MODES, BenchmarkResults, evaluate, outcome
from app.search.benchmark.vectors import EmbeddingCache
from app.tools.training.selector import train
from retrieval.embedding.hashing import HashingEmbedder
from retrieval.ranking.weights import FEATURES, load_weights
from tests.characters.reference import SANSAN, needs_reference


@pytest.fixture(scope="module")
def subject(script: Path) -> BenchmarkCharacter:
    return read_subject(script, "老周")


@pytest.fixture(scope="module")
def folds(subject: BenchmarkCharacter) -> list[Fold]:
    return build_folds(subject, EmbeddingCache(HashingEmbedder()))


@pytest.fixture(scope="module")
def results(subject: BenchmarkCharacter) -> BenchmarkResults:
    vectors = EmbeddingCache(HashingEmbedder())
    return evaluate(subject, vectors, load_weights("k9"), MODES, [120], lambda _: None)


def test_each_scene_is_held_out_once(folds: list[Fold], subject: BenchmarkCharacter) -> None:
    asked = [question.scene for fold in folds for question in fold.questions]
    assert sorted(asked) == list(range(40))
    for fold in folds:
        kept = {line.text for number in fold.kept for line in subject.scenes[number].lines}
        for question in fold.questions:
            assert question.scene not in fold.kept
            assert question.truth not in kept
            assert not kept & {text for _, text in question.dialogue}


def test_outcomes_are_what_the_matrices_say(folds: list[Fold]) -> None:
    fold = folds[0]
    found = outcome(fold, 0, frozenset({3, 5}))
    assert found.best == pytest.approx(max(fold.overlap[0, 3], fold.overlap[0, 5]))
    others = [
        max(fold.overlap[row, 3], fold.overlap[row, 5]) for row in range(1, len(fold.questions))
    ]
    assert found.elsewhere == pytest.approx(np.mean(others), abs=1e-6)
    assert found.replies == 2
    assert outcome(fold, 0, frozenset()).best == 0.0


def test_what_asks_finds_more_than_chance_and_controls_are_what_they_are(
    results: BenchmarkResults,
) -> None:
    figures = results.budgets[120]
    assert set(figures) == {*MODES, "random", "static", "oracle"}
    assert figures["random"].gap_share.value == 0
    assert figures["oracle"].gap_share.value == pytest.approx(1)
    assert figures["oracle"].lift_share.value == pytest.approx(1)
    assert abs(figures["static"].lift_share.value) < 0.15
    for mode in ("fused", "u5", "selector"):
        assert figures[mode].gap_share.value > 0.5
        assert figures[mode].lift_share.low > 0.2
        assert figures[mode].replies > 1
    assert figures["selector"].lift_over_reference is not None
    assert results.questions == 40


def test_every_mode_that_ranks_is_asked_for_garbled_lines(results: BenchmarkResults) -> None:
    assert set(results.known_items) == {"reference", "fused", "u5", "selector"}


@needs_reference
def test_garbled_lines_of_the_reference_corpus_are_found_again() -> None:
    sansan = read_subject(SANSAN, "三三")
    found = recall(
        sansan, EmbeddingCache(HashingEmbedder()), ["reference", "selector"], load_weights("k9")
    )
    assert found["selector"].value >= 0.9 > found["reference"].value


def test_four_of_ten_characters_go_and_the_others_keep_their_order() -> None:
    said = garble("ab cdefghij", random.Random(1))
    assert len(said.replace(" ", "")) == 6
    letters = iter("ab cdefghij")
    assert all(letter in letters for letter in said)


def test_training_gives_weights_and_says_what_they_reach(folds: list[Fold], script: Path) -> None:
    halves = {"one": folds[:2], "two": folds[2:]}
    trained = train(halves, {"one": "a", "two": "b"}, "mine")
    assert set(trained.weights.by_feature) == set(FEATURES)
    assert trained.queries == 40
    for figures in trained.figures.values():
        assert {"fused", "k9", "in-sample", "left out"} <= set(figures)
    alone = train({"one": folds}, {"one": "a"}, "mine")
    assert "left out" not in alone.figures["one"]


def test_tokens_are_told_without_a_tokenizer() -> None:
    assert [cost("你好"), cost("hello!"), cost("")] == [2, 2, 1]


def test_too_little_to_hold_out_is_said_with_who_speaks(script: Path) -> None:
    with pytest.raises(EvaluationError, match=r"老王 says 0 lines in 老周\.txt.*阿海 \(40\)"):
        read_subject(script, "老王")
