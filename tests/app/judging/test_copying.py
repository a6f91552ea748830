"""What a reply shares with lines, counted by hand and against a slow reference."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.judging.copying import RUN, SourceLines, copying
from retrieval.bm25.tokens import unigrams

TEXTS = st.text(alphabet="一二三 ab", max_size=14)


@pytest.mark.parametrize(
    ("reply", "lines", "longest", "share"),
    [
        # Six of eight characters; the first two are in another line only.
        ("你好潮水怎么样了", ["潮水怎么样了呀", "你好"], 6, 6 / 8),
        # Runs of four are too short to count as copied.
        ("潮水怎么", ["潮水怎么样了呀"], 4, 0.0),
        # A run never reaches from one line into the next.
        ("潮水怎么样了呀", ["潮水怎么", "样了呀"], 4, 0.0),
        # Punctuation, case and width make no difference; words count once.
        ("THE tide, as ever: ｉｓ out.", ["well, the tide as ever is out again"], 6, 1.0),
        ("the tide as ever is high", ["the tide as ever is out"], 5, 5 / 6),
        # Two copied parts that overlap in the reply are counted once.
        ("一二三四五六七", ["一二三四五", "三四五六七"], 5, 1.0),
        ("", ["潮水"], 0, 0.0),
        ("……", ["……"], 0, 0.0),
        ("潮水", [], 0, 0.0),
    ],
)
def test_counted_by_hand(reply: str, lines: list[str], longest: int, share: float) -> None:
    found = copying(reply, lines)
    assert found.longest == longest
    assert found.share == pytest.approx(share)


def reference(reply: list[str], lines: list[list[str]]) -> tuple[int, float]:
    """Try every part of the reply in every line."""
    longest, covered = 0, set[int]()
    for start in range(len(reply)):
        for stop in range(start + 1, len(reply) + 1):
            part = reply[start:stop]
            size = len(part)
            if any(
                line[at : at + size] == part for line in lines for at in range(len(line) - size + 1)
            ):
                longest = max(longest, size)
                if size >= RUN:
                    covered.update(range(start, stop))
    return longest, len(covered) / len(reply) if reply else 0.0


@given(TEXTS, st.lists(TEXTS, max_size=4))
def test_as_the_reference(reply: str, lines: list[str]) -> None:
    found = SourceLines(lines).copied(reply)
    longest, share = reference(unigrams(reply), [unigrams(line) for line in lines])
    assert found.longest == longest
    assert found.share == pytest.approx(share)


@given(st.lists(TEXTS, min_size=1, max_size=4), st.integers(0, 3))
def test_a_line_is_copied_from_itself(lines: list[str], chosen: int) -> None:
    line = lines[chosen % len(lines)]
    size = len(unigrams(line))
    found = SourceLines(lines).copied(line)
    assert found.longest == size
    assert found.share == (1.0 if size >= RUN else 0.0)


@given(TEXTS, st.lists(TEXTS, max_size=3), TEXTS)
def test_more_lines_never_make_less_copied(reply: str, lines: list[str], another: str) -> None:
    fewer, more = SourceLines(lines).copied(reply), SourceLines([*lines, another]).copied(reply)
    assert more.longest >= fewer.longest
    assert more.share >= fewer.share
