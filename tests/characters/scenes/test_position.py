"""Where a scene is, and how far it has drifted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from characters.scenes.nearest import NOTABLE, SKIPPING, candidates, nearest_line
from characters.scenes.position import WINDOW, Mark, position_of
from characters.scenes.scene import PlayedScene, SceneLine, count_parts, lines_of_scene
from characters.scripts.model import Direction, Line, Scene

MARKS = st.lists(
    st.builds(
        Mark,
        st.sampled_from(["script", "back", "own"]),
        st.integers(0, 9),
        st.floats(-0.5, 1.5),
    ),
    max_size=20,
)


def played(speakers: str, part: str = "B") -> PlayedScene:
    """A scene of these speakers, whose lines are their numbers."""
    return PlayedScene([SceneLine(who, str(at)) for at, who in enumerate(speakers)], part)


def test_a_scene_begins_at_its_first_line() -> None:
    found = position_of([], 4)
    assert (found.next, found.drift, found.on_script) == (0, 0.0, True)


def test_lines_of_the_script_move_it_on() -> None:
    found = position_of([Mark("script", 0), Mark("script", 1, 0.3)], 4)
    assert (found.next, found.on_script) == (2, True)
    assert found.drift == pytest.approx(0.3 / WINDOW)


def test_other_words_drift_and_stay_where_the_script_was() -> None:
    strayed = [Mark("script", 0), Mark("own", departure=0.6), Mark("own", departure=1.0)]
    found = position_of(strayed, 4)
    assert (found.next, found.on_script) == (1, False)
    assert found.drift == pytest.approx(1.6 / WINDOW)


def test_a_line_near_the_script_returns_to_it() -> None:
    strayed = [Mark("own", departure=1.0)] * 9
    assert position_of(strayed, 4).drift == 1.0
    found = position_of([*strayed, Mark("script", 2, 0.2)], 4)
    assert (found.next, found.on_script) == (3, True)
    assert found.drift == pytest.approx(0.2 / WINDOW)


def test_the_way_back_begins_anew() -> None:
    found = position_of([Mark("own", departure=1.0), Mark("back", 3)], 4)
    assert (found.next, found.drift, found.on_script) == (3, 0.0, True)


@given(MARKS, st.integers(0, 10))
def test_a_position_is_always_in_the_scene(marks: list[Mark], lines: int) -> None:
    found = position_of(marks, lines)
    assert 0 <= found.next <= lines
    assert 0 <= found.drift <= 1
    assert found.on_script == (not marks or marks[-1].kind != "own")


@given(MARKS, MARKS)
def test_what_was_before_the_way_back_does_not_matter(
    before: list[Mark], after: list[Mark]
) -> None:
    back = Mark("back", 2)
    assert position_of([*before, back, *after], 9) == position_of([back, *after], 9)


@given(st.dictionaries(st.integers(0, 60), st.floats(0, 1), min_size=1))
def test_no_sooner_moment_is_nearer(nearness: dict[int, float]) -> None:
    found = nearest_line(nearness)
    assert found in nearness
    notable = {at: near for at, near in nearness.items() if near >= NOTABLE}
    if not notable:
        assert found == min(nearness)
    assert all(near <= nearness[found] for at, near in notable.items() if at < found)
    assert all(
        near - nearness[found] <= SKIPPING * (at - found) + 1e-9
        for at, near in notable.items()
        if at > found
    )


@given(st.integers(0, 40), st.integers(1, 40))
def test_what_is_said_word_for_word_is_found(start: int, length: int) -> None:
    """Where nothing else of the next fifty lines is as near."""
    moments = dict.fromkeys(range(start, start + length), 0.0)
    said = start + length - 1
    assert nearest_line({**moments, said: 1.0}) == said


@pytest.mark.parametrize(
    ("nearness", "found"),
    [
        ({4: 0.0, 3: 0.0, 5: 0.0}, 3),
        ({3: 0.1, 4: NOTABLE - 0.01}, 3),  # none is notable
        ({3: 0.1, 4: NOTABLE}, 4),
        ({3: 0.5, 4: 0.51}, 3),  # no reason to skip a line
        ({3: 0.5, 4: 0.6}, 4),
    ],
)
def test_the_nearest_line(nearness: dict[int, float], found: int) -> None:
    assert nearest_line(nearness) == found


@pytest.mark.parametrize(
    ("following", "lines", "found"),
    [(2, 6, [2, 3, 4]), (4, 6, [4, 5]), (6, 6, [3, 4, 5]), (2, 2, [0, 1])],
)
def test_the_scene_returns_to_what_is_to_come(following: int, lines: int, found: list[int]) -> None:
    assert [*candidates(following, lines, 3)] == found


@pytest.mark.parametrize(("start", "others"), [(0, [0]), (1, []), (2, [2, 3]), (5, [5]), (6, [])])
def test_others_speak_up_to_the_next_line_of_the_part(start: int, others: list[int]) -> None:
    assert [*played("ABCABA").until_own(start)] == others


def test_lines_in_a_row_may_be_said_at_once() -> None:
    scene = played("ABBBBBA")
    sayings = [(list(taken), text) for taken, text in scene.sayings(1)]
    assert sayings == [
        ([1], "1"),
        ([1, 2], "1 2"),
        ([1, 2, 3], "1 2 3"),
        ([1, 2, 3, 4], "1 2 3 4"),
    ]
    assert scene.own_after(3, 2) == [3, 4]


def test_lines_keep_their_remarks_and_what_happens_before() -> None:
    scene = Scene(
        lines=[
            Line("Bev", "Warm.", 1, "sighing"),
            Line("Kit", "(from above) No.", 2, "from above"),
        ],
        row=1,
        directions=[Direction(1, "A bell."), Direction(1, "Or none.", certain=False)],
    )
    lines = lines_of_scene(scene)
    assert [line.text for line in lines] == ["(sighing) Warm.", "(from above) No."]
    assert [line.before for line in lines] == [(), ("A bell.",)]
    assert count_parts([*lines, lines[0]]) == {"Bev": 2, "Kit": 1}
