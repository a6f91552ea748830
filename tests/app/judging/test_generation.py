"""Replies at held-out questions come about as a turn's do."""

import pytest

from app.engines.port import EngineUnavailableError
from app.engines.scripted import ScriptedEngine
from app.judging.cast import train_judge
from app.judging.generation import GeneratedReply, ReplyGenerator, asked_questions, seed_of
from app.judging.replies import judge_replies
from app.search.benchmark.corpus import BenchmarkCharacter, Fold
from app.search.benchmark.vectors import EmbeddingCache
from app.settings import Settings
from retrieval.embedding.hashing import HashingEmbedder
from retrieval.ranking.weights import load_weights

pytestmark = pytest.mark.anyio


async def played(
    folds: list[Fold], engine: ScriptedEngine, known: set[tuple[int, int]] | None = None
) -> tuple[list[GeneratedReply], int]:
    found: list[GeneratedReply] = []
    player = ReplyGenerator(folds, engine, Settings(), load_weights("k9"))
    left_out = await player.play(1, found.append, known or set(), side_by_side=2)
    return found, left_out


async def test_every_question_is_answered_as_a_turn_would(folds: list[Fold]) -> None:
    engine = ScriptedEngine(reply="老周：罢了罢了。\n阿海：那么呢？")
    found, left_out = await played(folds, engine)
    assert sorted(reply.key for reply in found) == asked_questions(folds)
    assert len(found) == 20
    assert left_out == 0
    # The character's own name is cut off, and so is what another speaker would say.
    assert {reply.text for reply in found} == {"罢了罢了。"}
    assert all(reply.examples and reply.tokens > 0 for reply in found)
    assert len({call.sampling.seed for call in engine.calls}) == 20
    stops = engine.calls[0].stop
    assert any("小梅" in each for each in stops)


async def test_the_lines_shown_are_of_kept_scenes_and_without_names(folds: list[Fold]) -> None:
    found, _ = await played(folds, ScriptedEngine(reply="罢了。"))
    for reply in found:
        fold = folds[reply.fold]
        kept = {line.text for scene in fold.scenes for line in scene.lines}
        assert set(reply.examples) <= kept


async def test_known_questions_are_not_asked_again(folds: list[Fold]) -> None:
    engine = ScriptedEngine(reply="罢了。")
    await played(folds, engine, set(asked_questions(folds)[:15]))
    assert len(engine.calls) == 5


async def test_a_context_too_short_leaves_questions_out(folds: list[Fold]) -> None:
    found, left_out = await played(folds, ScriptedEngine(reply="罢了。", context_length=16))
    assert (found, left_out) == ([], 20)


async def test_an_engine_that_fails_is_not_hidden(folds: list[Fold]) -> None:
    engine = ScriptedEngine(fail_before=EngineUnavailableError("away"))
    with pytest.raises(EngineUnavailableError):
        await played(folds, engine)


def test_each_question_has_a_seed_of_its_own() -> None:
    seeds = {seed_of(seed, fold, at) for seed in (1, 2) for fold in range(5) for at in range(20)}
    assert len(seeds) == 200
    assert all(0 <= each < 2**31 for each in seeds)


async def test_replies_are_judged_beside_the_true_ones(
    subject: BenchmarkCharacter, folds: list[Fold]
) -> None:
    found, _ = await played(folds, ScriptedEngine(reply="哇，快看快看，你快来啦！"))
    judge = await train_judge(subject, folds, EmbeddingCache(HashingEmbedder()), lambda _: None)
    judged = judge_replies(folds, judge, found)
    assert [reply.key for reply in judged] == [("老周", *key) for key in asked_questions(folds)]
    for reply in judged:
        truth = folds[reply.fold].questions[reply.question].truth
        assert reply.true.text == truth
        assert reply.generated.recognised.named == "小梅"
        assert reply.generated.own.share == 0.0
        # Every true reply repeats a manner of speaking of his other lines.
        assert reply.true.own.longest >= 3
