"""Other ways than a colon to name who speaks, and what may decorate a name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from characters.scripts.text.speaker_rows import (
    Naming,
    choose_naming,
    is_direction,
    rewrite,
    undecorate,
)


@pytest.mark.parametrize(
    ("rows", "naming"),
    [
        ([], "colon"),
        (["【三三】你好", "【二二】好", "三三：好"], "bracket"),
        (["三三「你好」", "二二“好”", "三三：好"], "quote"),
        (["【三三】你好", "三三：好"], "colon"),  # as many: the usual one
        (["nobody", "no one", "[Anna] hi"], "bracket"),
        (["[Scene 1] the yard", "[Act 2] later", "Anna: hi"], "colon"),
    ],
)
def test_most_rows_decide_how_speakers_are_named(rows: list[str], naming: Naming) -> None:
    assert choose_naming(rows, lambda row: "：" in row or ":" in row) == naming


@pytest.mark.parametrize(
    "row", ["（笑）", "(He leaves.)", "[bell]", "【钟声】", "*waves*", "**bows**", "_sighs_", "()"]
)
def test_one_bracket_or_emphasis_around_all_is_a_direction(row: str) -> None:
    assert is_direction(row)


@pytest.mark.parametrize(
    "row", ["(a) b (c)", "（他（笑））", "*a* b *c*", "Anna (sighs)", "（a)", "**a*", "*_*", ""]
)
def test_anything_else_is_none(row: str) -> None:
    assert not is_direction(row)


@pytest.mark.parametrize(
    ("row", "plain"),
    [
        ("- Anna: hi", "Anna: hi"),
        ("1:02 - Anna: hi", "Anna: hi"),
        ("12:30", ""),
        ("**Anna**： 好", "Anna： 好"),
        ("***Anna:*** hi", "Anna: hi"),
        ("• [00:01] __三三__：好", "三三：好"),
    ],
)
def test_bullet_time_and_emphasis_are_taken_off_in_this_order(row: str, plain: str) -> None:
    assert undecorate(row) == plain


@pytest.mark.parametrize(
    "row", ["-Anna: hi", "**Anna*: hi", "Anna: *hi*", "123:45 Anna", "Anna: - no", "*An:na*"]
)
def test_what_only_looks_like_them_stays(row: str) -> None:
    assert undecorate(row) == row


@pytest.mark.parametrize(
    ("row", "rewritten"),
    [
        ("【三三】你好", "三三：你好"),
        ("[Anna] hi", "Anna: hi"),
        ("【\u3000三三 】 ： 你好", "三三：你好"),
        ("[Zoé] hi", "Zoé：hi"),
        (f"【{'三' * 20}】好", f"{'三' * 20}：好"),
    ],
)
def test_a_name_in_brackets_gets_a_colon(row: str, rewritten: str) -> None:
    assert rewrite(row, "bracket") == rewritten


@pytest.mark.parametrize(
    "row", ["【三三】", "[Act 2] hello", "【a:b】好", "【】好", f"【{'三' * 21}】好", "三三】好"]
)
def test_brackets_without_a_name_or_a_line_stay(row: str) -> None:
    assert rewrite(row, "bracket") == row


@pytest.mark.parametrize(
    ("row", "rewritten"),
    [
        ("三三「你好」", "三三：「你好」"),
        ('Anna "hi"', 'Anna: "hi"'),
        ("三三「你好", "三三：「你好"),  # goes on in the next row
    ],
)
def test_a_name_before_a_quotation_gets_a_colon(row: str, rewritten: str) -> None:
    assert rewrite(row, "quote") == rewritten


@pytest.mark.parametrize(
    "row", ["三三说「你好」", "She asked “why?”", "Anna “hi” he said “yes”", "「你好」", "三三「」"]
)
def test_a_quotation_within_a_sentence_stays(row: str) -> None:
    assert rewrite(row, "quote") == row


@given(st.text(st.sampled_from("三A【】[]「」“”: *_-0"), min_size=1, max_size=15))
def test_a_row_named_by_colons_is_never_rewritten(row: str) -> None:
    assert rewrite(row, "colon") == row
