"""Text broken at a fixed width: how wide rows are, where they were broken, how they are joined."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from characters.scripts.text.indentation import is_indented_continuation
from characters.scripts.text.wrapping import find_wrap_width, is_full, join_rows, measure

FULL = "ab " * 13 + "ab"  # 41 columns, and words of two
SHORT = "ab cd"


@pytest.mark.parametrize(
    ("text", "columns"),
    [("", 0), ("abc", 3), ("三三", 4), ("Ａ：", 4), ("é…", 2), ("三a三", 5)],
)
def test_a_wide_character_takes_two_columns(text: str, columns: int) -> None:
    assert measure(text) == columns


@pytest.mark.parametrize(
    ("above", "row", "width", "full"),
    [
        ("x" * 38, "word next", 42, True),  # 38 + a space + 4
        ("x" * 38, "word next", 43, False),
        ("x" * 38 + "   ", "   word", 42, True),
        ("雾" * 19, "散了", 40, False),  # no space between ideographs
        ("雾" * 19, "散。了", 40, True),  # a full stop never begins a row
        ("x" * 39, "雾", 40, True),
        ("x" * 80, "   ", 40, False),
    ],
)
def test_a_row_is_full_if_the_next_word_had_no_room(
    above: str, row: str, width: int, full: bool
) -> None:
    assert is_full(above, row, width) is full


def test_the_width_is_the_one_that_rows_reach() -> None:
    assert find_wrap_width([FULL] * 5, [False, *[True] * 4]) == 41
    assert find_wrap_width([FULL] * 4, [False, *[True] * 3]) is None  # three prove nothing


def test_rows_that_begin_something_new_or_follow_a_blank_one_prove_nothing() -> None:
    assert find_wrap_width([FULL] * 9, [False] * 9) is None
    assert find_wrap_width([FULL, " "] * 9, [True] * 18) is None


@pytest.mark.parametrize(("columns", "width"), [(39, None), (40, 40), (120, 120), (121, None)])
def test_only_usual_widths_are_taken_for_one(columns: int, width: int | None) -> None:
    assert find_wrap_width(["x" * columns] * 5, [True] * 5) == width


def test_so_many_rows_must_be_full() -> None:
    """Of ten continuations, two follow a row with room for more."""
    rows = [FULL, FULL, SHORT, FULL, FULL, FULL, SHORT, FULL, FULL, FULL, FULL]
    assert find_wrap_width(rows, [True] * 11) is None
    assert find_wrap_width(rows, [True] * 11, share=0.8) == 41


@pytest.mark.parametrize(
    ("text", "more", "joined"),
    [
        ("", "b", "b"),
        ("a", "b", "a b"),
        ("雾", "散", "雾散"),
        ("a", "散", "a散"),
        ("。", "x", "。x"),
        ("é", "b", "é b"),
    ],
)
def test_rows_are_joined_as_they_are_written(text: str, more: str, joined: str) -> None:
    assert join_rows(text, more) == joined


@given(st.text(min_size=1), st.text(min_size=1))
def test_joining_loses_nothing(text: str, more: str) -> None:
    assert join_rows(text, more) in (text + more, f"{text} {more}")


@pytest.mark.parametrize(
    ("first", "said", "row", "goes_on"),
    [
        ("Anna: I see", "I see", "      Two ships.", True),  # right below “I see”
        ("Anna: I see", "I see", "     Two ships.", False),
        ("Anna: I see", "I see", "  two ships.", True),  # a small letter goes on
        ("Anna: I see", "I see", " two ships.", False),
        ("Anna: I see,", "I see,", "  Two ships.", True),
        ("    Anna: I see,", "I see,", "     Two ships.", False),
        ("    Anna: I see,", "I see,", "      Two ships.", True),
        ("Anna:\tI see", "I see", "\tTwo ships.", True),  # both stand in column 8
        ("三三：雾", "雾", "\u3000\u3000\u3000散了。", True),
        ("三三：雾", "雾", "      散了。", True),  # six columns, however they are filled
        ("三三：雾", "雾", "\u3000\u3000散了。", False),
        ("三三：雾、", "雾、", "\u3000散了。", True),
    ],
)
def test_an_indented_row_goes_on_below_what_is_said_or_in_mid_sentence(
    first: str, said: str, row: str, goes_on: bool
) -> None:
    found = is_indented_continuation(row, row.strip(), first=first, said=said, so_far=said)
    assert found is goes_on


def test_what_was_said_last_decides_whether_a_sentence_is_open() -> None:
    open_, closed = "I see a ship,", "I see a ship, a big one."
    for so_far, goes_on in ((open_, True), (closed, False)):
        assert goes_on is is_indented_continuation(
            "   Two.", "Two.", first=f"Anna: {open_}", said=open_, so_far=so_far
        )
