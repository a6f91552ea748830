"""Books of other programs, groups, filters, and what is said of the rest."""

import json
from io import BytesIO
from typing import Any

import pytest

from characters.cards.model import CardLimits
from characters.chat_logs.reader import ChatLogLimits
from characters.errors import CardError
from characters.inspection import inspect_file
from characters.lorebooks.activation import LoreDialogue, activate
from characters.lorebooks.model import Lorebook
from characters.lorebooks.notices import describe_unhonoured
from characters.lorebooks.reader import read_lorebook
from tests.characters.lorebooks.books import entered, entry
from tests.shared_cases import shared_case


def book_of(document: Any) -> Lorebook:
    return read_lorebook(json.dumps(document).encode())


def active(book: Lorebook, *messages: str, **about: Any) -> list[str]:
    dialogue = LoreDialogue(messages, **about)
    return [each.entry.content for each in activate(book, dialogue, len, 1_000).entries]


NOVELAI = {
    "lorebookVersion": 5,
    "entries": [
        {"text": "LAMP", "displayName": "x", "keys": ["lamp", "/l[i1]ght/i"], "enabled": True},
        {"text": "ALWAYS", "displayName": "y", "keys": [], "forceActivation": True},
        {"text": "OFF", "displayName": "z", "keys": ["lamp"], "enabled": False},
        {"text": "HIDDEN", "displayName": "c", "keys": ["lamp"], "category": "1"},
    ],
    "categories": [{"id": "1", "name": "c", "enabled": False}],
}
AGNAI = {
    "kind": "memory",
    "name": "Quay",
    "entries": [
        {
            "name": "Lamp",
            "entry": "LAMP",
            "keywords": ["lamp", "light"],
            "priority": 5,
            "weight": 1,
        },
        {"name": "Off", "entry": "OFF", "keywords": ["lamp"], "enabled": False},
    ],
}
RISU = {
    "type": "risu",
    "ver": 1,
    "data": [
        {
            "key": "lamp, light",
            "secondkey": "",
            "insertorder": 1,
            "comment": "a",
            "content": "LAMP",
        },
        {"key": "", "comment": "Folder", "content": "", "mode": "folder"},
        {"key": "lamp", "secondkey": "oil, fat", "selective": True, "content": "OIL"},
    ],
}
KOBOLD = [
    {"key": "lamp,light", "keysecondary": "", "content": "LAMP", "constant": False},
    {"key": "lamp", "keysecondary": "oil", "content": "OIL", "selective": True},
    {"key": "lamp", "keysecondary": "", "content": "OFF", "widisabled": True},
]
KOBOLD_UI = {
    "folders": {},
    "entries": {
        "1": {"uid": 1, "title": "t", "key": ["lamp"], "keysecondary": [], "content": "LAMP"}
    },
}
DUNGEON = [{"keys": "lamp,light", "value": "LAMP", "type": "thing", "title": "Lamp"}]


@pytest.mark.parametrize(
    ("document", "found"),
    [
        (NOVELAI, ["LAMP", "ALWAYS"]),
        (AGNAI, ["LAMP"]),
        (RISU, ["LAMP"]),
        (KOBOLD, ["LAMP"]),
        ({"gamestarted": True, "worldinfo": KOBOLD}, ["LAMP"]),
        (KOBOLD_UI, ["LAMP"]),
        (DUNGEON, ["LAMP"]),
    ],
)
def test_the_books_of_other_programs(document: Any, found: list[str]) -> None:
    book = book_of(document)
    assert sorted(active(book, "a lamp here")) == sorted(found)
    assert active(book, "nothing") == [text for text in found if text == "ALWAYS"]
    content = json.dumps(document).encode()
    inspected = inspect_file(BytesIO(content), "book", CardLimits(), ChatLogLimits())
    assert inspected.kind == "lorebook"


@pytest.mark.parametrize("category", [{}, {"id": "1"}, ["1"], 1, True, None, ""])
def test_a_category_that_names_none_switches_nothing_off(category: Any) -> None:
    entry = {"text": "LAMP", "displayName": "x", "keys": ["lamp"], "category": category}
    assert active(book_of({**NOVELAI, "entries": [entry]}), "a lamp here") == ["LAMP"]


def test_secondary_keys_of_other_programs_count() -> None:
    for document in (RISU, KOBOLD):
        assert "OIL" in active(book_of(document), "a lamp and oil")


def test_the_shared_books() -> None:
    assert active(read_lorebook(shared_case("32-novelai.lorebook")), "the lamp") == ["LAMP"]
    filtered = read_lorebook(shared_case("32c-lore-filter-group.json"))
    found = active(filtered, "the lamp", char="Mira")
    assert found in (["A"], ["B"])
    (notice,) = describe_unhonoured(read_lorebook(shared_case("32d-lore-lookaround.json")))
    assert "look-around" in notice


def test_a_script_of_lines_is_no_lorebook() -> None:
    lines = [{"speaker": "Mira", "text": "Late."}, {"speaker": "Toby", "text": "No."}]
    content = json.dumps(lines).encode()
    assert inspect_file(BytesIO(content), "a", CardLimits(), ChatLogLimits()).kind == "script"


@pytest.mark.parametrize(
    "document", [{"entries": []}, {"entries": [{"keys": ["a"], "content": " "}]}]
)
def test_a_book_without_a_text_is_refused(document: Any) -> None:
    with pytest.raises(CardError) as refused:
        book_of(document)
    assert refused.value.code == "empty_lorebook"


@pytest.mark.parametrize(
    ("key", "text", "found"),
    [
        ("{{char}}", "Mira waits", True),
        ("{{user}}'s lamp", "Toby's lamp", True),
        ("{{CHAR}}", "Toby waits", False),
        ("/\\b{{char}}\\b/i", "mira waits", True),
        (" lamp ", "lamp", True),
        ("old  lamp", "the old lamp", True),
    ],
)
def test_keys_with_names_and_spaces(key: str, text: str, found: bool) -> None:
    book = book_of({"entries": [entry("E", key)]})
    assert active(book, text, char="Mira", user="Toby") == ["E"] * found


def test_keys_in_one_text_are_separated_by_commas() -> None:
    book = book_of({"entries": [{"keys": "lamp, light", "content": "E"}]})
    assert active(book, "the light") == ["E"]


def grouped(content: str, group: str, **more: Any) -> dict[str, Any]:
    return entry(content, "lamp", extensions={"group": group, **more})


def test_one_entry_of_a_group_is_active() -> None:
    rivals = [grouped("A", "g"), grouped("B", "g"), grouped("C", "h"), entry("D", "lamp")]
    seen = {tuple(entered(rivals, "lamp", seed=str(seed))) for seed in range(40)}
    assert seen == {("A", "C", "D"), ("B", "C", "D")}


def test_weights_and_precedence_decide_within_a_group() -> None:
    weighted = [grouped("A", "g", group_weight=0), grouped("B", "g", group_weight=100)]
    assert {tuple(entered(weighted, "lamp", seed=str(seed))) for seed in range(20)} == {("B",)}
    prior = [grouped("A", "g", group_override=True), grouped("B", "g")]
    assert {tuple(entered(prior, "lamp", seed=str(seed))) for seed in range(20)} == {("A",)}


def test_an_entry_of_several_groups_blocks_each() -> None:
    rivals = [grouped("A", "g, h", group_override=True), grouped("B", "g"), grouped("C", "h")]
    assert entered(rivals, "lamp") == ["A"]


@pytest.mark.parametrize(
    ("admits", "char", "tags", "found"),
    [
        ({"names": ["Mira"], "tags": []}, "Mira", [], True),
        ({"names": ["mira"]}, "MIRA", [], True),
        ({"names": ["Toby"]}, "Mira", [], False),
        ({"names": ["Toby"], "isExclude": True}, "Mira", [], True),
        ({"names": ["Mira"], "isExclude": True}, "Mira", [], False),
        ({"names": [], "tags": ["Keeper"]}, "Mira", ["keeper"], True),
        ({"names": [], "tags": []}, "Mira", [], True),
    ],
)
def test_filters_by_character(
    admits: dict[str, Any], char: str, tags: list[str], found: bool
) -> None:
    for name in ("character_filter", "characterFilter"):
        book = book_of({"entries": [entry("E", "lamp", extensions={name: admits})]})
        assert active(book, "lamp", char=char, tags=tags) == ["E"] * found


def test_a_delayed_entry_waits_for_the_text_of_another() -> None:
    delayed = entry("D", "lamp", extensions={"delay_until_recursion": True})
    other = entry("the lamp burns", "night")
    assert entered([delayed, other], "a lamp", recursive_scanning=True) == []
    assert sorted(entered([delayed, other], "night", recursive_scanning=True)) == [
        "D",
        "the lamp burns",
    ]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"extensions": {"sticky": 3}}, "sticky"),
        ({"extensions": {"cooldown": 2}}, "cooldown"),
        ({"extensions": {"vectorized": True}}, "similarity"),
        ({"extensions": {"useGroupScoring": True}}, "scores"),
        ({"extensions": {"matchPersonaDescription": True}}, "description"),
        ({"extensions": {"position": 5}}, "example messages"),
        ({"extensions": {"delay_until_recursion": True}}, "recursive_scanning"),
        ({"content": "@@unknown_thing 1\nE"}, "unknown_thing"),
        ({"keys": ["/(a)\\1/"]}, "look-around"),
        ({"keys": []}, "no key"),
    ],
)
def test_what_is_not_honoured_is_said_once(fields: dict[str, Any], said: str) -> None:
    book = book_of({"entries": [{**entry("E", "lamp"), **fields}]})
    (notice,) = describe_unhonoured(book)
    assert said in notice


def test_a_plain_book_has_nothing_to_say() -> None:
    plain = {"sticky": 0, "cooldown": None, "vectorized": False, "group": "", "position": 1}
    assert describe_unhonoured(book_of({"entries": [entry("E", "a", extensions=plain)]})) == []
