import pytest
from hypothesis import given
from hypothesis import strategies as st

from characters.prompting import Persona, stop_strings
from characters.prompting.reply_trimmer import ReplyTrimmer

STOPS = stop_strings(Persona("三三", "", "zh", "user"), ["二二"])
BLANK = " \t\r\n"


def trim(*pieces: str, continuing: bool = False) -> str:
    trimmer = ReplyTrimmer("三三", STOPS, continuing=continuing)
    return "".join([*map(trimmer.feed, pieces), trimmer.finish()])


def test_a_plain_reply_passes_unchanged() -> None:
    assert trim("千里之行，", "始于足下嘛。") == "千里之行，始于足下嘛。"


@pytest.mark.parametrize("cue", ["三三：", "三三:", "\n三三： ", "三三：三三:"])
def test_the_repeated_cue_is_stripped(cue: str) -> None:
    assert trim(cue + "知道了") == "知道了"
    assert trim(*cue, "知道了") == "知道了"


def test_the_own_name_without_a_colon_is_part_of_the_reply() -> None:
    assert trim("三三", "知道了") == "三三知道了"
    assert trim("三三") == "三三"


@pytest.mark.parametrize("stop", STOPS)
def test_a_stop_ends_the_reply_wherever_it_is_split(stop: str) -> None:
    text = f"好的{stop}不该出现"
    for at in range(len(text)):
        assert trim(text[:at], text[at:]) == "好的"
    assert trim(*text) == "好的"


def test_what_comes_after_the_end_is_ignored() -> None:
    trimmer = ReplyTrimmer("三三", STOPS)
    assert trimmer.feed("好的\nuser:你") == "好的"
    assert trimmer.ended
    assert trimmer.feed("再说") == trimmer.finish() == ""


@pytest.mark.parametrize("opening", ["二二：", "\n二二:", "user:", " \n二二："])
def test_a_reply_that_opens_as_somebody_else_is_empty(opening: str) -> None:
    assert trim(opening + "姐姐来了") == ""
    assert trim(*opening, "姐姐来了") == ""


def test_another_name_in_mid_line_is_no_stop() -> None:
    assert trim("她说二二：你好") == "她说二二：你好"
    assert trim("先说\n二二来了") == "先说\n二二来了"


def test_an_unfinished_stop_at_the_end_is_text() -> None:
    assert trim("好的\n二") == "好的\n二"
    assert trim("二二") == "二二"


def test_white_space_around_a_reply_goes_and_within_it_stays() -> None:
    assert trim(" \n", " 一 ", "\n\n", "二\n", " ") == "一 \n\n二"
    assert trim("\n \t") == ""
    assert trim() == ""


def test_a_continued_reply_keeps_its_beginning() -> None:
    assert trim(" and", " on", continuing=True) == " and on"
    assert trim("三三：", "好", continuing=True) == "三三：好"
    assert trim("好\n二二：", "不", continuing=True) == "好"


def test_text_is_shown_as_soon_as_it_is_certain() -> None:
    trimmer = ReplyTrimmer("三三", STOPS)
    assert [trimmer.feed(piece) for piece in ("三", "千", "里\n", "二", "月")] == [
        "",
        "三千",
        "里",
        "",
        "\n二月",
    ]


def test_without_stops_only_white_space_and_cue_go() -> None:
    trimmer = ReplyTrimmer("三三", ["", "\n二二："][:1])
    assert trimmer.feed("三三：好\n二二：") + trimmer.finish() == "好\n二二："


# Made of the very parts that stops and cues are made of, so that near misses are common.
texts = st.lists(
    st.sampled_from(["三", "二", "user", "us", ":", "：", "\n", " ", "好", "-----", "\n二二"]),
    max_size=12,
).map("".join)


@given(texts, st.data(), st.booleans())
def test_chunking_never_changes_the_reply_nor_takes_anything_back(
    text: str, data: st.DataObject, continuing: bool
) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))
    pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    whole = trim(text, continuing=continuing)
    trimmer = ReplyTrimmer("三三", STOPS, continuing=continuing)
    shown = ""
    for piece in pieces:
        shown += trimmer.feed(piece)
        assert whole.startswith(shown)
    assert shown + trimmer.finish() == whole


@given(texts)
def test_what_holds_for_every_reply(text: str) -> None:
    reply = trim(text)
    assert reply in text
    assert reply == reply.strip(BLANK)
    assert not any(stop in reply for stop in STOPS)
    assert not reply.startswith(("三三：", "三三:", "二二：", "二二:", "user:", "user："))


def test_a_newline_ends_the_reply_where_it_is_a_stop_but_not_before_it_begins() -> None:
    trimmer = ReplyTrimmer("三三", [*STOPS, "\n"])
    assert [trimmer.feed(piece) for piece in ("\n", "你好", "呀。\n\n再", "见")] == [
        "",
        "你好",
        "呀。",
        "",
    ]
    assert trimmer.ended


def test_another_speakers_name_may_open_a_reply_that_is_screened() -> None:
    trimmer = ReplyTrimmer("三三", STOPS, others_open=True)
    pieces = ("\n二二", "：你好。", "\n二二：再见。")
    assert "".join([*map(trimmer.feed, pieces), trimmer.finish()]) == "二二：你好。"
    assert trim(*pieces) == ""
    trimmer = ReplyTrimmer("三三", STOPS, others_open=True)
    assert trimmer.feed("---\n备注") == ""
    assert trimmer.ended
