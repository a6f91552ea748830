"""A lorebook with halves of characters in it fails no turn, and no description of a file."""

import json

import pytest

from tests.app.cards.shelf import import_card
from tests.app.lorebooks.test_lorebooks import add, book, entry, lore_of, prompt_of
from tests.app.running import Running, as_object
from tests.characters.cards.carriers import v2

pytestmark = pytest.mark.anyio

UNSTORABLE = "a\x00 \ud83c b"


async def test_an_entry_enters_a_turn_without_what_cannot_be_sent(stage: Running) -> None:
    await stage.make_character()
    odd = entry(["lamp\ud83c", f"lamp{UNSTORABLE}", "lamp"], UNSTORABLE, name=UNSTORABLE)
    await add(stage, book(odd, name=UNSTORABLE, description=UNSTORABLE))
    turn = await stage.say(await stage.open(), "Is the lamp lit?")
    (lore,) = lore_of(turn)
    assert "a ? b" in prompt_of(stage)
    assert "\x00" not in json.dumps(lore)
    assert "\\ud83c" not in json.dumps(lore)


async def test_its_key_may_be_all_that_is_odd(stage: Running) -> None:
    await stage.make_character()
    await add(stage, book(entry(["\x00lamp"], "The lamp is lit."), entry(["\x00"], "Never.")))
    turn = await stage.say(await stage.open(), "Is the lamp lit?")
    assert [item["lines"] for item in lore_of(turn)] == [["The lamp is lit."]]


async def test_a_book_of_a_card_is_no_other(stage: Running) -> None:
    own = {"extensions": {}, "entries": [entry([], UNSTORABLE, constant=True)]}
    await import_card(stage, v2(character_book=own))
    assert lore_of(await stage.say(await stage.open("vi"), "Well?"))


@pytest.mark.one_database
async def test_a_chat_with_odd_names_is_described(stage: Running) -> None:
    head = {"user_name": UNSTORABLE, "character_name": UNSTORABLE, "create_date": "2024-1-1"}
    said = {"name": "Ben", "is_user": False, "mes": "Hi.", "send_date": "x"}
    content = "\n".join(map(json.dumps, (head, said))).encode()
    response = await stage.http.post("/api/files/inspect", files={"file": ("c.jsonl", content)})
    chat = as_object(response)["chat"]
    assert (chat["user_name"], chat["character_name"]) == ("a ? b", "a ? b")
