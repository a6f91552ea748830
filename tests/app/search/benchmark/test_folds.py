"""Held-out scenes share no line with what is kept."""

from hypothesis import given, settings
from hypothesis import strategies as st

from app.search.benchmark.folds import group_scenes, split_folds
from characters.scripts.model import Line, Scene


def scene(*lines: str) -> Scene:
    parts = [line.partition(":") for line in lines]
    return Scene([Line(who, text, n) for n, (who, _, text) in enumerate(parts, 1)], 1)


def test_scenes_that_share_a_line_belong_together_interjections_aside() -> None:
    scenes = [
        scene("A:is it late again", "M:oh no"),
        scene("A:the lamp is out", "M:oh no"),
        scene("B:Is it late, again?", "M:never"),
        scene("B:the LAMP is out!", "A:is it late again"),
        scene("A:quite something else", "M:yes"),
    ]
    assert group_scenes(scenes) == [[0, 1, 2, 3], [4]]


def test_a_direction_makes_no_other_line_of_it() -> None:
    scenes = [scene("A:(laughs) The lamp is out."), scene("A:The lamp is out [sighs]")]
    assert group_scenes(scenes) == [[0, 1]]


def test_folds_have_about_as_many_replies_each() -> None:
    scenes = [scene(f"A:question {n} of many", *["M:so"] * (1 + n % 3)) for n in range(30)]
    folds = split_folds(scenes, {"M"}, 5)
    assert sorted(number for fold in folds for number in fold) == list(range(30))
    sizes = [sum(1 + number % 3 for number in fold) for fold in folds]
    assert max(sizes) - min(sizes) <= 1


lines = st.sampled_from(["the tide is late", "the lamp is out", "nobody came today", "oh"])
scripts = st.lists(st.lists(lines, min_size=1, max_size=3), max_size=8)


@settings(deadline=None)
@given(scripts)
def test_no_telling_line_is_held_out_and_kept(script: list[list[str]]) -> None:
    scenes = [scene(*(f"M:{text}" for text in texts)) for texts in script]
    for fold in split_folds(scenes, {"M"}):
        held = {text for number in fold for text in script[number] if text != "oh"}
        kept = {text for number, of in enumerate(script) if number not in fold for text in of}
        assert not held & kept


def test_few_scenes_make_fewer_folds() -> None:
    assert split_folds([scene("M:one line only")], {"M"}) == [[0]]
