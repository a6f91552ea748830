"""One entry of a JSON dialogue: its text, and who says it."""

import pytest

from characters.scripts.json.elements import Text, Value
from characters.scripts.json.turns import (
    Names,
    Turn,
    Unreadable,
    find_content,
    find_instruction,
    read_entry,
)

NAMES = Names("Ada", "Vi")


def message(role: str, content: str = "hi", **more: Value) -> Value:
    return {"role": Text(role, 1), "content": Text(content, 2), **more}


def text(content: str, row: int = 1) -> Text:
    return Text(content, row)


@pytest.mark.parametrize(
    ("entry", "speaker"),
    [
        (message("user"), "Ada"),
        (message(" USER "), "Ada"),
        (message("用户"), "Ada"),
        (message("assistant"), "Vi"),
        ({"from": text("gpt"), "value": text("hi")}, "Vi"),
        ({"from": text("human"), "value": text("hi")}, "Ada"),
        (message("船夫"), "船夫"),
        (message("assistant", name=text("Ilse")), "Ilse"),
        (message("assistant", name=text(" ")), "Vi"),
        (message("assistant", name=7), "Vi"),
        (message("system", name=text("Ilse")), ""),
        (message("tool"), ""),
        ({"speaker": text("Bev"), "line": text("hi")}, "Bev"),
        ({"speaker": None, "line": text("hi")}, ""),
        ({"角色": text("三三"), "台词": text("hi")}, "三三"),
        (text("hi"), None),  # names its speakers itself
    ],
)
def test_who_speaks(entry: Value, speaker: str | None) -> None:
    assert list(read_entry(entry, NAMES)) == [Turn(text("hi"), speaker)]


def test_a_character_without_a_name_is_the_assistant() -> None:
    assert list(read_entry(message("model"), Names("Ada", None))) == [Turn(text("hi"), "assistant")]


@pytest.mark.parametrize(
    ("entry", "row"),
    [
        (7, None),
        (None, None),
        ({}, None),
        ([text("x", 4)], 4),
        ({"content": text("x", 5)}, 5),
        ({"role": text("user", 6), "content": None}, 6),
        ({"role": 1, "deep": [None, {"a": [text("x", 9)]}]}, 9),
        ({"speaker": 7, "line": text("x", 8)}, 8),
    ],
)
def test_what_has_no_text_or_no_speaker_is_unreadable_at_its_row(
    entry: Value, row: int | None
) -> None:
    assert list(read_entry(entry, NAMES)) == [Unreadable(row)]


def test_texts_among_the_parts_of_a_message_are_joined_and_pictures_are_said() -> None:
    parts: list[Value] = [
        {"type": text("text"), "text": text("a", 3)},
        {"type": text("image_url", 4), "image_url": text("x", 5)},
        {"text": text("b", 6)},
        None,
    ]
    entry: Value = {"role": text("user"), "content": parts}
    turn, picture, nothing = read_entry(entry, NAMES)
    assert turn == Turn(text("a\nb"), "Ada")
    assert isinstance(turn, Turn)
    assert turn.text.row == 3
    assert (picture, nothing) == (Unreadable(4), Unreadable(None))


def test_the_instruction_is_a_system_messages_text() -> None:
    assert find_instruction(message("system", "Be kind.")) == "Be kind."
    assert find_instruction(message("developer", "Be kind.")) == "Be kind."
    assert find_instruction(message("user")) is None
    assert find_instruction(text("system")) is None


def test_content_is_a_text_wherever_it_stands() -> None:
    assert find_content(text("hi")) == "hi"
    assert find_content({"content": text("a"), "value": text("b")}) == "a"
    assert find_content({"content": []}) is None
    assert find_content({"content": 7, "value": text("b")}) is None
    assert find_content([text("hi")]) is None
