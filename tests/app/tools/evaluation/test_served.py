"""What the prompts of turns show of a script with held-out scenes."""

from pathlib import Path

import pytest

from app.engines.port import Limits, PromptStyle
from app.search.benchmark.corpus import Fold, build_folds, read_subject
from app.search.benchmark.costs import PromptCosts
from app.search.benchmark.modes import Calibrations, Packed
from app.search.benchmark.vectors import EmbeddingCache
from app.settings import PromptSettings, RetrievalSettings
from app.tools.evaluation.served import Served, ServiceOptions
from characters.scripts.model import Scene
from retrieval.embedding.hashing import HashingEmbedder
from retrieval.ranking.weights import load_weights

WEIGHTS = load_weights("k9")


def folds_of(script: Path, style: PromptStyle) -> list[Fold]:
    """Scenes of two exchanges: four questions of the script in each."""
    subject = read_subject(script, "老周")
    pairs = zip(subject.scenes[::2], subject.scenes[1::2], strict=True)
    scenes = [Scene([*one.lines, *other.lines], one.row) for one, other in pairs]
    joined = type(subject)(scenes, subject.name, subject.own)
    return build_folds(joined, EmbeddingCache(HashingEmbedder()), costs=PromptCosts(style=style))


def served(context: int, style: PromptStyle, *, continues: bool = False, top_k: int = 3) -> Served:
    options = ServiceOptions(
        limits=Limits("some", context, style),
        retrieval=RetrievalSettings(top_k=top_k),
        prompt=PromptSettings(),
    )
    return Served(options, WEIGHTS, continues=continues)


@pytest.mark.parametrize("style", ["completion", "chat"])
@pytest.mark.parametrize("context", [4_096, 32_768])
@pytest.mark.parametrize("budget", [200, 500])
def test_a_first_prompt_shows_all_that_packing_has_room_for(
    script: Path, style: PromptStyle, context: int, budget: int
) -> None:
    packed, first = Packed("selector", WEIGHTS, Calibrations()), served(context, style)
    for fold in folds_of(script, style):
        for question in range(len(fold.questions)):
            assert first(fold, question, budget) == packed(fold, question, budget)


def test_a_later_prompt_keeps_what_the_one_before_showed(script: Path) -> None:
    first = served(32_768, "completion", top_k=1)
    later = served(32_768, "completion", continues=True, top_k=1)
    changed = 0
    for fold in folds_of(script, "completion"):
        before = frozenset[int]()
        for number, question in enumerate(fold.questions):
            shown = later(fold, number, 300)
            continues = number and fold.questions[number - 1].scene == question.scene
            alone = first(fold, number, 300)
            if not continues:
                assert shown == alone
            else:
                assert len(shown & before) >= len(alone & before)
                changed += shown != alone
            before = shown
    assert changed
