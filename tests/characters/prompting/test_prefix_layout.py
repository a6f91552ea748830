"""Which examples are shown, and where. Expectations by hand, and laws over whole conversations."""

import math
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from characters.prompting.prefix_layout import PrefixLayout, lay_out_prefix

TEN = list(range(10))
PLENTY: dict[str, Any] = {"room": 10_000, "budget": 10_000, "most": 100}
COSTS = [10] * 100


def test_the_first_prompt_shows_the_wanted_as_they_are_ranked() -> None:
    assert lay_out_prefix([3, 1, 2], [], COSTS, **PLENTY) == PrefixLayout((), (3, 1, 2))


def test_the_first_that_does_not_fit_ends_the_list() -> None:
    costs = [10, 50, 10]
    fitting = lay_out_prefix([0, 1, 2], [], costs, room=30, budget=100, most=100)
    assert fitting == PrefixLayout((), (0,))


def test_another_order_moves_nothing() -> None:
    assert lay_out_prefix(TEN[::-1], TEN, COSTS, **PLENTY) == PrefixLayout(tuple(TEN), ())


def test_one_in_ten_may_be_missing_unless_it_is_among_the_best() -> None:
    assert lay_out_prefix([*range(9), 20], TEN, COSTS, **PLENTY).added == ()
    assert lay_out_prefix([20, *range(9)], TEN, COSTS, **PLENTY).added == (20,)


def test_where_one_must_be_added_all_are_as_far_as_there_is_room() -> None:
    wanted = [20, 0, 1, 2, 3, 4, 21, 22, 5, 23]
    assert lay_out_prefix(wanted, TEN, COSTS, **PLENTY) == PrefixLayout(
        tuple(TEN), (20, 21, 22, 23)
    )
    # Only as many as the law wants where room must be made: for 22, but not for 23.
    tight = lay_out_prefix(wanted, TEN, COSTS, room=120, budget=160, most=100)
    assert tight == PrefixLayout((0, 1, 2, 3, 4, 5, 6, 7, 8), (20, 21, 22))


def test_what_is_not_wanted_fills_what_room_is_left() -> None:
    ranked = [3, 1, 2, 7, 8, 9]
    costs = [10] * 8 + [60, 10]
    first = lay_out_prefix(ranked, [], costs, room=70, budget=160, most=100, wanted=2)
    assert first == PrefixLayout((), (3, 1, 2, 7, 9))
    # As long as the wanted ones are there, nothing is filled and nothing moves.
    again = lay_out_prefix(
        [9, 7, 4, 5, 6], first.shown, costs, room=60, budget=160, most=100, wanted=2
    )
    assert again == PrefixLayout(first.shown, ())
    # 4 is missing: 2 makes room, and what is best of the others fills no more than that.
    other = lay_out_prefix(
        [4, 7, 5, 6], first.shown, costs, room=50, budget=160, most=100, wanted=2
    )
    assert other == PrefixLayout((3, 1, 2, 7), (4,))


def test_a_first_prompt_fills_all_its_room_and_no_more_than_a_model_bears() -> None:
    # A step is a sixteenth of 1,600: rounded to it, of 350 only 300 would be filled.
    filled = lay_out_prefix(range(40), [], COSTS, room=350, budget=1_600, most=100, wanted=5)
    assert len(filled.shown) == 35
    # A later one whose dialogue leaves ever less room fills whole steps, so that they last ...
    bounds: dict[str, Any] = {"room": 350, "budget": 1_600, "most": 100, "wanted": 5}
    later = [*range(20, 40), *range(20)]
    assert len(lay_out_prefix(later, TEN, COSTS, **bounds).shown) == 30
    # ... and one whose room is bounded by a setting fills all of it: it stays as large.
    assert len(lay_out_prefix(later, TEN, COSTS, **bounds, shrinking=False).shown) == 35
    assert lay_out_prefix(range(40), [], COSTS, room=350, budget=1_600, most=3, wanted=5).shown == (
        0,
        1,
        2,
    )


def test_room_is_made_from_the_back_and_the_longest_beginning_stays() -> None:
    # Eleven cannot be shown; of what nobody wants, 6 and 9, the latter stands farther back.
    wanted = [20, 0, 1, 2, 3, 4, 5, 7, 8]
    arrangement = lay_out_prefix(wanted, TEN, COSTS, room=10_000, budget=10_000, most=10)
    assert arrangement == PrefixLayout((0, 1, 2, 3, 4, 5, 6, 7, 8), (20,))


def test_what_is_not_wanted_goes_all_at_once_where_only_that_makes_room() -> None:
    arrangement = lay_out_prefix([5, 6], [0, 1, 5], COSTS, room=20, budget=100, most=100)
    assert arrangement == PrefixLayout((5,), (6,))


def test_a_shrinking_room_moves_examples_once_a_step() -> None:
    """The budget is 1,600, a step 100; the dialogue takes 40 more each turn."""
    places, lengths = list(range(40)), []
    for turn in range(10):
        shown = lay_out_prefix(
            TEN, places, COSTS, room=400 - 40 * turn, budget=1_600, most=100
        ).shown
        places = list(shown)
        lengths.append(len(shown))
    assert lengths == [40, 30, 30, 20, 20, 20, 10, 10, 8, 4]


def test_what_fits_stays_though_the_room_is_no_whole_step() -> None:
    bounds: dict[str, Any] = {"budget": 1_600, "most": 100, "wanted": 5}
    first = lay_out_prefix(range(40), [], COSTS, room=350, **bounds).shown
    assert lay_out_prefix(range(40), first, COSTS, room=350, **bounds).kept == first
    # The dialogue has grown: two steps and a half are left, and whole ones are used.
    assert len(lay_out_prefix(range(40), first, COSTS, room=250, **bounds).shown) == 20


@pytest.mark.parametrize("most", [1, 5])
def test_a_model_that_bears_few_is_shown_just_the_wanted(most: int) -> None:
    arrangement = lay_out_prefix(TEN[::-1], [9, 0, 8], COSTS, room=1_000, budget=1_000, most=most)
    assert set(arrangement.shown) == set(TEN[::-1][:most])


rankings = st.lists(
    st.permutations(range(30)).map(lambda order: order[:12]), min_size=1, max_size=8
)


@given(
    rankings=rankings,
    costs=st.lists(st.integers(1, 60), min_size=30, max_size=30),
    room=st.integers(0, 1_500),
    growth=st.integers(0, 80),
    most=st.integers(1, 36),
    wanted=st.none() | st.integers(1, 12),
    shrinking=st.booleans(),
)
def test_laws_of_every_conversation(
    rankings: list[list[int]],
    costs: list[int],
    room: int,
    growth: int,
    most: int,
    wanted: int | None,
    shrinking: bool,
) -> None:
    places: tuple[int, ...] = ()
    for turn, ranked in enumerate(rankings):
        left = max(0, room - growth * turn)
        lay_out = partial(
            lay_out_prefix, costs=costs, room=left, budget=2_000, most=most, shrinking=shrinking
        )
        plain = lay_out(ranked[:wanted], ()).shown
        arrangement = lay_out(ranked, places, wanted=wanted)
        shown = arrangement.shown
        # Never over the room, never twice the same, never below nine in ten of the plain ones.
        assert sum(costs[number] for number in shown) <= left
        assert len(set(shown)) == len(shown) <= most
        assert len(set(shown) & set(plain)) >= math.ceil(0.9 * len(plain))
        assert set(plain[: len(plain) // 4]) <= set(shown)
        # What stays, stays in its order; only wanted ones come in.
        assert list(arrangement.kept) == [n for n in places if n in arrangement.kept]
        assert set(arrangement.added) <= set(ranked)
        # The same again for the same turn: a reply made anew has the same prompt.
        again = lay_out(ranked, places, wanted=wanted)
        assert again == arrangement
        # And where nothing changes, nothing moves.
        if shown:
            settled = lay_out(ranked, shown, wanted=wanted)
            assert settled == PrefixLayout(shown, ())
        places = shown
