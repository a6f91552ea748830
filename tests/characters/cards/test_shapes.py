"""The JSON shapes of cards: which is which, and what becomes of their fields."""

from typing import Any

import pytest

from characters.cards.shapes import has_card_shape, read_object, read_yaml_object
from characters.errors import CardError
from characters.json_values import JsonValue


@pytest.mark.parametrize(
    ("document", "origin"),
    [
        ({"spec": "chara_card_v3", "data": {"name": "Vi"}}, "v3"),
        ({"spec": "chara_card_v2", "data": {"name": "Vi"}}, "v2"),
        # Keys of older shapes beside it change nothing.
        ({"spec": "chara_card_v2", "data": {"name": "Vi"}, "char_name": "Old"}, "v2"),
        ({"kind": "character", "name": "Vi"}, "agnai"),
        ({"name": "Vi", "persona": "Calm.", "sampleChat": ""}, "agnai"),
        ({"char_name": "Vi"}, "pygmalion"),
        ({"char_name": "Vi", "name": "Old", "first_mes": ""}, "pygmalion"),
        ({"name": "Vi", "first_mes": ""}, "v1"),
        ({"name": "Vi", "mes_example": ""}, "v1"),
        ({"spec": "x", "name": "Vi", "first_mes": ""}, "v1"),
    ],
)
def test_a_shape_is_known_by_its_keys(document: dict[str, JsonValue], origin: str) -> None:
    assert has_card_shape(document)
    card = read_object(document)
    assert (card.origin, card.name) == (origin, "Vi")


@pytest.mark.parametrize(
    "document",
    [None, [], "name", 1, {}, {"name": "Vi"}, {"first_mes": ""}, {"persona": "x"}, {"spec": []}],
)
def test_other_documents_have_none(document: JsonValue) -> None:
    assert not has_card_shape(document)
    with pytest.raises(CardError) as refused:
        read_object(document)
    assert refused.value.code == "not_a_card"


def test_twelve_keys_of_what_is_no_card_are_named_and_long_ones_cut() -> None:
    keys = ["k" * 41, *(f"key{number}" for number in range(12))]
    with pytest.raises(CardError) as refused:
        read_object(dict.fromkeys(keys, 1))
    told = str(refused.value)
    assert f"keys: {'k' * 40}, key0," in told
    assert told.endswith("key10.")
    with pytest.raises(CardError, match=r"these keys: none\."):
        read_object({})


def test_what_a_shape_does_not_name_is_kept_beside_the_fields() -> None:
    document: dict[str, JsonValue] = {
        "char_name": "Vi",
        "char_persona": "Calm.",
        "char_greeting": "Hm.",
        "world_scenario": "A pier.",
        "description": "not Pygmalion's",
        "metadata": {"tool": 1},
    }
    card = read_object(document)
    assert card.text("description") == "Calm."
    assert (card.text("first_mes"), card.text("scenario")) == ("Hm.", "A pier.")
    assert card.envelope == {"description": "not Pygmalion's", "metadata": {"tool": 1}}


def test_the_comment_that_sillytavern_adds_to_v1_is_the_creators_note() -> None:
    card = read_object({"name": "Vi", "first_mes": "", "creatorcomment": "Mine.", "tags": "a,b"})
    assert card.text("creator_notes") == "Mine."
    assert card.texts("tags") == ("a", "b")


@pytest.mark.parametrize(
    ("persona", "description"),
    [
        ("Calm.", "Calm."),
        ({"kind": "text", "attributes": {"text": ["Calm, ", "slow."]}}, "Calm, , slow."),
        (
            {"attributes": {"trade": ["pilot"], "likes": ["rain", 7, "moss"]}},
            "trade: pilot\nlikes: rain, moss",
        ),
        ({"attributes": {"trade": "pilot", "likes": ["rain"]}}, "likes: rain"),
        ({"attributes": ["pilot"]}, ""),
        ({"kind": "text"}, ""),
        (None, ""),
        (7, ""),
    ],
)
def test_the_personas_of_agnai(persona: JsonValue, description: str) -> None:
    card = read_object({"kind": "character", "name": "Vi", "persona": persona})
    assert card.text("description") == description
    assert card.envelope == {"kind": "character", "persona": persona}


@pytest.mark.parametrize("data", [None, [], "x", 1])
@pytest.mark.parametrize("version", ["v2", "v3"])
def test_a_versioned_card_without_data_is_none(version: str, data: JsonValue) -> None:
    with pytest.raises(CardError, match=f"{version.upper()} card has no “data”"):
        read_object({"spec": f"chara_card_{version}", "data": data})


def test_fields_beside_the_data_of_a_versioned_card_stay_beside_it_too() -> None:
    document: dict[str, JsonValue] = {
        "spec": "chara_card_v2",
        "spec_version": "2.0",
        "data": {"name": "Vi", "scenario": "in"},
        "scenario": "beside",
        "tags": ["beside"],
        "creator": "not taken from here",
    }
    card = read_object(document)
    assert (card.text("scenario"), card.texts("tags")) == ("in", ("beside",))
    assert card.text("creator") == ""
    assert card.envelope == {
        "scenario": "beside",
        "tags": ["beside"],
        "creator": "not taken from here",
    }


@pytest.mark.parametrize("name", ["", " \t", None, [], {}])
def test_a_card_without_a_name_is_refused(name: JsonValue) -> None:
    documents: list[JsonValue] = [
        {"name": name, "first_mes": ""},
        {"char_name": name},
        {"spec": "chara_card_v3", "data": {"name": name}},
    ]
    for document in documents:
        with pytest.raises(CardError) as refused:
            read_object(document)
        assert refused.value.code == "no_name"


@pytest.mark.parametrize("name", ["", " \n", ["Vi"], None])
def test_a_yaml_character_without_a_name_is_refused(name: JsonValue) -> None:
    with pytest.raises(CardError) as refused:
        read_yaml_object({"name": name, "context": "Calm."})
    assert refused.value.code == "no_name"


def test_a_yaml_character_has_a_name_a_context_and_a_greeting() -> None:
    card = read_yaml_object({"name": "Vi", "context": "Calm.", "greeting": "Hm.", "turn": "x"})
    fields = (card.text("description"), card.text("first_mes"), card.envelope)
    assert fields == ("Calm.", "Hm.", {"turn": "x"})


@pytest.mark.parametrize("document", [None, "A: hello", ["name"], {"context": "x"}])
def test_other_yaml_is_no_character(document: Any) -> None:
    with pytest.raises(CardError) as refused:
        read_yaml_object(document)
    assert refused.value.code == "not_a_card"
