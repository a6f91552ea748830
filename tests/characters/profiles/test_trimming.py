"""Drafted profiles: whole sentences, none twice, not too many."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from characters.language import reading_length
from characters.profiles import ProfileTrimmer


def trimmed(opening: str, *pieces: str, cut_off: bool = False) -> list[str]:
    trimmer = ProfileTrimmer()
    trimmer.begin(opening)
    told = [trimmer.feed(piece) for piece in pieces]
    return [*filter(None, told), *filter(None, [trimmer.finish(cut_off=cut_off)])]


def test_sentences_are_told_when_they_are_complete() -> None:
    assert trimmed("老周是", "修钟", "的师傅。他话", "少。", "不爱过年") == [
        "老周是修钟的师傅。",
        "他话少。",
        "不爱过年",
    ]
    assert trimmed("Nora is", " a clock", "maker. She", " is dry.") == [
        "Nora is a clockmaker.",
        " She is dry.",
    ]


def test_what_was_cut_off_in_mid_sentence_is_left_out() -> None:
    assert trimmed("Nora is", " old. She", cut_off=True) == ["Nora is old."]
    assert trimmed("Nora is", " old and", cut_off=True) == ["Nora is old and"]  # all there is


def test_a_closing_quote_belongs_to_its_sentence() -> None:
    assert trimmed("他说", "“走吧。", "”然后走了。") == ["他说“走吧。”", "然后走了。"]


def test_a_sentence_does_not_end_inside_a_quotation() -> None:
    assert trimmed("他说", "“走吧。现在就走！”然后", "走了。", "完") == [
        "他说“走吧。现在就走！”",
        "然后走了。",
        "完",
    ]
    assert trimmed("He", ' says "Go. Now!" and', " goes.") == ['He says "Go. Now!"', " and goes."]
    # One that is never closed does not hold the rest back.
    assert len(trimmed("他说", "“走吧。", *[f"到了第{n}里路。" for n in range(60)])) > 20


def test_what_says_the_same_again_is_dropped_and_twice_ends_it() -> None:
    told = trimmed(
        "Nora is",
        " a clockmaker. ",
        "Nora is a clockmaker! ",
        "She is old. ",
        "She IS old. ",
        "So.",
    )
    assert told == ["Nora is a clockmaker.", " She is old."]


def test_an_engine_that_begins_anew_is_taken_at_its_word() -> None:
    assert trimmed("Nora is", "Nora is a clockmaker. So.")[0] == "Nora is a clockmaker."


def test_a_blank_line_ends_it() -> None:
    assert trimmed("老周是", "修钟的。\n\n", "小满：你好。") == ["老周是修钟的。"]


def test_nothing_said_is_nothing() -> None:
    assert trimmed("Nora is") == []


SENTENCES = st.lists(st.text(alphabet="ab 钟表.。!\n”", max_size=30), max_size=60)


@given(SENTENCES)
def test_every_draft_is_bounded_and_made_of_what_was_said(pieces: list[str]) -> None:
    told = "".join(trimmed("Nora is", *pieces))
    said = "Nora is" + "".join(pieces)
    remaining = iter(said)
    assert all(letter in remaining for letter in told)  # in order, something left out
    assert reading_length(told) <= 400 + reading_length(said.split("。")[0])


@pytest.mark.parametrize("sentence", ["很好。", "She was there again. "])
def test_going_round_in_circles_ends_at_the_second_time(sentence: str) -> None:
    trimmer = ProfileTrimmer()
    trimmer.begin("Nora is")
    fed = 0
    while not trimmer.ended:
        trimmer.feed(sentence)
        fed += 1
        assert fed < 6
