"""What is counted of a text."""

import pytest

from retrieval.bm25.tokens import bigrams, characters, in_words, letter_pairs, unigrams


@pytest.mark.parametrize(
    ("text", "pairs", "singles"),
    [
        ("你好吗？", ["你好", "好吗"], ["你", "好", "吗"]),
        ("嗯。好的", ["嗯", "好的"], ["嗯", "好", "的"]),
        ("The Ferry's late", ["the", "ferry", "s", "late"], ["the", "ferry", "s", "late"]),
        ("ＡＢ版iPhone15好", ["ab", "版", "iphone15", "好"], ["ab", "版", "iphone15", "好"]),
        ("カメラ", ["カメ", "メラ"], ["カ", "メ", "ラ"]),
        ("안녕하세요", ["안녕", "녕하", "하세", "세요"], ["안", "녕", "하", "세", "요"]),
        ("……！？", [], []),
        ("", [], []),
    ],
)
def test_pairs_where_words_are_not_spaced_and_words_elsewhere(
    text: str, pairs: list[str], singles: list[str]
) -> None:
    assert bigrams(text) == pairs
    assert unigrams(text) == singles


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("M:I don't know.\nuser0:Why?", True),
        ("M:好\nuser0:嗯", False),
        ("user0:这个iPhone15是你的吗？", False),
        ("user0:She said 你好 to me", True),
        ("", False),
    ],
)
def test_tells_words_from_characters(text: str, words: bool) -> None:
    assert in_words(text) is words


def test_letters_without_white_space() -> None:
    assert characters("Ａ b\n c！") == "abc!"
    assert letter_pairs("Oh no") == ["oh", "hn", "no"]
    assert letter_pairs("嗯") == ["嗯"]
