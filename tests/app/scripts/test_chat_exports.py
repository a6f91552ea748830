"""A chat's export becomes a character that people talk to."""

import pytest

from tests.app.running import Running, as_object

pytestmark = [pytest.mark.anyio, pytest.mark.one_database]

WHATSAPP = (
    "05/10/2020, 00:13 - Messages and calls are end-to-end encrypted.\n"
    "05/10/2020, 00:14 - Dana: Is the lamp lit?\n"
    "05/10/2020, 00:15 - Ron: Since dusk, and the oil is in the shed.\n"
    "05/10/2020, 00:16 - Ron: <Media omitted>\n"
    "05/10/2020, 09:40 - Dana: And the boat?\n"
    "05/10/2020, 09:41 - Ron: The boat is at the quay.\nTied twice.\n"
)


async def test_a_whatsapp_chat_is_shown_cast_and_talked_to(stage: Running) -> None:
    files = {"file": ("WhatsApp Chat with Ron.txt", WHATSAPP.encode())}
    page = as_object(await stage.http.post("/api/scripts/preview", files=files))
    shown = [(item["kind"], item["speaker"], item["text"]) for item in page["items"]]
    lines = [item for item in shown if item[0] == "line"]
    assert lines == [
        ("line", "Dana", "Is the lamp lit?"),
        ("line", "Ron", "Since dusk, and the oil is in the shed."),
        ("line", "Dana", "And the boat?"),
        ("line", "Ron", "The boat is at the quay. Tied twice."),
    ]
    assert not [item for item in shown if item[0] == "rejected"]

    script = await stage.upload(WHATSAPP, "WhatsApp Chat with Ron.txt")
    report = script
    assert {each["name"]: each["lines"] for each in report["speakers"]} == {"Dana": 2, "Ron": 2}
    assert report["other_kind"] is None
    assert report["rows"] == {"total": 7, "dialogue": 5, "narration": 2, "rejected": 0}

    await stage.make_character("Ron", script_ids=[script["id"]])
    stage.engine.reply = "Aye."
    conversation = await stage.open("ron")
    await stage.say(conversation, "Is the lamp lit?")
    assert "Since dusk, and the oil is in the shed." in str(stage.engine.calls[-1].prompt)
