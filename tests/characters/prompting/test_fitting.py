"""What of history and examples fits into a budget of tokens, counted by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from characters.prompting.fitting import Costs, Fitted, fit
from characters.prompting.prefix_layout import PrefixLayout
from characters.prompting.prompt import PreviousExamples, PromptTooLongError

TEN_LINES = Costs(frame=100, history=[10] * 10, examples=[20, 20, 20])


def shown(fitted: Fitted) -> tuple[int, tuple[int, ...], int]:
    return fitted.history_from, fitted.layout.shown, fitted.tokens


@pytest.mark.parametrize(
    ("budget", "expected"),
    [
        (260, (0, (0, 1, 2), 260)),
        (259, (0, (0, 1), 240)),
        (200, (0, (), 200)),
        # A token too many: a quarter of the 99 for history is 24, which three lines make up.
        (199, (3, (0,), 190)),
        # 50 too many of 50: in steps of 12, 60 must go, six lines; 10 are left.
        (150, (6, (), 140)),
        (110, (9, (), 110)),
    ],
)
def test_examples_go_first_then_history_by_blocks(
    budget: int, expected: tuple[int, tuple[int, ...], int]
) -> None:
    assert shown(fit(TEN_LINES, [0, 1, 2], None, None, budget)) == expected


def test_the_newest_line_stays_even_where_a_block_would_take_it() -> None:
    costs = Costs(frame=0, history=[5, 500], examples=[])
    assert shown(fit(costs, [], None, None, 500)) == (1, (), 500)


@pytest.mark.parametrize(("history", "needed"), [([], 100), ([50, 7], 107)])
def test_frame_and_newest_line_must_fit(history: list[int], needed: int) -> None:
    costs = Costs(frame=100, history=history, examples=[1])
    assert fit(costs, [0], None, None, needed).tokens == needed
    with pytest.raises(PromptTooLongError, match=f"{needed} tokens and {needed - 1} fit") as error:
        fit(costs, [0], None, None, needed - 1)
    assert (error.value.needed, error.value.budget) == (needed, needed - 1)


def test_the_ranking_decides_and_what_is_not_ranked_is_not_shown() -> None:
    assert shown(fit(TEN_LINES, [2, 0], None, None, 1_000))[1] == (2, 0)
    assert shown(fit(TEN_LINES, [2, 0, 1], 2, None, 1_000))[1] == (2, 0)


def test_the_room_for_examples_may_be_bounded_beside_the_budget() -> None:
    fitted = fit(TEN_LINES, [0, 1, 2], None, PreviousExamples(room=41), 1_000)
    assert shown(fitted) == (0, (0, 1), 240)
    # The room of an earlier prompt that the dialogue has taken since gives nothing.
    assert shown(fit(TEN_LINES, [0, 1, 2], None, PreviousExamples(room=41), 219)) == (0, (), 200)


def test_earlier_examples_keep_their_positions() -> None:
    fitted = fit(TEN_LINES, [0, 1, 2], None, PreviousExamples(positions=[2, 1]), 1_000)
    assert fitted.layout == PrefixLayout((2, 1), (0,))


@given(
    frame=st.integers(0, 50),
    history=st.lists(st.integers(1, 60), max_size=8),
    examples=st.lists(st.integers(1, 60), min_size=4, max_size=4),
    ranked=st.permutations(range(4)),
    positions=st.permutations(range(4)).map(lambda order: order[:2]),
    most=st.none() | st.integers(0, 4),
    room=st.none() | st.integers(0, 100),
    budget=st.integers(0, 400),
)
def test_whatever_fits_adds_up_to_no_more_than_the_budget(
    frame: int,
    history: list[int],
    examples: list[int],
    ranked: list[int],
    positions: list[int],
    most: int | None,
    room: int | None,
    budget: int,
) -> None:
    costs = Costs(frame, history, examples)
    newest = sum(history[-1:])
    if frame + newest > budget:
        with pytest.raises(PromptTooLongError):
            fit(costs, ranked, most, PreviousExamples(positions=positions, room=room), budget)
        return
    fitted = fit(costs, ranked, most, PreviousExamples(positions=positions, room=room), budget)
    start, numbers, tokens = shown(fitted)
    said, demonstrated = sum(history[start:]), sum(examples[number] for number in numbers)
    assert frame + said + demonstrated == tokens <= budget
    assert said >= newest
    assert demonstrated <= (budget if room is None else room)
    assert len(set(numbers)) == len(numbers) <= (4 if most is None else most)
    if frame + sum(history) <= budget:
        assert start == 0
