"""One row of dialogue: whose it is, what is said, and how it is shown again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from characters.scripts.lines import (
    LONG_SPEAKER,
    NO_SPEAKER,
    NO_TEXT,
    Refusal,
    SpeakerName,
    find_colon,
    read_line,
    read_speaker,
    reject,
)
from characters.scripts.model import Line, Rejection


@pytest.mark.parametrize(
    ("text", "index"),
    [("a：b:c", 1), ("a:b：c", 1), ("：", 0), ("none", -1), ("", -1), ("三三 ：好", 3)],
)
def test_the_first_colon_of_either_width(text: str, index: int) -> None:
    assert find_colon(text) == index


@pytest.mark.parametrize(
    ("prefix", "name"),
    [
        (" 三三\u3000", SpeakerName("三三")),
        ("\ufeff\u200b Anna \u200b\t", SpeakerName("Anna")),
        ("e\u0301" * 40, SpeakerName("é" * 40)),  # forty once composed
        ("（旁白）", SpeakerName("（旁白）")),  # brackets without a name before them
        ("MARY (V.O.) (softly)", SpeakerName("MARY", "(V.O.) (softly)", "V.O., softly")),
        ("Anna ()", SpeakerName("Anna", "()", None)),
        (f"{'x' * 40}（小声）", SpeakerName("x" * 40, "（小声）", "小声")),
        ("", NO_SPEAKER),
        ("\u200b \ufeff", NO_SPEAKER),
        ("x" * 41, LONG_SPEAKER),
    ],
)
def test_who_speaks(prefix: str, name: SpeakerName | Refusal) -> None:
    assert read_speaker(prefix) == name


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("三三：好", Line("三三", "好", 7, None, "：")),
        ("Anna:  hi ", Line("Anna", "hi", 7, None, ": ")),
        ("Anna:\thi", Line("Anna", "hi", 7, None, ":")),
        ("Anna:he said：no", Line("Anna", "he said：no", 7, None, ":")),
        ("三三：(3:2) 好", Line("三三", "(3:2) 好", 7, "3:2", "：")),
        ("三三（小声）：好", Line("三三", "（小声）好", 7, "小声", "：")),
        ("Anna (softly): hi", Line("Anna", "(softly) hi", 7, "softly", ": ")),
        ("Anna (softly):hi", Line("Anna", "(softly)hi", 7, "softly", ":")),
        (
            "Anna (softly): (sighs) no",
            Line("Anna", "(softly) (sighs) no", 7, "softly, sighs", ": "),
        ),
        ("Anna: *waves* hi", Line("Anna", "*waves* hi", 7, "waves", ": ")),
        ("Anna: **loud** hi", Line("Anna", "**loud** hi", 7, None, ": ")),
        ("Anna: () hi", Line("Anna", "() hi", 7, None, ": ")),
    ],
)
def test_what_is_said(source: str, line: Line) -> None:
    assert read_line(7, source) == line


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("nobody speaks", "no_colon"),
        (": hi", "no_speaker"),
        (f"{'x' * 121}: hi", "no_speaker"),
        (f"{'x' * 41}：hi", "no_speaker"),
        ("Anna: \u3000", "no_text"),
        ("Anna: \0", "control_character"),
        ("An\0na: hi", "control_character"),
    ],
)
def test_what_is_no_line(source: str, code: str) -> None:
    rejection = read_line(7, source)
    assert isinstance(rejection, Rejection)
    assert (rejection.row, rejection.text, rejection.code) == (7, source, code)


def test_a_rejection_keeps_two_hundred_characters_of_its_row() -> None:
    assert reject(1, "雾" * 201, NO_TEXT).text == "雾" * 200


pieces = st.text(st.sampled_from("三A é*()（）[]{}<>O.SV “—"), min_size=1, max_size=9)


@given(pieces, st.sampled_from(["：", ":", ": "]), pieces)
def test_a_line_reads_the_same_as_it_is_shown(before: str, colon: str, text: str) -> None:
    line = read_line(1, f"{before}{colon}{text}")
    if isinstance(line, Line):
        assert read_line(1, line.render()) == line
