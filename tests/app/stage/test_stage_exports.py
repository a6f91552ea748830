"""Exports of stages as they are read: text, Markdown and Fountain."""

import pytest

from tests.app.running import Running
from tests.app.stage.staging import act, make_cast, open_stage

pytestmark = [pytest.mark.anyio, pytest.mark.one_database]


async def test_a_stage_goes_out_as_a_play(stage: Running) -> None:
    await make_cast(stage)
    opened = await open_stage(stage, opening="The lighthouse at night.")
    stage.engine.reply = "I shall dig for it."
    await act(stage, opened, "messages", content="/whisper Ben: The key is in the well.")
    await act(stage, opened, "participants/clara/leave")
    stage.engine.reply = "A cold night."
    await act(stage, opened, "messages", content="Good evening.", speaker="anna")
    url = f"/api/conversations/{opened['id']}/export"
    text = await stage.http.get(url, params={"format": "text"})
    assert text.text == (
        "(The lighthouse at night.)\n\n"
        "Mara (whispers to Ben): The key is in the well.\n\n"
        "Ben (whispers to Mara): I shall dig for it.\n\n"
        "(Clara leaves.)\n\n"
        "Mara: Good evening.\n\n"
        "Anna: A cold night.\n\n"
    )
    fountain = await stage.http.get(url, params={"format": "fountain"})
    assert fountain.headers["content-type"] == "text/plain; charset=utf-8"
    assert fountain.headers["content-disposition"].endswith(".fountain")
    assert fountain.text.partition("\n\n")[2] == (
        "The lighthouse at night.\n\n"
        "MARA\n(whispers to Ben)\nThe key is in the well.\n\n"
        "BEN\n(whispers to Mara)\nI shall dig for it.\n\n"
        "Clara leaves.\n\n"
        "MARA\nGood evening.\n\n"
        "ANNA\nA cold night.\n"
    )


async def test_a_conversation_of_two_goes_out_as_a_play(stage: Running) -> None:
    await stage.make_character(greeting="Come in.")
    talk = await stage.open()
    stage.engine.reply = "It burns."
    await stage.say(talk, "Does the lamp burn?")
    url = f"/api/conversations/{talk['id']}/export"
    fountain = await stage.http.get(url, params={"format": "fountain"})
    assert fountain.text.partition("\n\n")[2] == (
        "BEN\nCome in.\n\nUSER\nDoes the lamp burn?\n\nBEN\nIt burns.\n"
    )
