"""Which replies are asked for, with which query, and what the lines shown cost."""

from collections.abc import Sequence

import pytest

from app.engines.scripted import ScriptedEngine
from app.search.benchmark.corpus import BenchmarkCharacter, Fold, build_folds, count_short_replies
from app.search.benchmark.costs import PromptCosts, estimate, packing_room
from app.search.benchmark.errors import EvaluationError
from app.search.benchmark.modes import Calibrations, Packed, RandomWindows, reference
from app.search.benchmark.run import evaluate
from app.search.benchmark.vectors import EmbeddingCache
from app.settings import RetrievalSettings
from characters.language import reading_length
from characters.passages.duplicates import letters
from characters.passages.windows import without_directions
from characters.prompting import SEPARATOR
from characters.scripts.model import Line, Scene
from retrieval.embedding.hashing import HashingEmbedder
from retrieval.ranking.weights import load_weights

WEIGHTS = load_weights("k9")


def play(*replies: str) -> BenchmarkCharacter:
    """Ben answers one question in each scene."""
    scenes = [
        Scene([Line("Anna", f"Anna asks thing number {at}", 1), Line("Ben", reply, 2)], 1)
        for at, reply in enumerate(replies)
    ]
    return BenchmarkCharacter(scenes, "Ben", frozenset({"Ben"}))


def folds_of(subject: BenchmarkCharacter, costs: PromptCosts | None = None) -> list[Fold]:
    return build_folds(subject, EmbeddingCache(HashingEmbedder()), costs=costs)


def test_no_reply_that_is_asked_for_stands_word_for_word_in_the_store() -> None:
    often = ["嗯", "好的。", "(laughs) No.", "No!", "It is late, Anna.", "(yawns) it is late anna"]
    subject = play(*often * 4, *(f"Reply number {at} of many" for at in range(20)))
    folds = folds_of(subject)
    asked = [question.truth for fold in folds for question in fold.questions]
    for fold in folds:
        kept = {letters(without_directions(line.text)) for s in fold.scenes for line in s.lines}
        assert not kept & {letters(question.truth) for question in fold.questions}
    # One in three of the first 24 has five letters, and all of the others.
    assert len(asked) == 8 + 20
    assert count_short_replies(subject) == 16


def test_results_say_how_many_were_too_short_to_be_asked_for() -> None:
    subject = play("Oh.", "No.", *(f"Reply number {at} of many" for at in range(20)))
    vectors = EmbeddingCache(HashingEmbedder())
    results = evaluate(subject, vectors, WEIGHTS, ["fused"], [100], lambda _: None)
    assert (results.questions, results.short_replies) == (20, 2)


def test_who_says_nothing_long_enough_cannot_be_asked() -> None:
    vectors = EmbeddingCache(HashingEmbedder())
    with pytest.raises(EvaluationError, match="no line with at least 5 letters"):
        evaluate(play(*["Yes."] * 12), vectors, WEIGHTS, ["fused"], [100], lambda _: None)


def test_every_mode_is_asked_with_what_a_turn_sends() -> None:
    lines = [Line("Anna", f"第{at}句" + "长" * 20, at) for at in range(10)]
    scene = Scene([*lines, Line("Ben", "这就是我的答复", 11)], 1)
    others = play(*(f"Reply number {at} of many" for at in range(10))).scenes
    subject = BenchmarkCharacter([scene, *others], "Ben", frozenset({"Ben"}))
    assert subject.query_length == RetrievalSettings().max_query_length == 64
    question = next(q for fold in folds_of(subject) for q in fold.questions if q.scene == 0)
    # A line takes 22 2/3 for its text and 2 for "user0:": the newest two fit 64, and not three.
    expected = f"user0:第8句{'长' * 20}\nuser0:第9句{'长' * 20}"
    assert question.reference_query == expected
    assert reading_length(expected) <= 64


def ten_each(texts: Sequence[str]) -> list[int]:
    """Ten tokens a line, three a separator."""
    return [3 if text == SEPARATOR else 10 for text in texts]


@pytest.mark.parametrize(("style", "room"), [("completion", 20 + 23 + 23), ("chat", 3 * 30)])
def test_what_is_shown_fills_the_tokens_that_the_engine_counts(style: str, room: int) -> None:
    subject = play(*(f"Reply number {at} of many" for at in range(20)))
    costs = PromptCosts(ten_each, "tens", "chat" if style == "chat" else "completion")
    fold = folds_of(subject, costs)[0]
    # Exchanges of two lines: three in this room, between separators or as pairs of messages.
    for choose in (RandomWindows(1), reference, Packed("fused", WEIGHTS, Calibrations())):
        assert len(choose(fold, 0, room)) == 3
        assert len(choose(fold, 0, room - 1)) == 2


def test_a_chat_prompt_shows_the_last_exchange_of_a_scene_alone() -> None:
    talk = [Line(("Anna", "Ben")[at % 2], f"This is line {at}", at) for at in range(8)]
    others = play(*(f"Reply number {at} of many" for at in range(10))).scenes
    subject = BenchmarkCharacter([Scene(talk, 1), *others], "Ben", frozenset({"Ben"}))
    folds = folds_of(subject, PromptCosts(ten_each, "tens", "chat"))
    fold = next(each for each in folds if 0 in each.kept)
    shown = reference(fold, 0, 10_000)
    assert sum(scene == 0 for scene, _ in fold.lines) == 4
    assert sorted(shown)[0] == 3  # the scene's last reply, and one of every other scene
    assert len(shown) == len(fold.scenes)
    # Packed exchanges do not become one example, which would show the last of them.
    assert len(Packed("fused", WEIGHTS, Calibrations())(fold, 0, 10_000)) == len(fold.lines)


@pytest.mark.anyio
async def test_the_engine_counts_lines_once() -> None:
    lines = [Line("Anna", "one two", 1), Line("Ben", "three", 2), Line("Anna", "one two", 3)]
    asked: list[str] = []

    class Engine(ScriptedEngine):
        async def count_tokens(self, texts: Sequence[str], *, rough: int = 0) -> list[int]:
            asked.extend(texts)
            return await super().count_tokens(texts, rough=rough)

    costs = await PromptCosts.of_engine(Engine(prompt_style="chat"), lines)
    assert asked == [SEPARATOR, "Anna：one two\n", "Ben：three\n"]
    assert (costs.tokenizer, costs.style) == ("scripted", "chat")
    assert costs.of_line(lines[0]) == 3 + 1  # the colon is a character of its own
    assert packing_room(costs, 100).budget == 90


def test_an_estimate_counts_chinese_characters_and_thirds_of_others() -> None:
    assert estimate(["你好", "hello!", ""]) == [2, 2, 1]
