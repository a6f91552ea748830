"""Quotation marks around a speech, and headings between scenes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from characters.scripts.headings import heading_title, is_heading, is_heading_prefix
from characters.scripts.quotes import drop_opening, find_unclosed, unquote


@pytest.mark.parametrize(
    ("text", "inner"),
    [
        ("“好”", "好"),
        ("『 好 』", "好"),
        ("«Non.»", "Non."),
        ('"No."', "No."),
        ("“他说「走」。”", "他说「走」。"),
        ("（笑）「好」", "（笑）好"),
        ("*sighs* (low) “No.”", "*sighs* (low) No."),
    ],
)
def test_one_pair_around_everything_is_taken_off(text: str, inner: str) -> None:
    assert unquote(text) == inner


@pytest.mark.parametrize(
    "text",
    ["", '"', "“”", "「 」", "“a", "a”", "“a」", '"a" and "b"', "“Yes,” he said, “no.”", "he “a”"],
)
def test_anything_else_stays(text: str) -> None:
    assert unquote(text) == text


@given(st.text(st.sampled_from("三A （()*.“”「」«»\"'"), max_size=12).map(str.strip).filter(bool))
def test_a_speech_never_becomes_silent(text: str) -> None:
    bare = unquote(text)
    assert bare
    assert len(bare) <= len(text)


@pytest.mark.parametrize(
    ("text", "mark"),
    [("“a", "”"), ('"a', '"'), ("（笑）「雾", "」"), ("“a”", None), ("a“", None), ("", None)],
)
def test_which_mark_would_close_a_quotation(text: str, mark: str | None) -> None:
    assert find_unclosed(text) == mark


@pytest.mark.parametrize(("text", "rest"), [("“ hi", "hi"), ("（笑）「雾", "（笑）雾"), ("“", "")])
def test_the_opening_mark_alone_is_taken_off(text: str, rest: str) -> None:
    assert drop_opening(text) == rest


@pytest.mark.parametrize(
    ("row", "title"),
    [
        ("# The end #", "The end"),
        ("--- later ---", "later"),
        ("第三场 街", "第三场 街"),
        ("* * *", None),
        ("～～～", "～～～"),
        ("# " + "x" * 200, "x" * 120),
    ],
)
def test_the_title_of_a_heading(row: str, title: str | None) -> None:
    assert heading_title(row) == title


def test_a_long_row_is_prose_unless_it_is_a_rule() -> None:
    assert is_heading("Scene 3 " + "x" * 112)
    assert not is_heading("Scene 3 " + "x" * 113)
    assert is_heading("-" * 300)
    assert not is_heading("#" * 300)


@pytest.mark.parametrize(
    "prefix",
    ["第三场", "第三场 街", "INT. KITCHEN", "Scene 3", "Scene 3 - The dock", "---", "尾声", "场景"],
)
def test_what_stands_before_the_colon_of_a_heading(prefix: str) -> None:
    assert is_heading_prefix(prefix)


@pytest.mark.parametrize("prefix", ["Act 3 Guard", "Part one's owner", "第三者", "Interior"])
def test_what_stands_before_the_colon_of_a_line(prefix: str) -> None:
    assert not is_heading_prefix(prefix)
