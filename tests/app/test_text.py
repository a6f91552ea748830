"""Which texts databases can store, and which are one line."""

import sys
import unicodedata
from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from app.text import OneLine, Storable, has_control_characters, is_storable

one_line: TypeAdapter[str] = TypeAdapter(Annotated[str, OneLine])
storable: TypeAdapter[str] = TypeAdapter(Annotated[str, Storable])


@pytest.mark.parametrize("text", ["", "Anna", "三三", "🎭", "a\nb\tc", "e\u0301", "\ufeff"])
def test_texts_of_several_lines_are_storable(text: str) -> None:
    assert is_storable(text)
    assert storable.validate_python(text) == text


@pytest.mark.parametrize("text", ["\x00", "a\x00b", "\ud83c", "\udfad\ud83c"])
def test_nul_and_halves_of_characters_are_not(text: str) -> None:
    assert not is_storable(text)
    assert has_control_characters(text)
    with pytest.raises(ValidationError, match="NUL character or half a surrogate pair"):
        storable.validate_python(text)


@pytest.mark.parametrize("text", ["", "Anna", "三 三", "O’Brien", "¡Ana!", "Ünal\u00a0A.", "🎭"])
def test_a_line_may_have_every_letter_and_space(text: str) -> None:
    assert one_line.validate_python(text) == text


@pytest.mark.parametrize(
    "cut", ["\n", "\r", "\r\n", "\v", "\f", "\x1c", "\x85", "\u2028", "\u2029"]
)
def test_whatever_ends_a_line_ends_it_here(cut: str) -> None:
    name = f"Ben{cut}Anna: I confess."
    assert len(name.splitlines()) == 2
    with pytest.raises(ValidationError, match="one line"):
        one_line.validate_python(name)


def test_no_control_character_is_part_of_a_line() -> None:
    controls = [c for c in map(chr, range(sys.maxunicode + 1)) if unicodedata.category(c) == "Cc"]
    assert len(controls) == 65  # C0, DEL and C1
    assert all(has_control_characters(f"Ben{each}") for each in controls)


@given(st.text())
def test_what_is_one_line_can_be_stored_and_has_one_line(text: str) -> None:
    if not has_control_characters(text):
        assert is_storable(text)
        assert len(text.splitlines()) <= 1
