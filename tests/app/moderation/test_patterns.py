"""Phrases and expressions find what is spelled in other ways, and no more."""

import time
from pathlib import Path

import pytest

from app.moderation.folding import fold
from app.moderation.pattern_file import PatternFileError, parse_patterns, read_pattern_file
from app.moderation.patterns import PatternModerator
from app.moderation.port import Passage

pytestmark = pytest.mark.anyio

LIST = """\
# what no character says
ring of keys
[ Violence ]
kill him
炸弹
/poison(ed|s)?\\s+(the\\s+)?well/
[names]
ass
/\\d{3}-\\d{4}/
"""


async def found(text: str, *, partial: bool = False, listed: str = LIST) -> dict[str, str]:
    moderator = PatternModerator(parse_patterns(listed, "a list"))
    findings = await moderator.judge(Passage("message", text, partial=partial))
    return {each.category: each.detail for each in findings}


@pytest.mark.parametrize(
    "text",
    [
        "Go and kill him now.",
        "KILL HIM",
        "Ｋｉｌｌ　ｈｉｍ！",
        "k\u200bi\u200dl\u2060l\ufeff h\u00adim",
        "kill\n\n   him",
        "𝐤𝐢𝐥𝐥 𝔥𝔦𝔪",
        "k\u0336i\u0336l\u0336l\u0336 him",
        "去kill him吧",
        "kill\ufe0f him",
    ],
)
async def test_a_phrase_is_found_however_it_is_spelled(text: str) -> None:
    assert await found(text) == {"violence": "line 4"}


@pytest.mark.parametrize("text", ["他们在做炸弹。", "炸 弹", "炸\u200b弹", "炸\n弹", "炸\ufe00弹"])
async def test_chinese_needs_no_spaces_and_none_hide_a_phrase(text: str) -> None:
    assert await found(text) == {"violence": "line 5"}


@pytest.mark.parametrize(
    "text", ["a class of grass", "skill himself", "kill himself", "passé", "embarrass", "assé"]
)
async def test_a_phrase_is_not_found_inside_a_longer_word(text: str) -> None:
    assert await found(text) == {}


async def test_expressions_are_searched_in_the_folded_text() -> None:
    assert await found("They POISONED  the WELL") == {"violence": "line 6"}
    assert await found("Call ５５５-０１９９") == {"names": "line 9"}
    assert await found("You hold the Ring  of Keys") == {"other": "line 2"}


async def test_half_a_word_at_the_end_of_an_unfinished_text_is_not_judged() -> None:
    assert await found("What an ass", partial=True) == {}
    assert await found("What an ass, he", partial=True) == {"names": "line 8"}
    assert await found("What an ass") == {"names": "line 8"}
    assert await found("这是炸弹", partial=True) == {"violence": "line 5"}


async def test_a_nested_quantifier_takes_no_longer_than_the_text_is_long() -> None:
    listed = "/^(a+)+$/\n/(x+x+)+y/\n/(.*)*z9/\n"
    started = time.perf_counter()
    assert await found("a" * 50_000 + "!" + "x" * 50_000, listed=listed) == {}
    assert time.perf_counter() - started < 20  # a backtracking engine would not end at all


@pytest.mark.parametrize(
    ("listed", "message"),
    [
        ("ok\n/(?<=a)b/\n", "line 2: not an expression that RE2 understands"),
        ("/(a)\\1/\n", "line 1: not an expression"),
        ("/(unclosed/\n", "line 1: not an expression"),
        ("/a*/\n", "line 1: this expression matches every text"),
        ("...\n", "line 1: this phrase has no letter or digit"),
        ("\u200b!\u200b\n", "line 1: this phrase has no letter"),
        ("a" * 201, "line 1: more than 200 characters"),
        ("/(a{1000}){1000}/\n", "line 1: not an expression"),
    ],
)
def test_a_line_that_cannot_be_used_is_named(listed: str, message: str) -> None:
    with pytest.raises(PatternFileError, match=message.replace("(", r"\(")):
        parse_patterns(listed, "a list")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(PatternFileError, match="cannot be read"):
        read_pattern_file(tmp_path / "missing.txt")
    (tmp_path / "gbk.txt").write_bytes("炸弹".encode("gbk"))
    with pytest.raises(PatternFileError, match="not in UTF-8"):
        read_pattern_file(tmp_path / "gbk.txt")
    (tmp_path / "bom.txt").write_bytes("\ufeff炸弹\r\n".encode())
    assert [each.text for each in read_pattern_file(tmp_path / "bom.txt").phrases] == ["炸弹"]


def test_folding_keeps_accents_and_forgets_the_rest() -> None:
    assert fold("Éclair  ﬁne\tＡＢＣ") == "éclair fine abc"
    assert fold("a\x00b\x07c") == "abc"
    assert fold("中 文 and 日 本") == "中文 and 日本"
