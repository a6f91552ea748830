"""What is edited is written, and nothing else."""

from dataclasses import asdict, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from characters.cards.fields import CardFields, fields_of, with_fields
from characters.cards.reader import read_card
from tests.characters.cards.carriers import V3_TEXT, encode, v2

MAUD = read_card(V3_TEXT)


def test_the_fields_of_a_card() -> None:
    assert asdict(fields_of(MAUD)) == {
        "name": "Maud Tarn",
        "nickname": "Maud",
        "profile": "{{char}} keeps the lantern of a harbour without ships.\n\n"
        "Personality: dry, patient\n\nScenario: A storm; {{user}} knocks.",
        "greeting": "The door was open. It always is.",
        "alternate_greetings": ("You again.", "灯还亮着。"),
        "tags": ("harbour", "weather"),
        "creator_notes": "Written for tests.",
    }


def test_a_chinese_card_has_chinese_labels() -> None:
    card = v2(description="在渡口撑船。", personality="话少", scenario="夜里起雾。")
    profile = fields_of(read_card(encode(card))).profile
    assert profile == "在渡口撑船。\n\n性格：话少\n\n场景：夜里起雾。"


@pytest.mark.parametrize(
    ("typed", "name"),
    [(" Vi\n the  Bold\0", "Vi the Bold"), ("x" * 100, "x" * 80), ("Vi\u2028\x7f", "Vi")],
)
def test_a_name_is_one_line(typed: str, name: str) -> None:
    card = read_card(encode(v2(name=typed)))
    assert fields_of(card).name == name
    assert with_fields(card, fields_of(card)).data["name"] == typed


def test_an_edit_is_written_where_its_field_is() -> None:
    told = fields_of(MAUD)
    edited = with_fields(MAUD, replace(told, name="Mo", greeting="In.", tags=("one",)))
    written = {"name": "Mo", "first_mes": "In.", "tags": ["one"]}
    assert edited.data == {**MAUD.data, **written}
    assert fields_of(edited) == replace(told, name="Mo", greeting="In.", tags=("one",))


def test_an_edited_profile_is_one_text() -> None:
    edited = with_fields(MAUD, replace(fields_of(MAUD), profile="New."))
    parts = ("description", "personality", "scenario")
    assert [edited.text(part) for part in parts] == ["New.", "", ""]


line = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=9)
fields = st.builds(
    CardFields,
    name=line,
    nickname=st.just(""),
    profile=line,
    greeting=line,
    alternate_greetings=st.lists(line, max_size=3).map(tuple),
    tags=st.lists(line, max_size=3, unique=True).map(tuple),
    creator_notes=line,
)


@given(wanted=fields)
def test_edits_read_back(wanted: CardFields) -> None:
    assert fields_of(with_fields(MAUD, wanted)) == wanted


@given(data=st.dictionaries(st.sampled_from(["name", "first_mes", "tags", "x"]), st.text()))
def test_a_card_that_nobody_edited_is_untouched(data: dict[str, str]) -> None:
    card = read_card(encode(v2(**{**data, "name": "Vi " + data.get("name", "")})))
    assert with_fields(card, fields_of(card)) is card
