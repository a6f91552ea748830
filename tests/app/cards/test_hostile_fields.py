"""Whatever JSON a card has in a field, it is described, imported, shown and sent back."""

import pytest

from tests.app.cards.shelf import send_card
from tests.app.running import Json, Running, as_object
from tests.characters.cards.carriers import v2

pytestmark = pytest.mark.anyio

UNSTORABLE = "a\x00 \ud83c b"
FIELDS = [
    *("description", "personality", "scenario", "first_mes", "mes_example", "creator"),
    *("creator_notes", "character_version", "system_prompt", "nickname", "x_unknown"),
]


def card_with(value: object) -> Json:
    """A card of Vi with the same value in every field but her name."""
    return v2(**dict.fromkeys(FIELDS, value), tags=[value], alternate_greetings=[value])


async def goes_in_and_out_again(stage: Running, value: object) -> None:
    response = await send_card(stage, card_with(value))
    assert response.status_code == 202, response.text
    slug = as_object(response)["character"]["slug"]
    for path in ("", "/card?format=v2", "/card?format=png"):
        assert (await stage.http.get(f"/api/characters/{slug}{path}")).status_code == 200


async def test_texts_that_no_database_stores_go_in_and_out_again(stage: Running) -> None:
    for value in (UNSTORABLE, {UNSTORABLE: UNSTORABLE}, [UNSTORABLE]):
        await goes_in_and_out_again(stage, value)


@pytest.mark.one_database
async def test_values_that_are_no_texts_go_in_and_out_again(stage: Running) -> None:
    values: list[object] = [7, 1e308, True, None, [[]], {"a": {"b": []}}]
    for value in values:
        await goes_in_and_out_again(stage, value)


@pytest.mark.one_database
async def test_halves_of_characters_become_question_marks_in_what_is_shown(stage: Running) -> None:
    response = await send_card(stage, card_with(UNSTORABLE))
    shown = as_object(response)
    assert shown["card"]["creator"] == "a ? b"
    assert shown["character"]["creator_notes"] == "a ? b"
    assert shown["character"]["tags"] == ["a ? b"]
