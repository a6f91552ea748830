"""Ranked replies become a prompt's examples, addressed by blocks instead of rows."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.turns.packing import (
    PackedExamples,
    all_lines,
    block_id,
    block_span,
    countable_lines,
    pack_examples,
)
from characters.prompting.packing import PackingRoom, Span
from tests.app.search.small_index import ranked

FIRST, SECOND = Span(0, 0, 2), Span(0, 2, 4)
CHINESE, ALONE = Span(1, 0, 2), Span(2, 0, 1)
TEN = dict.fromkeys(
    [
        "Ann: Who keeps the lamp?\n",
        "Ben: I keep the lamp.\n",
        "Ann: Every night?\n",
        "Ben: Every single night.\n",
        "Ann：潮水退了吗？\n",
        "Ben：还没有退。\n",
        "Ben: I talk to the sea.\n",
    ],
    10,
)
"""Every line costs ten tokens, a separator three."""


def packed(
    budget: int, order: tuple[int, ...] = (0, 1, 2, 3), earlier: tuple[int, ...] = (), best: int = 2
) -> PackedExamples:
    return pack_examples(ranked(order), TEN, PackingRoom(budget, 3), earlier, best)


def shown(of: PackedExamples) -> list[tuple[int, list[str]]]:
    return [(example.id, example.lines) for example in of.found.examples]


@given(scene=st.integers(0, 2**31), start=st.integers(0, 1_000), length=st.integers(0, 1_000))
def test_a_blocks_id_is_its_span_and_never_a_rows(scene: int, start: int, length: int) -> None:
    span = Span(scene, start, min(1_000, start + length))
    assert block_id(span) < 0
    assert block_span(block_id(span)) == span


@given(st.integers(min_value=0))
def test_a_rows_id_is_no_block(id: int) -> None:
    assert block_span(id) is None


def test_every_line_that_may_be_shown_is_counted_once_with_its_newline() -> None:
    assert countable_lines(ranked((2, 3))) == [
        "Ann：潮水退了吗？\n",
        "Ben：还没有退。\n",
        "Ben: I talk to the sea.\n",
    ]
    # The second reply may be widened to its window's start, so the first exchange counts too.
    assert countable_lines(ranked((1,))) == list(TEN)[:4]
    assert sorted(countable_lines(ranked())) == sorted(TEN)


def test_all_lines_are_counted_where_they_are_few() -> None:
    assert all_lines(ranked((3,)), 7) == list(TEN)
    assert all_lines(ranked((3,)), 6) is None


def test_the_best_replies_come_first_with_the_lines_before_them() -> None:
    both = packed(43, (2, 0, 1, 3))
    # Two lines, a separator, two lines: three tokens short of another line of the scene.
    assert shown(both) == [
        (block_id(CHINESE), ["Ann：潮水退了吗？", "Ben：还没有退。"]),
        (block_id(FIRST), ["Ann: Who keeps the lamp?", "Ben: I keep the lamp."]),
    ]
    assert both.wanted == 2
    assert both.found.examples[0].key == "user0：潮水退了吗？\nBen：还没有退。"
    assert [example.score for example in both.found.examples] == pytest.approx([1.0, 0.9])


def test_only_the_best_are_wanted() -> None:
    assert packed(100, (2, 0, 3, 1), best=1).wanted == 1
    assert packed(100, (2, 0, 3, 1), best=0).wanted == 0


def test_exchanges_that_touch_are_one_example() -> None:
    [(id, lines)] = shown(packed(40, (1, 0)))
    assert block_span(id) == Span(0, 0, 4)
    assert lines == [line.strip() for line in list(TEN)[:4]]


def test_an_earlier_block_shows_the_exchange_inside_it() -> None:
    whole = block_id(Span(0, 0, 4))
    again = packed(200, (1, 2), earlier=(whole,))
    assert [id for id, _ in shown(again)] == [whole, block_id(CHINESE)]
    assert again.found.others == []


def test_an_earlier_block_no_longer_chosen_is_offered_with_its_best_replys_score() -> None:
    kept = packed(20, (2, 1, 0, 3), earlier=(block_id(Span(0, 0, 4)), block_id(CHINESE)))
    assert [id for id, _ in shown(kept)] == [block_id(CHINESE)]
    [other] = kept.found.others
    assert block_span(other.id) == Span(0, 0, 4)
    assert other.score == pytest.approx(0.9)  # of the second reply; the first has 0.8
    assert other.key == "user0: Every night?\nBen: Every single night."


def test_an_earlier_block_without_a_reply_scores_nothing() -> None:
    kept = packed(20, (2,), earlier=(block_id(Span(0, 2, 3)),))
    [other] = kept.found.others
    assert (other.score, other.key, other.lines) == (0.0, "", ["Ann: Every night?"])


@pytest.mark.parametrize("gone", [Span(5, 0, 2), Span(0, 2, 5), Span(0, 2, 2)])
def test_an_earlier_block_that_the_script_no_longer_has_is_forgotten(gone: Span) -> None:
    assert packed(200, earlier=(block_id(gone),)).found.others == []


def test_an_earlier_block_of_a_scene_to_come_is_forgotten() -> None:
    early = ranked((0,), until_scene=1)
    kept = pack_examples(early, TEN, PackingRoom(20, 3), [block_id(CHINESE)], 2)
    assert kept.found.others == []
    late = ranked((0,), until_scene=2)
    kept = pack_examples(late, TEN, PackingRoom(20, 3), [block_id(CHINESE)], 2)
    assert [other.id for other in kept.found.others] == [block_id(CHINESE)]


def test_a_row_of_another_mode_is_no_earlier_block() -> None:
    # With earlier blocks nothing is widened; a row's id leaves the room to the lines before.
    [(id, _)] = shown(packed(40, (1,), earlier=(7,)))
    assert block_span(id) == Span(0, 0, 4)


def test_decisions_say_what_the_prompt_shows() -> None:
    ranking = ranked((0, 2, 3, 1), irrelevant=(1,))
    made = pack_examples(ranking, TEN, PackingRoom(20, 3), (), 2)
    reasons = [each.reason for each in made.decisions([FIRST], full=False)]
    assert reasons == ["shown", "budget", "budget", "threshold"]
    # A kept block shows the third; the packed one found no room beside it.
    reasons = [each.reason for each in made.decisions([ALONE], full=False)]
    assert reasons == ["budget", "budget", "shown", "threshold"]
    # Of a block around it, the second reply is shown too.
    reasons = [each.reason for each in made.decisions([Span(0, 0, 4)], full=False)]
    assert reasons == ["shown", "budget", "budget", "shown"]
    # A packed one that has no place among as many as the model can bear is one too many.
    reasons = [each.reason for each in made.decisions([], full=True)]
    assert reasons == ["rank", "budget", "budget", "threshold"]


@pytest.mark.parametrize("budget", [0, 9, 10, 33, 56, 76])
def test_the_packed_lines_and_separators_never_exceed_the_room(budget: int) -> None:
    for order in permutations(range(4)):
        found = packed(budget, order).found.examples
        lines = sum(len(example.lines) for example in found)
        assert 10 * lines + 3 * max(0, len(found) - 1) <= budget
        assert len({example.id for example in found}) == len(found)
