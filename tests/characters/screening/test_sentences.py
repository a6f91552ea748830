"""Where sentences and openings end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from characters.screening.sentences import first_end, opening_end, sentence_start, sentences


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hold tight. Doors closing!", ["Hold tight. ", "Doors closing!"]),
        ("你好。吃了吗？走！", ["你好。", "吃了吗？", "走！"]),
        ("他说：“走吧！”然后笑了。", ["他说：“走吧！”", "然后笑了。"]),
        ("Mr. Pettifer left. So did I.", ["Mr. Pettifer left. ", "So did I."]),
        ("It cost 3.50 in all. Ta.", ["It cost 3.50 in all. ", "Ta."]),
        ("口了……雪捂我一遍。好", ["口了……雪捂我一遍。", "好"]),
        ("One\n\nTwo", ["One\n\n", "Two"]),
        ("Who?! Me?", ["Who?! ", "Me?"]),
        ("", []),
    ],
)
def test_sentences_end_where_a_reader_would_pause(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


def test_a_full_stop_at_the_end_of_a_piece_is_no_certain_end() -> None:
    assert first_end("It cost 3.") is None
    assert first_end("好。") == 2


@pytest.mark.parametrize(
    ("text", "opening"),
    [
        ("I drive the front of the horse. And", "I drive the front of the horse. "),
        (
            "Sure! Here's one: why did the horse cross? Soup",
            "Sure! Here's one: why did the horse cross? ",
        ),
        ("好的！以下是您要的例子。还有", "好的！以下是您要的例子。"),
        ("我今天听见了三只鸟叫。还", "我今天听见了三只鸟叫。"),
        ("Right. Hold tight.", None),
        ("no end in sight", None),
    ],
)
def test_an_opening_is_a_sentence_and_the_words_before_it(text: str, opening: str | None) -> None:
    end = opening_end(text)
    assert (None if end is None else text[:end]) == opening


def test_an_opening_without_an_end_is_cut() -> None:
    assert opening_end("word " * 47) is None
    assert opening_end("word " * 48) == 240
    assert opening_end("字" * 79) is None
    assert opening_end("字" * 80) == 80


def test_a_sentence_is_found_by_a_position_in_it() -> None:
    text = "One is here. Two is there. Three"
    assert [sentence_start(text, at) for at in (0, 12, 13, 26, 31)] == [0, 0, 13, 13, 27]


@given(st.text(alphabet="ab 。.!?！？\n“”\"'…,A3", max_size=60))
def test_sentences_are_the_text(text: str) -> None:
    parts = sentences(text)
    assert "".join(parts) == text
    assert all(parts)
