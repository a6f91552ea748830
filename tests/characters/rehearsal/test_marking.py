"""Which words of a line count as missed, whatever was typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from characters.rehearsal.marking import mark
from characters.rehearsal.words import forms, pieces

LINE = "No advert worth answering has ever mentioned the horse."
CHINESE = "没有多出过一个字，今天多了十二个。"


def marked(line: str, typed: str) -> list[tuple[str, str]]:
    return [(piece.text, piece.mark) for piece in mark(line, typed).pieces]


def missed(line: str, typed: str) -> list[str]:
    return [text.strip() for text, kind in marked(line, typed) if kind == "missed"]


def test_a_line_said_as_it_stands_is_right() -> None:
    found = mark(LINE, LINE)
    assert {piece.mark for piece in found.pieces} == {"right"}
    assert (found.words, found.wrong) == (9, 0)


@pytest.mark.parametrize(
    ("line", "typed"),
    [
        (LINE, "no advert worth answering has ever mentioned the horse"),
        (LINE, "NO ADVERT — worth answering; has ever\nmentioned the “horse”!"),
        (LINE, "Ｎｏ　ａｄｖｅｒｔ worth answering has ever mentioned the horse．"),
        ("It's all in the hocks.", "its all in the hocks"),
        ("It’s all in the hocks.", "It's all in the hocks"),
        ("Thirty-nine winters.", "thirty nine winters"),
        ("(after a silence) I'm splendid, thank you.", "I'm splendid thank you"),
        ("I'm splendid, thank you.", "(after a silence) I'm splendid, thank you."),
        ("*bows* Goodnight, Beverley.", "goodnight beverley"),
        (CHINESE, "没有多出过一个字今天多了十二个"),
        (CHINESE, "没有多出过一个字,今天 多了十二个."),
        ("（听了听）红薯不响呀，站长！", "红薯不响呀站长"),
        ("ドアを開けて。", "ト\u3099アを開けて"),
        ("ドアを開けて。", "ﾄﾞｱを開けて"),
        ("Straße 41, bitte.", "STRASSE ４１ bitte"),
    ],
)
def test_punctuation_case_and_width_are_forgiven(line: str, typed: str) -> None:
    assert mark(line, typed).wrong == 0


@pytest.mark.parametrize(
    ("line", "typed"),
    [
        (CHINESE, "沒有多出過一個字今天多了十二個"),
        ("沒有多出過一個字，今天多了十二個。", "没有多出过一个字今天多了十二个"),
        ("頭髮乾了。", "头发干了"),
    ],
)
def test_traditional_characters_are_the_simplified_ones(line: str, typed: str) -> None:
    assert mark(line, typed).wrong == 0


def test_what_is_shown_keeps_its_characters() -> None:
    assert marked("一個字。", "一个词") == [
        ("一", "right"),
        ("個", "right"),
        ("字。", "missed"),
        ("词", "added"),
    ]


def test_a_missed_word_is_marked() -> None:
    assert marked("One. Two! Three?", "one three") == [
        ("One. ", "right"),
        ("Two! ", "missed"),
        ("Three?", "right"),
    ]


def test_one_word_in_place_of_another_counts_once() -> None:
    assert marked("It is a lot of horse.", "It is a pile of horse.") == [
        ("It ", "right"),
        ("is ", "right"),
        ("a ", "right"),
        ("lot ", "missed"),
        ("pile", "added"),
        ("of ", "right"),
        ("horse.", "right"),
    ]
    assert mark("It is a lot of horse.", "It is a pile of horse.").wrong == 1


def test_words_too_many_are_shown_where_they_were_typed() -> None:
    assert marked("Is it structural?", "Well is it very structural dear heart") == [
        ("Well", "added"),
        ("Is ", "right"),
        ("it ", "right"),
        ("very", "added"),
        ("structural?", "right"),
        ("dear heart", "added"),
    ]
    assert mark("Is it structural?", "Well is it very structural dear heart").wrong == 4


def test_nothing_typed_misses_every_word() -> None:
    found = mark(LINE, "  …  ")
    assert (found.words, found.wrong) == (9, 9)
    assert missed(LINE, "") == [piece.text.strip() for piece in pieces(LINE)]


def test_chinese_is_marked_by_character() -> None:
    assert missed(CHINESE, "没有多过一个字，今天多了十三个。") == ["出", "二"]
    assert mark(CHINESE, "没有多过一个字，今天多了十二个").wrong == 1
    assert [piece.text for piece in pieces("“好”，他说hello。")] == [
        "“好”，",
        "他",
        "说",
        "hello。",
    ]


def test_numbers_are_as_they_are() -> None:
    assert missed("Seventeen years on the 41.", "17 years on the forty-one") == ["Seventeen", "41."]


def test_an_opening_quote_belongs_to_the_word_behind_it() -> None:
    assert [piece.text for piece in pieces('He said "No." (pause) “Never”…')] == [
        "He ",
        "said ",
        '"No." ',
        "(pause)",
        " “Never”…",
    ]


def test_a_line_without_words_asks_for_none() -> None:
    for line in ("……", "(laughs)", ""):
        assert (mark(line, "").words, mark(line, "").wrong) == (0, 0)
        assert {piece.mark for piece in mark(line, "").pieces} <= {"given"}
    assert mark("……", "what").wrong == 1


def test_the_longest_line_is_marked_soon_enough() -> None:
    line = "字" * 10_000 + "句" * 10_000
    found = mark(line, "字" * 10_000 + "词" * 10_000)
    assert (found.words, found.wrong) == (20_000, 10_000)


@given(st.text(max_size=80))
def test_the_pieces_of_a_line_are_the_line(line: str) -> None:
    assert "".join(piece.text for piece in pieces(line)) == line
    assert [piece.form for piece in pieces(line) if piece.form] == forms(line)


@given(st.text(max_size=60), st.text(max_size=60))
def test_marked_without_what_was_added_it_is_the_line_again(line: str, typed: str) -> None:
    found = mark(line, typed)
    shown = "".join(piece.text for piece in found.pieces if piece.mark != "added")
    assert shown == line
    right = sum(piece.mark == "right" for piece in found.pieces)
    lost = sum(piece.mark == "missed" for piece in found.pieces)
    assert right + lost == found.words == len(forms(line))
    assert lost <= found.wrong <= lost + len(forms(typed)) - right
    assert (found.wrong == 0) == (forms(line) == forms(typed))


@given(st.text(max_size=60))
def test_every_line_is_right_when_it_is_said_as_it_stands(line: str) -> None:
    assert mark(line, line).wrong == 0


VOCABULARY = ["a", "horse", "41", "gravy", "马", "尾", "Ünïcode", "don't"]
WORDS = st.lists(st.sampled_from(VOCABULARY), max_size=12)
BETWEEN = st.sampled_from([" ", ", ", "… ", " — ", "！ ", "\n"])


@given(WORDS, st.data())
def test_no_punctuation_or_case_between_the_words_matters(
    words: list[str], data: st.DataObject
) -> None:
    line = " ".join(words)
    typed = "".join(data.draw(st.sampled_from([w, w.upper()])) + data.draw(BETWEEN) for w in words)
    assert mark(line, typed).wrong == 0


@given(WORDS.filter(bool), st.data())
def test_a_word_left_out_is_the_one_that_is_missed(words: list[str], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(words) - 1))
    found = mark(" ".join(words), " ".join(words[:at] + words[at + 1 :]))
    assert found.wrong == 1
    assert [forms(p.text) for p in found.pieces if p.mark == "missed"] == [forms(words[at])]
