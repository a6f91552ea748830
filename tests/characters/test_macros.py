import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from characters.macros import MacroValues, expand

VALUES = MacroValues(char="Maud", user="Ada", seed="c1")


def expanded(text: str, seed: int = 0, values: MacroValues = VALUES) -> str:
    return expand(text, values, random.Random(seed))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{char}} and {{user}}", "Maud and Ada"),
        ("{{CHAR}}, {{ User }}, <user>, <BOT>, <char>", "Maud, Ada, Ada, Maud, Maud"),
        ("a{{// not for the prompt}}b{{comment: nor this}}c{{hidden_key:k}}d", "abcd"),
        ("{{reverse:abc}}", "cba"),
        ("{{random:one}}{{pick:one}}", "oneone"),
        ("{{random:{{user}},{{user}}}}", "Ada"),
        (r"{{random:a\,b}}", "a,b"),
        ("{{roll:1}} {{roll:d1}} {{roll:3d1+2}} {{roll: 2d1 - 1}}", "1 1 5 1"),
        ("{{roll:0}} {{roll:x}} {{roll:}}", "{{roll:0}} {{roll:x}} {{roll:}}"),
        ("{{unknown}} {{getvar::x}} {{ {{char}", "{{unknown}} {{getvar::x}} {{ {{char}"),
        ("}} {{", "}} {{"),
        ("{{original}}", "{{original}}"),
    ],
)
def test_macros(text: str, expected: str) -> None:
    assert expanded(text) == expected


def test_the_original_instructions_may_be_empty() -> None:
    assert expanded("a{{original}}b", values=MacroValues("M", "A", original="")) == "ab"


def test_chance_chooses_among_all_and_picks_stay() -> None:
    assert {expanded("{{random:a, b ,c}}", seed) for seed in range(50)} == {"a", "b", "c"}
    assert {expanded("{{random::a::b}}", seed) for seed in range(50)} == {"a", "b"}
    assert {expanded("{{roll:d6}}", seed) for seed in range(200)} == set("123456")
    assert len({expanded("{{pick:a,b,c,d,e,f}}", seed) for seed in range(20)}) == 1
    picks = {expanded("{{pick:a,b,c}}", values=MacroValues("M", "A", str(n))) for n in range(50)}
    assert picks == {"a", "b", "c"}


def test_a_name_cannot_smuggle_a_macro_in() -> None:
    assert expanded("{{user}}", values=MacroValues("M", "{{char}}")) == "{{char}}"


@given(st.text(alphabet="{}:/,<>a dcharuser0123pickrandomrol\\+-"))
def test_any_text_is_taken(text: str) -> None:
    expanded(text)


@pytest.mark.parametrize(
    "text",
    [
        *("{{" * 100_000, "{{a}}" * 50_000, "{{" * 50_000 + "}}" * 50_000),
        f"{{{{roll:1{' ' * 9_900}x}}}}" * 20,
    ],
)
def test_long_texts_take_no_longer_than_their_length(text: str) -> None:
    started = time.perf_counter()
    expanded(text)
    assert time.perf_counter() - started < 2
