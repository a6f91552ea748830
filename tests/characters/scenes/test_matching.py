"""What counts as a line of the script."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from characters.scenes.matching import (
    NEAR,
    NEAR_LATER,
    SURE,
    closeness,
    fit_of,
    likeness,
    spoken_words,
    spread,
)

TEXT = st.text(max_size=40)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("(whispering) Something's come off.", "something s come off"),
        ("Right. Here goes. (neighing) Psssshhhh-unk.", "right here goes psssshhhh unk"),
        ("*sighs* Poor lad.", "poor lad"),
        ("（放下粥碗）谁在崖那边说话。本站", "谁在崖那边说话本站"),
        ("十二个……完了，漏嘴了。", "十二个完了漏嘴了"),
        ("他说 OK 了", "他说ok了"),
        ("(after a silence)", "after a silence"),
        ("…", ""),
    ],
)
def test_what_is_heard_of_a_line(text: str, words: str) -> None:
    assert spoken_words(text) == words


@pytest.mark.parametrize(
    ("said", "line", "alike"),
    [
        ("soup", "Soup.", 1.0),
        ("soop", "Soup.", 0.75),  # one letter of four
        ("粥里搁了红薯", "粥里搁了红薯。", 1.0),
        ("粥里放了红薯", "粥里搁了红薯。", 5 / 6),
        ("", "Soup.", 0.0),
        ("?", "!", 0.0),
    ],
)
def test_how_alike_the_wordings_are(said: str, line: str, alike: float) -> None:
    assert likeness(said, line) == pytest.approx(alike)


@pytest.mark.parametrize(
    ("cosine", "usual", "close"),
    [(1.0, 0.8, 1.0), (0.8, 0.8, 0.0), (0.9, 0.8, 0.5), (0.2, 0.8, 0.0), (1.0, 1.0, 0.0)],
)
def test_meanings_are_read_beside_those_of_the_scene(
    cosine: float, usual: float, close: float
) -> None:
    assert closeness(cosine, usual) == pytest.approx(close)


def test_both_measures_count_the_same() -> None:
    assert fit_of(0.4, 0.8) == pytest.approx(0.6)
    assert fit_of(0.4, None) == 0.4
    assert NEAR < NEAR_LATER < SURE


@given(TEXT, TEXT)
def test_likeness_is_a_symmetric_share(one: str, other: str) -> None:
    alike = likeness(one, other)
    assert 0 <= alike <= 1
    assert alike == pytest.approx(likeness(other, one))
    assert likeness(one, one) == (1.0 if spoken_words(one) else 0.0)


@given(st.text(alphabet="abc 粥，。!?", max_size=30))
def test_marks_and_capitals_do_not_matter(text: str) -> None:
    assert spoken_words(text.upper() + "!?") == spoken_words(text)


@given(st.integers(0, 200), st.integers(1, 30))
def test_spread_keeps_the_order(count: int, most: int) -> None:
    found = spread(range(count), most)
    assert len(found) == min(count, most)
    assert found == sorted(set(found))
