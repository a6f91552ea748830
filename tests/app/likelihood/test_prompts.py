"""Which lines each compared prompt shows."""

from dataclasses import replace

import numpy as np
import pytest

from app.engines.scripted import ScriptedEngine
from app.likelihood.contexts import CONTEXTS, ContextName, FoldContexts
from app.likelihood.prompts import dialogue_before
from app.search.benchmark.corpus import BenchmarkCharacter
from app.search.retriever import SceneHits
from app.settings import RetrievalMode
from tests.app.conftest import make_settings
from tests.app.likelihood.conftest import prompts_of
from tests.app.running import running

pytestmark = pytest.mark.anyio

_EXCHANGE = 60
"""More tokens than any exchange of the script has."""


async def test_contexts_fill_the_same_budget_but_for_one_exchange(contexts: FoldContexts) -> None:
    engine = ScriptedEngine()
    prompts = await prompts_of(contexts, engine, 300)
    for name in CONTEXTS:
        _, shown = await prompts.compose(name, 0)
        tokens = sum(await engine.count_tokens(shown))
        if name == "none":
            assert shown == []
        else:
            assert 300 - _EXCHANGE - 5 * len(shown) < tokens <= 300, name


async def test_no_held_out_line_is_in_a_prompt_but_what_was_said_before(
    contexts: FoldContexts,
) -> None:
    prompts = await prompts_of(contexts, ScriptedEngine(), 1_000)
    fold = contexts.fold
    held_out = set(range(len(fold.subject.scenes))) - set(fold.kept)
    hidden = {line.text for number in held_out for line in fold.subject.scenes[number].lines}
    for name in (*CONTEXTS, "reference_sent"):
        for number, question in enumerate(fold.questions):
            prompt, _ = await prompts.compose(name, number)
            before = {text for _, text in question.dialogue}
            assert [text for text in hidden - before if text in str(prompt)] == [], name


async def test_other_shows_no_line_of_the_character_and_random_only_its_exchanges(
    contexts: FoldContexts,
) -> None:
    prompts = await prompts_of(contexts, ScriptedEngine(), 300)
    _, other = await prompts.compose("other", 0)
    assert other
    # An exchange of 阿海 ends with 阿海: what 老周 says before it may open it.
    assert all(example.splitlines()[-1].startswith("阿海") for example in other)
    _, own = await prompts.compose("random", 0)
    assert all(example.splitlines()[-1].startswith("老周") for example in own)


async def test_questions_of_a_scene_share_their_random_lines(contexts: FoldContexts) -> None:
    prompts = await prompts_of(contexts, ScriptedEngine(), 300)
    one, again = [await prompts.compose("random", 0) for _ in range(2)]
    assert one == again
    assert (await prompts.compose("random", 1))[1] != one[1]  # of another scene


def test_the_oracle_begins_with_the_reply_most_like_the_true_one(contexts: FoldContexts) -> None:
    fold = contexts.fold
    for question in range(len(fold.questions)):
        first = contexts.choose("oracle", question).candidates[0]
        reply = fold.cut.replies[first.reply]
        at = fold.lines[reply.scene, reply.line]
        assert fold.overlap[question, at] == fold.overlap[question].max()


def test_of_each_scene_the_reference_shows_the_last_exchange_of_the_nearest_first(
    contexts: FoldContexts,
) -> None:
    fold = contexts.fold
    found = contexts.sent("reference_sent", 0, 3)
    assert isinstance(found, SceneHits)
    sent = found.examples
    keys = np.array([fold.vectors[example.key] for example in fold.examples.examples])
    cosines = keys @ fold.vectors[fold.questions[0].reference_query]
    assert [each.score for each in sent] == pytest.approx(sorted(cosines, reverse=True)[:3])
    nearest = [fold.examples.examples[each.id].scene for each in sent]
    one_each = contexts.choose("reference", 0).candidates
    scenes = [candidate.exchange.scene for candidate in one_each]
    assert scenes[:3] == nearest
    assert len(set(scenes)) == len(scenes)


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("mode", "name"),
    [("selector", "selector"), ("fused", "fused"), ("reference", "reference_sent")],
)
async def test_what_is_measured_is_what_a_conversation_gets(
    contexts: FoldContexts,
    database_url: str,
    tmp_path_factory: pytest.TempPathFactory,
    mode: RetrievalMode,
    name: ContextName,
) -> None:
    """A character of the kept scenes alone is asked what was asked in a held-out one."""
    fold = contexts.fold
    kept = "\n\n".join(
        "\n".join([f"第{number}场", *(line.render() for line in scene.lines)])
        for number, scene in enumerate(fold.scenes)
    )
    # The script's things are alike: those that the question does not name rank alike, but for the
    # half precision of the stored index. So no more is shown than what it names.
    few = {"example_tokens": 90, "top_k": 2}
    prompts = await prompts_of(contexts, ScriptedEngine(), None, **few)
    measured, shown = await prompts.compose(name, 2)
    assert len(shown) == 2
    settings = make_settings(
        database_url, tmp_path_factory.mktemp("service"), retrieval={"mode": mode, **few}
    )
    async with running(settings) as stage:
        script = await stage.upload(kept, "老周.txt")
        character = await stage.make_character(
            "老周", script_ids=[script["id"]], profile=fold.subject.profile
        )
        conversation = await stage.open(character["slug"], user_name="阿海")
        [(_, asked)] = fold.questions[2].dialogue
        await stage.say(conversation, asked)
        [call] = stage.engine.calls
    assert call.prompt == measured


def test_the_dialogue_is_that_with_the_last_speaker(subject: BenchmarkCharacter) -> None:
    lines = [("阿海", "一"), ("老周", "二"), ("小梅", "三"), ("阿海", "四")]
    before = dialogue_before(lines, subject, "zh")
    assert before.persona.user_name == "阿海"
    assert before.persona.profile == "守灯塔的人。"
    assert [(line.role, line.text) for line in before.history] == [
        ("user", "一"),
        ("character", "二"),
        ("user", "三\n四"),
    ]


def test_only_the_newest_lines_are_shown(subject: BenchmarkCharacter) -> None:
    lines = [("阿海" if at % 2 == 0 else "老周", str(at)) for at in range(21)]
    shown = dialogue_before(lines, subject, "zh").history
    assert [line.text for line in shown] == [str(at) for at in range(5, 21)]


def test_a_character_that_is_alone_has_no_others(contexts: FoldContexts) -> None:
    fold = contexts.fold
    everyone = frozenset(line.speaker for scene in fold.scenes for line in scene.lines)
    alone = replace(fold, subject=replace(fold.subject, own=everyone))
    found = replace(contexts, fold=alone)
    assert found.other.windows == []
    assert found.choose("other", 0).candidates == []
