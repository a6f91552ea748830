"""What moderation hides on a stage reaches no prompt, and is reported with who answered."""

import pytest

from app.settings import Settings
from tests.app.moderation.moderating import moderating, reports
from tests.app.running import running, texts
from tests.app.stage.staging import act, cast_of, last_prompt, make_cast, open_stage
from tests.app.turns.drafting import DraftingEngine

pytestmark = pytest.mark.anyio

GOOD = "The lamp burns every night, and I trim it myself at ten."


@pytest.mark.parametrize("role", ["persona", "director"])
async def test_a_moderated_line_or_direction_is_hidden(settings: Settings, role: str) -> None:
    engine = DraftingEngine(GOOD)
    async with running(moderating(settings, messages="hide"), engine=engine) as stage:
        await make_cast(stage)
        opened = await open_stage(stage, role=role)
        await act(stage, opened, "go-on", speaker="anna")
        await act(stage, opened, "participants/clara/leave")
        turn = await act(
            stage, opened, "messages", content="Speak of unsafe-violence.", speaker="ben"
        )
        assert turn["reply"]["moderation"] == "hidden"
        shown = await stage.read(opened)
        [message] = [each for each in shown["messages"] if "unsafe" in each["content"]]
        assert (message["hidden"], message["moderation"]) == (True, "hidden")
        assert cast_of(shown) == {"anna": True, "ben": True, "clara": False}
        assert not shown["messages"][2]["hidden"]  # the exit
        for slug in ("anna", "ben"):
            await act(stage, opened, "go-on", speaker=slug)
            assert "unsafe-violence" not in last_prompt(stage)
            assert "Clara leaves." in last_prompt(stage)
        assert texts(shown)[0] in last_prompt(stage)
        found = await reports(stage)
        assert [each["character"]["slug"] for each in found] == ["ben"]
