"""Scripts as people have them go through the wizard into a chat."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

PLAY = """THE TIDE

A Play in One Act

DRAMATIS PERSONAE

MIRA, a keeper.
TOBY, her brother.

SCENE I. A quay by night.

Enter MIRA and TOBY.

MIRA.
Who moved the boats while all the harbour slept?
I heard no oar, and yet the moorings wept.

TOBY.
The tide did, sister, as it ever does.

MIRA. [_Aside._]
He lies, and badly.

                         [_Exeunt._]

SCENE II. The lighthouse.

TOBY.
The lamp is out. Who has the second key?

MIRA.
I had it once. I gave it to the sea.
"""
CHINESE_PLAY = """第一场　夜里的码头

米　拉　昨天夜里，谁动了那些船？
托　比　是潮水，姐姐，一向是它。
米　拉　（旁白）他又在撒谎。

第二场　灯塔

托　比　灯灭了。第二把钥匙在谁那里？
米　拉　原先在我这里。我把它给了海。
"""
CHAT = """05/10/2025, 21:14 - Messages and calls are end-to-end encrypted.
05/10/2025, 21:14 - Mira: Are you still at the quay?
05/10/2025, 21:15 - Ron: Yes. The boats are gone.
05/10/2025, 21:15 - Mira: What do you mean, gone?
05/10/2025, 21:16 - Ron: <Media omitted>
06/10/2025, 08:02 - Ron: Did you sleep at all?
06/10/2025, 08:03 - Mira: On the stairs, with one eye open.
"""
GAME = """define m = Character("Mira", color="#c8ffc8")
define t = Character("Toby")

label start:
    scene bg quay
    play music "tide.ogg"
    m "Who moved the boats?"
    t "The tide did."
    menu:
        "Believe him":
            m "Then the tide ties knots now."
        "Ask again":
            jump again
label again:
    m "I asked you a question."
    t "And I answered it."
"""
PDF = Path(__file__).parents[1] / "fixtures" / "scripts" / "quay.pdf"


@pytest.mark.parametrize(
    ("name", "content", "speaker", "lines"),
    [
        ("tide.txt", PLAY, "Mira", 3),
        ("码头.txt", CHINESE_PLAY, "米拉", 3),
        ("chat.txt", CHAT, "Mira", 3),
        ("game.rpy", GAME, "Mira", 3),
        ("quay.pdf", PDF, "Mira", 3),
    ],
)
def test_from_a_script_to_a_chat(
    page: Page, tmp_path: Path, name: str, content: str | Path, speaker: str, lines: int
) -> None:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content.read_bytes())
    page.goto("/upload")
    page.get_by_label("Drop a file here").set_input_files(path)
    expect(page.get_by_role("heading", name="What was read")).to_be_visible()
    page.get_by_role("checkbox", name=re.compile(f"^{speaker} {lines} lines")).check()
    page.get_by_role("button", name=re.compile("^Create")).last.click()
    link = page.get_by_role("link", name=f"Talk to {speaker}")
    expect(link).to_be_visible(timeout=60_000)
    link.click()
    page.get_by_role("button", name="Start a conversation").click()
    box = page.get_by_role("textbox", name="Message to")
    box.fill("Who moved the boats?")
    box.press("Enter")
    # The greeting that the script suggests, the message, and a reply that takes it up.
    expect(page.locator(".speech")).to_have_count(3)
    expect(page.locator(".speech").last).to_contain_text("Yes, I will remember it.")


def test_a_line_with_two_directions_shows_each_once(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "late.txt"
    path.write_text(
        "MIRA (V.O.) (softly): You are late.\nTOBY: Ten years, or eleven.\n", encoding="utf-8"
    )
    page.goto("/upload")
    page.get_by_label("Drop a file here").set_input_files(path)
    words = page.locator(".sheet-words").first
    expect(words).to_contain_text("You are late.")
    expect(words).to_have_text(re.compile(r"^[^,]*\(softly\) You are late\.$"))
