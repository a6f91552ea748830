"""Exchanges into a prompt's room."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from characters.prompting.packing import (
    Block,
    Candidate,
    PackingRoom,
    Reason,
    Span,
    in_previous_order,
    pack,
)

LINES = {
    0: ["a0", "m1", "a2", "m3", "a4", "m5"],
    1: ["b0", "m1", "b2", "m3"],
    2: ["a0", "m1"],  # what scene 0 begins with
}


def show(scene: int, at: int) -> str:
    return LINES[scene][at]


def ten(_: int, __: int) -> int:
    return 10


def exchange(number: int, scene: int, reply: int, score: float = 1.0, **more: bool) -> Candidate:
    """A reply with the line before; its window is all the scene."""
    span = Span(scene, reply - 1, reply + 1)
    return Candidate(number, span, Span(scene, 0, len(LINES[scene])), score, **more)


def reasons(packing_of: list[Candidate], room: PackingRoom) -> list[Reason]:
    return [decision.reason for decision in pack(packing_of, show, ten, room).decisions]


def test_touching_exchanges_become_one_block() -> None:
    ranked = [exchange(5, 0, 1, 3.0), exchange(6, 1, 3, 2.0), exchange(7, 0, 3, 1.0)]
    packed = pack(ranked, show, ten, PackingRoom(budget=63, separator=3))
    assert packed.blocks == [Block(Span(0, 0, 4), 3.0, (5, 7)), Block(Span(1, 2, 4), 2.0, (6,))]
    assert packed.tokens == 6 * 10 + 3


def test_what_does_not_fit_is_passed_over() -> None:
    ranked = [exchange(0, 0, 1), exchange(1, 1, 3), exchange(2, 0, 3)]
    # The second needs a separator, the third touches the first.
    assert reasons(ranked, PackingRoom(budget=40, separator=3)) == ["shown", "budget", "shown"]


def test_each_candidate_has_its_reason() -> None:
    ranked = [
        exchange(0, 0, 1),
        exchange(1, 2, 1),
        exchange(2, 0, 5, relevant=False),
        exchange(3, 1, 1),
        exchange(4, 1, 3),
    ]
    found = reasons(ranked, PackingRoom(budget=1_000, separator=3, most=2))
    assert found == ["shown", "duplicate", "threshold", "shown", "rank"]


def test_ranks_and_scores_are_told() -> None:
    ranked = [exchange(8, 0, 1, 0.5), exchange(3, 1, 1, 0.25)]
    decisions = pack(ranked, show, ten, PackingRoom(budget=20, separator=3)).decisions
    assert [(d.reply, d.rank, d.score) for d in decisions] == [(8, 1, 0.5), (3, 2, 0.25)]


def test_room_that_is_left_goes_to_the_lines_before_the_best() -> None:
    ranked = [exchange(0, 0, 5), exchange(1, 1, 3)]
    packed = pack(ranked, show, ten, PackingRoom(budget=2 * 20 + 3 + 25, separator=3))
    assert [block.span for block in packed.blocks] == [Span(0, 2, 6), Span(1, 2, 4)]


def test_widening_may_join_blocks_and_stops_at_the_window() -> None:
    ranked = [exchange(0, 0, 1), exchange(1, 0, 5)]
    packed = pack(ranked, show, ten, PackingRoom(budget=1_000, separator=3))
    assert packed.blocks == [Block(Span(0, 0, 6), 1.0, (0, 1))]
    assert packed.tokens == 60


def test_nothing_fits_in_no_room() -> None:
    packed = pack([exchange(0, 0, 1)], show, ten, PackingRoom(budget=19, separator=0))
    assert (packed.blocks, packed.tokens) == ([], 0)


PLENTY = PackingRoom(budget=1_000, separator=3)


def test_exchanges_of_an_earlier_prompt_are_shown_by_its_blocks() -> None:
    ranked = [exchange(1, 0, 3, 3.0), exchange(4, 1, 1, 2.0), exchange(2, 0, 5, 1.0)]
    packed = pack(ranked, show, ten, PLENTY)
    blocks, holding = in_previous_order(packed, [Span(0, 1, 6), Span(1, 1, 4)], 2)
    assert blocks == [Block(Span(0, 1, 6), 3.0, (1, 2)), Block(Span(1, 0, 2), 2.0, (4,))]
    assert holding == 2


def test_what_an_earlier_prompt_did_not_show_stands_by_itself_the_best_apart() -> None:
    ranked = [exchange(1, 0, 3), exchange(4, 1, 1), exchange(0, 0, 1), exchange(5, 1, 3)]
    packed = pack(ranked, show, ten, PLENTY)
    blocks, holding = in_previous_order(packed, [Span(2, 0, 2)], 3)
    assert [block.span for block in blocks] == [Span(0, 0, 4), Span(1, 0, 2), Span(1, 2, 4)]
    assert holding == 2


def test_a_first_prompt_has_the_blocks_as_they_are_packed() -> None:
    ranked = [exchange(0, 0, 5), exchange(1, 1, 3)]
    packed = pack(ranked, show, ten, PLENTY)
    assert in_previous_order(packed, [], 1) == (packed.blocks, 1)


places = [(scene, at) for scene, lines in LINES.items() for at in range(1, len(lines), 2)]


@settings(deadline=None)
@given(
    st.permutations(range(len(places))),
    st.integers(0, 200),
    st.integers(0, 15),
    st.lists(st.integers(1, 30), min_size=6, max_size=6),
)
def test_the_budget_holds_and_what_is_shown_is_whole(
    order: list[int], budget: int, separator: int, costs: list[int]
) -> None:
    def cost(scene: int, at: int) -> int:
        return costs[int(show(scene, at)[1])]

    ranked = [exchange(number, *places[number]) for number in order]
    packed = pack(ranked, show, cost, PackingRoom(budget, separator))
    spans = [block.span for block in packed.blocks]
    lines = sum(cost(s.scene, at) for s in spans for at in range(s.start, s.stop))
    assert packed.tokens == lines + separator * max(0, len(spans) - 1) <= budget
    shown = [(s.scene, at) for s in spans for at in range(s.start, s.stop)]
    assert len(shown) == len(set(shown))
    starts = {(s.scene, s.start) for s in spans}
    assert not any((s.scene, s.stop) in starts for s in spans)  # touching ones are merged
    told = {decision.reply: decision.reason for decision in packed.decisions}
    assert set(told) == set(order)
    for block in packed.blocks:
        for reply in block.replies:
            assert told[reply] == "shown"
            assert block.span.contains(ranked[order.index(reply)].exchange)
    assert sum(len(block.replies) for block in packed.blocks) == list(told.values()).count("shown")


@pytest.mark.parametrize("budget", [19, 20])
def test_an_exchange_is_shown_whole_or_not(budget: int) -> None:
    packed = pack([exchange(0, 1, 3)], show, ten, PackingRoom(budget, 3))
    assert bool(packed.blocks) == (budget == 20)
