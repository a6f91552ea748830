"""Which scenes are held out: whole ones, about as many as wanted, alike ones together."""

import pytest

from app.search.benchmark.corpus import BenchmarkCharacter
from app.tools.datasets.splitting import split_scenes
from characters.scripts.model import Line, Scene
from tests.app.tools.datasets.making import EXCHANGES


def character(exchanges: list[tuple[str, str]], name: str = "Mira") -> BenchmarkCharacter:
    scenes = [
        Scene([Line("Ann", asked, 2 * at + 1), Line("Mira", said, 2 * at + 2)], 2 * at + 1)
        for at, (asked, said) in enumerate(exchanges)
    ]
    return BenchmarkCharacter(scenes, name, frozenset([name]))


@pytest.mark.parametrize(("share", "scenes"), [(0.0, 0), (0.1, 1), (0.25, 3), (0.5, 6), (0.01, 1)])
def test_about_the_share_is_held_out(share: float, scenes: int) -> None:
    for seed in range(5):
        split = split_scenes([character(EXCHANGES)], share, seed)
        assert len(split.scenes_of(0, "validation")) == scenes
        assert len(split.scenes_of(0, "train")) == 12 - scenes


def test_folds_of_the_training_ask_once_and_never_see_themselves_or_what_is_held_out() -> None:
    subject = character(EXCHANGES)
    split = split_scenes([subject], 0.25, 1)
    held_out = set(split.scenes_of(0, "validation"))
    *folds, validation = split.plans(0, subject)
    assert sorted(at for fold in folds for at in fold.asked) == split.scenes_of(0, "train")
    for fold in folds:
        assert fold.side == "train"
        assert not fold.asked & {*fold.kept}
        assert not held_out & {*fold.kept}
        assert fold.asked | {*fold.kept} == {*split.scenes_of(0, "train")}
    assert validation.side == "validation"
    assert validation.asked == frozenset(held_out)
    assert validation.kept == split.scenes_of(0, "train")


def test_a_scene_like_two_that_are_not_alike_keeps_them_together() -> None:
    # Of trigrams, with the line break before them, the first has 44, the second 39 of these, and
    # the third 33 of those and one of its own: similarities of 39/44, 33/40 and, not alike, 33/45.
    letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    alike = [("", each) for each in (f"{letters}bdfhjlnpr", f"{letters}bdfh", letters[1:])]
    split = split_scenes([character([*EXCHANGES, *alike])], 0.3, 1)
    assert len({split.groups[0][at] for at in (12, 13, 14)}) == 1
    assert len(set(split.groups[0])) == 13


def test_one_group_is_not_held_out_as_a_whole() -> None:
    same = [(asked, "There is nothing else to say, child.") for asked, _ in EXCHANGES[:2]]
    split = split_scenes([character(same)], 0.5, 1)
    # By the rule `lines` both are one group, which has more than half of the lines.
    assert split.rule == "scenes"
    assert len(split.scenes_of(0, "validation")) == 1
    alone = split_scenes([character(EXCHANGES[:1])], 0.5, 1)
    assert alone.scenes_of(0, "validation") == []


def test_a_scene_of_two_characters_is_on_one_side() -> None:
    split = split_scenes([character(EXCHANGES), character(EXCHANGES, "Ann")], 0.25, 7)
    assert split.groups[0] == split.groups[1]
    assert split.scenes_of(0, "validation") == split.scenes_of(1, "validation")
    assert len(split.held_out) == 3
