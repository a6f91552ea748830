"""Names are masked wherever a text says them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.judging.masking import MASK, NameMask

CAST = ["Mr. Ambrose Finch", "Bev", "The Old Man", "三三", "闻其详", "小Ben"]


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Mr. Ambrose Finch is here.", f"{MASK} is here."),
        ("Mr.  Ambrose\nFinch is here.", f"{MASK} is here."),
        ("Did Finch leave? AMBROSE'S hat!", f"Did {MASK} leave? {MASK}'S hat!"),
        ("Beverly and bev, Bev.", f"Beverly and {MASK}, {MASK}."),
        ("我叫Bev呢", f"我叫{MASK}呢"),
        ("the old man sat; an old dog, a man", f"{MASK} sat; an old dog, a man"),
        ("三三，你说三三得九", f"{MASK},你说{MASK}得九"),
        ("闻其详和其详是一个人，闻不是", f"{MASK}和{MASK}是一个人,闻不是"),
        ("小Ben来了", f"{MASK}来了"),
        ("Ｂｅｖ", MASK),
        ("", ""),
    ],
)
def test_names_parts_and_widths(text: str, masked: str) -> None:
    assert NameMask(CAST)(text) == masked


@pytest.mark.parametrize(
    ("name", "text", "masked"),
    [
        ("哈利·波特", "哈利，波特先生，哈利•波特", f"{MASK},{MASK}先生,{MASK}•{MASK}"),
        ("爱德华・摩根・福斯特", "福斯特家的爱德华", f"{MASK}家的{MASK}"),
        ("约翰·F·肯尼迪", "F是约翰·F·肯尼迪，肯尼迪", f"F是{MASK},{MASK}"),
        ("汤姆-索亚", "汤姆和索亚", f"{MASK}和{MASK}"),
        ("田中 太郎", "田中さん、太郎", f"{MASK}さん、{MASK}"),
        ("Tom·索亚", "Tom和索亚，tomato", f"{MASK}和{MASK},tomato"),
        ("欧阳小明", "欧阳，小明", f"{MASK},{MASK}"),
        ("司马懿", "司马家的司马懿", f"{MASK}家的{MASK}"),
    ],
)
def test_the_parts_of_chinese_and_japanese_names(name: str, text: str, masked: str) -> None:
    assert NameMask([name])(text) == masked


def test_without_names_nothing_is_masked() -> None:
    assert NameMask([])("Bev, 三三") == "Bev, 三三"
    assert NameMask(["", "??", "  "])("What?? Bev") == "What?? Bev"


@given(st.lists(st.sampled_from(["Bev", "三三", "其详", "Finch", " ", "x", "了", "。", "b"])))
def test_no_name_is_left(parts: list[str]) -> None:
    masked = NameMask(CAST)("".join(parts))
    assert "三三" not in masked
    assert "其详" not in masked
    words = re.findall(r"[a-z]+", masked.casefold())
    assert not {"bev", "finch"} & set(words)


@given(st.text())
def test_a_masked_text_has_nothing_more_to_mask(text: str) -> None:
    mask = NameMask(CAST)
    assert mask(mask(text)) == mask(text)
