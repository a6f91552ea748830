"""Edits, and alternatives that people go on from, are kept over what they were preferred to."""

import pytest

from app.settings import Settings
from app.signals.prompts import text_of
from tests.app.moderation.moderating import moderating
from tests.app.running import Running, running
from tests.app.signals.learning import (
    agree,
    edit,
    kept,
    learning,
    regenerate,
    select,
    settled,
)
from tests.app.turns.drafting import DraftingEngine

pytestmark = pytest.mark.anyio


async def pairs(stage: Running) -> list[tuple[str, str, str | None]]:
    """What is kept, as kind, preferred text and the other."""
    await settled(stage)
    return [(each.kind, each.answer, each.rejected) for each in await kept(stage)]


async def test_an_edit_is_kept_over_the_models_words(settings: Settings) -> None:
    async with running(settings, engine=DraftingEngine("It burns.")) as stage:
        await stage.make_character()
        await agree(stage.http)
        talk = await stage.open()
        turn = await stage.say(talk, "And the lamp?")
        await edit(stage, talk, turn["reply"], "It burns every night.")
        await edit(stage, talk, turn["reply"], "It burns every night, child.")
        assert await pairs(stage) == [("edited", "It burns every night, child.", "It burns.")]
        [signal] = await kept(stage)
        assert text_of(signal.prompt) == stage.engine.calls[-1].prompt
        await edit(stage, talk, turn["reply"], "It burns.")
        assert await pairs(stage) == []
        await edit(stage, talk, turn["message"], "And the light?")
        assert await pairs(stage) == []


async def test_an_edit_from_before_the_consent_is_not_the_models(settings: Settings) -> None:
    async with running(settings, engine=DraftingEngine("It burns.")) as stage:
        await stage.make_character()
        talk = await stage.open()
        reply = (await stage.say(talk, "And the lamp?"))["reply"]
        await edit(stage, talk, reply, "It burns every night.")
        await agree(stage.http)
        await edit(stage, talk, reply, "It burns every night, child.")
        assert await pairs(stage) == []


async def test_the_alternative_that_one_goes_on_from_is_chosen_once(settings: Settings) -> None:
    engine = DraftingEngine("The first.", "The second.", "What follows.")
    async with running(settings, engine=engine) as stage:
        await stage.make_character()
        await agree(stage.http)
        talk = await stage.open()
        first = (await stage.say(talk, "And the lamp?"))["reply"]
        prompt = stage.engine.calls[-1].prompt
        second = await regenerate(stage, talk, first)
        await select(stage, talk, first)
        assert await pairs(stage) == []  # to look at it is no choice
        await stage.say(talk, "Go on.")
        assert await pairs(stage) == [("chosen", "The first.", "The second.")]
        [signal] = await kept(stage)
        assert (str(signal.message_id), text_of(signal.prompt)) == (first["id"], prompt)
        await stage.say(talk, "And then?")
        assert [each.id for each in await kept(stage)] == [signal.id]
        # Whoever goes back and on from another has chosen that one.
        await select(stage, talk, second)
        await stage.say(talk, "Or so.")
        assert await pairs(stage) == [("chosen", "The second.", "The first.")]


async def test_the_newest_one_is_chosen_over_those_before_it(settings: Settings) -> None:
    drafts = [f"Number {number}." for number in range(6)]
    async with running(settings, engine=DraftingEngine(*drafts, "On.")) as stage:
        await stage.make_character()
        await agree(stage.http)
        talk = await stage.open()
        reply = (await stage.say(talk, "And the lamp?"))["reply"]
        for _ in drafts[1:]:
            reply = await regenerate(stage, talk, reply)
        await stage.say(talk, "Go on.")
        # The newest four of the five others.
        assert sorted(await pairs(stage)) == [
            ("chosen", "Number 5.", f"Number {number}.") for number in (1, 2, 3, 4)
        ]


async def test_edited_and_equal_alternatives_make_no_pair(settings: Settings) -> None:
    engine = DraftingEngine("The same.", "The same.", "Another.", "On.")
    async with running(settings, engine=engine) as stage:
        await stage.make_character()
        await agree(stage.http)
        talk = await stage.open()
        first = (await stage.say(talk, "And the lamp?"))["reply"]
        await regenerate(stage, talk, first)
        third = await regenerate(stage, talk, first)
        await edit(stage, talk, third, "My own words.")
        await select(stage, talk, first)
        await stage.say(talk, "Go on.")
        assert await pairs(stage) == [("edited", "My own words.", "Another.")]


async def test_a_flagged_alternative_makes_no_pair(settings: Settings) -> None:
    engine = DraftingEngine("Of unsafe-violence.", "The lamp burns.", "On.")
    async with running(moderating(settings), engine=engine) as stage:
        await stage.make_character()
        await agree(stage.http)
        talk = await stage.open()
        first = (await stage.say(talk, "And the lamp?"))["reply"]
        await regenerate(stage, talk, first)
        await stage.say(talk, "Go on.")
        assert await pairs(stage) == []


@pytest.mark.parametrize(("rule", "given"), [("ask", None), ("ask", False), ("off", True)])
async def test_without_consent_no_choice_is_kept(
    settings: Settings, rule: str, given: bool | None
) -> None:
    engine = DraftingEngine("The first.", "The second.", "On.")
    async with running(learning(settings, rule), engine=engine) as stage:
        await stage.make_character()
        if given is not None:
            await agree(stage.http, given=given)
        talk = await stage.open()
        first = (await stage.say(talk, "And the lamp?"))["reply"]
        await edit(stage, talk, await regenerate(stage, talk, first), "Mine.")
        await select(stage, talk, first)
        await stage.say(talk, "Go on.")
        await settled(stage)
        assert await kept(stage, unasked=True) == []


async def test_on_a_stage_it_is_kept_of_the_one_who_speaks(settings: Settings) -> None:
    async with running(settings, engine=DraftingEngine("The first.", "The second.")) as stage:
        await stage.make_character("Ben")
        anna = await stage.make_character("Anna")
        await agree(stage.http)
        opened = await stage.http.post(
            "/api/conversations", json={"characters": ["ben", "anna"], "user_name": "Robin"}
        )
        talk = opened.json()
        path = f"/api/conversations/{talk['id']}/messages"
        said = await stage.http.post(path, json={"content": "Anna?", "speaker": "anna"})
        assert said.status_code == 200, said.text
        reply = said.json()["reply"]
        assert reply["stage"]["speaker"]["slug"] == "anna"
        await edit(stage, talk, reply, "Yes, Robin.")
        [signal] = await kept(stage)
        assert str(signal.character_id) == anna["id"]
