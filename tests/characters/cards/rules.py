"""What the programs that read cards insist on, written down from their validators' rules.

Not from the code under test: V2 as SillyTavern validates it, V3 as its specification requires.
"""

from typing import Any

V2_TEXTS = {
    *("name", "description", "personality", "scenario", "first_mes", "mes_example"),
    *("creator_notes", "system_prompt", "post_history_instructions"),
    *("creator", "character_version"),
}


def check_v2(card: dict[str, Any]) -> None:
    assert card["spec"] == "chara_card_v2"
    assert card["spec_version"] == "2.0"
    check_common(card["data"])


def check_v3(card: dict[str, Any]) -> None:
    assert card["spec"] == "chara_card_v3"
    assert 3.0 <= float(card["spec_version"]) < 4.0
    data = card["data"]
    check_common(data)
    assert all(isinstance(text, str) for text in data["group_only_greetings"])
    assert isinstance(data["modification_date"], int)
    for asset in data.get("assets", []):
        assert all(isinstance(asset[key], str) for key in ("type", "uri", "name", "ext"))
    for entry in data.get("character_book", {"entries": []})["entries"]:
        assert isinstance(entry["use_regex"], bool)
        assert isinstance(entry["constant"], bool)


def check_common(data: dict[str, Any]) -> None:
    assert all(isinstance(data[field], str) for field in V2_TEXTS)
    for field in ("alternate_greetings", "tags"):
        assert isinstance(data[field], list)
        assert all(isinstance(text, str) for text in data[field])
    assert isinstance(data["extensions"], dict)
    if "character_book" in data:
        check_book(data["character_book"])


def check_book(book: dict[str, Any]) -> None:
    assert isinstance(book["extensions"], dict)
    for entry in book["entries"]:
        assert isinstance(entry["keys"], list)
        assert isinstance(entry["content"], str)
        assert isinstance(entry["extensions"], dict)
        assert isinstance(entry["enabled"], bool)
        assert isinstance(entry["insertion_order"], int | float)
