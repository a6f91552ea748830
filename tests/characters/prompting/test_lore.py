"""Which lore fits, and where it stands: beside the profile, or before which line."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from characters.lorebooks.model import Placement, Position
from characters.prompting.lore import Lore, choose, place_between


def important(*importance: float) -> list[Lore]:
    return [Lore("雾", Placement(), importance=each) for each in importance]


def beside(text: str, position: Position) -> Lore:
    return Lore(text, Placement(position))


def deep(depth: int) -> Lore:
    return Lore("铃", Placement("depth", depth))


@pytest.mark.parametrize(
    ("room", "chosen"),
    [
        (-1, ()),
        (4, ()),
        (5, (2,)),
        (9, (2,)),
        (10, (1,)),
        (14, (1,)),
        (15, (1, 2)),
        (20, (0, 1, 2)),
    ],
)
def test_the_most_important_that_fits_goes_first(room: int, chosen: tuple[int, ...]) -> None:
    """A smaller entry takes the room that a more important one was too large for."""
    assert choose(important(1, 9, 5), [5, 10, 5], room) == chosen


def test_of_equal_ones_the_earlier_goes_first() -> None:
    assert choose(important(1, 1, 1), [5, 5, 5], 12) == (0, 1)
    assert choose(important(-math.inf, math.inf, 0), [5, 5, 5], 12) == (1, 2)


@given(
    entries=st.lists(st.tuples(st.floats(allow_nan=False), st.integers(0, 40)), max_size=6),
    room=st.integers(-10, 150),
)
def test_what_is_chosen_fits_and_what_is_left_out_does_not(
    entries: list[tuple[float, int]], room: int
) -> None:
    costs = [cost for _, cost in entries]
    chosen = choose(important(*(importance for importance, _ in entries)), costs, room)
    assert list(chosen) == sorted(set(chosen))
    left = room - sum(costs[number] for number in chosen)
    assert left >= 0 or not chosen
    assert all(cost > left for number, cost in enumerate(costs) if number not in chosen)


def test_a_depth_counts_the_lines_behind() -> None:
    lore = [deep(0), deep(1), beside("前", "before_char"), deep(9), deep(1)]
    assert place_between(lore, range(5), 3) == {3: [0], 2: [1, 4], 0: [3]}
    assert place_between(lore, (1, 3), 3) == {2: [1], 0: [3]}
    assert place_between(lore, range(5), 0) == {0: [0, 1, 3, 4]}
