"""From a file to characters; and what a script says never becomes markup."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.web.conftest import PHONE, OpenPage

pytestmark = pytest.mark.browser

ATTACK = "<img src=x onerror=alert(1)>"

SCRIPT = f"""Mira: {ATTACK} is what I say.
Otto: (whispering) Do not say such things, Mira.
Mira: I say them anyway, and loudly.
: nobody is named here

Otto: Shall we go and see the lighthouse?
Mira: Only if you carry the lantern.
"""

PIER = """VERA: Who moved the boats in the night?
OLD PIKE: The tide did, as it does every night.
THE VERA: I did not believe him.
Vera: Then the tide ties knots now.

OLD PIKE: It ties better ones than you, girl.
VERA: Show me one of them.
"""

TABLE = "id,who,said\n1,Mara,Light the lamp.\n2,Tobin,It is lit.\n3,Mara,I cannot see it.\n"


@pytest.fixture
def script(tmp_path: Path) -> Path:
    return write(tmp_path, "Mira.txt", SCRIPT)


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def choose(page: Page, path: Path) -> None:
    page.goto("/upload")
    page.get_by_label("Drop a file here").set_input_files(path)
    expect(page.get_by_role("heading", name="What was read")).to_be_visible()


def ready(page: Page, name: str) -> Locator:
    """The way to a character that has learned its lines: behind chats, and behind the samples."""
    link = page.get_by_role("link", name=f"Talk to {name}")
    expect(link).to_be_visible(timeout=60_000)
    return link


def speaker(page: Page, name: str) -> None:
    page.get_by_role("checkbox", name=re.compile(f"^{name} ")).check()


def test_from_file_to_talk(page: Page, script: Path) -> None:
    choose(page, script)
    row = page.get_by_role("row", name="nobody is named here")
    expect(row).to_contain_text("4")
    expect(row).to_contain_text("Nobody is named before the colon")
    expect(page.locator(".speaker-sample").get_by_text(ATTACK)).to_be_visible()
    expect(page.locator(".sheet-line").first).to_contain_text(ATTACK)
    page.get_by_label("Tagline").fill(ATTACK)
    page.get_by_label("Greeting").fill("Bring the lantern.")
    page.get_by_role("button", name="Create the character").last.click()
    ready(page, "Mira").click()
    expect(page.locator(".persona-tagline")).to_have_text(ATTACK)
    page.get_by_role("button", name="Start a conversation").click()
    box = page.get_by_role("textbox", name="Message to Mira")
    box.fill(f"{ATTACK} (bows)")
    box.press("Enter")
    expect(page.locator(".speech").nth(1).locator(".speech-text")).to_have_text(f"{ATTACK} (bows)")
    expect(page.locator(".is-user .direction")).to_have_text("(bows)")
    expect(page.locator(".speech").nth(2)).to_contain_text(ATTACK)
    expect(page.locator('main img:not([src^="/api/characters/"])')).to_have_count(0)

    page.goto("/scripts")
    page.get_by_role("link", name="Mira", exact=True).click()
    expect(page.locator(".scenes")).to_contain_text(ATTACK)
    expect(page.get_by_role("link", name="Mira", exact=True)).to_be_visible()


def test_replacing_a_script_is_asked_about(page: Page, tmp_path: Path) -> None:
    path = write(tmp_path, "Otto.txt", "Mira: Who is there?\nOtto: It is only me.\n")
    choose(page, path)
    page.get_by_role("button", name="Create Otto").click()
    ready(page, "Otto")

    path.write_text("Mira: Who is there now?\nOtto: It is me again.\n", encoding="utf-8")
    choose(page, path)
    expect(page.get_by_text("There is a script called “Otto” already")).to_be_visible()
    page.get_by_role("button", name="Create Otto").click()
    expect(page.get_by_role("alert")).to_contain_text("Confirm above")
    page.get_by_label("Title of the script").fill("Otto, second night")
    expect(page.get_by_text("There is a script called")).to_have_count(0)
    page.get_by_role("button", name="Create Otto").click()
    ready(page, "Otto")


def test_several_characters_whose_names_were_merged(page: Page, tmp_path: Path) -> None:
    choose(page, write(tmp_path, "pier.txt", PIER))
    page.get_by_label("Format").select_option("text")
    page.get_by_role("button", name="Merge all 2").click()
    expect(page.get_by_role("status").filter(has_text="Merged. 2 speakers now.")).to_be_focused()
    vera = page.get_by_role("checkbox", name=re.compile("^Vera 4 lines"))
    page.get_by_role("button", name="Part Vera from VERA again").click()
    expect(page.get_by_role("checkbox", name=re.compile("^Vera 1 line"))).to_be_visible()
    page.get_by_role("button", name="Vera: same as…", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("combobox").select_option("VERA")
    dialog.get_by_role("button", name="Merge").click()
    vera.check()
    speaker(page, "Old Pike")

    forms = page.locator(".cast-member")
    forms.nth(1).locator("summary").click()
    forms.nth(1).get_by_label("Greeting").fill("Mind the ropes.")
    forms.nth(1).get_by_label("Name", exact=True).fill(" ")
    page.get_by_role("button", name="Create 2 characters").click()
    expect(forms.nth(1).get_by_role("alert")).to_be_visible()
    expect(forms.nth(1).get_by_label("Name", exact=True)).to_be_focused()
    forms.nth(1).get_by_label("Name", exact=True).fill("Pike")
    expect(forms.nth(1).get_by_label("Greeting")).to_have_value("Mind the ropes.")
    page.get_by_role("button", name="Create 2 characters").click()
    ready(page, "Vera")
    ready(page, "Pike").click()
    expect(page.locator(".persona-greeting")).to_have_text("Mind the ropes.")


def test_nothing_typed_is_lost(page: Page, script: Path) -> None:
    choose(page, script)
    page.get_by_label("Title of the script").fill("A long night")
    page.get_by_label("Profile").fill("She keeps the light.")
    page.route("**/api/scripts", lambda route: route.abort())
    page.get_by_role("button", name="Create the character").last.click()
    problem = page.locator(".upload").get_by_role("alert")
    expect(problem).to_contain_text("Nothing you typed is lost")
    expect(page.get_by_label("Profile")).to_have_value("She keeps the light.")
    page.unroute("**/api/scripts")
    page.get_by_role("button", name="切换到中文").click()
    expect(page.get_by_label("人物小传")).to_have_value("She keeps the light.")
    page.get_by_role("link", name="剧本", exact=True).click()
    page.get_by_role("link", name="上传", exact=True).click()
    expect(page.get_by_label("剧本标题")).to_have_value("A long night")
    expect(page.get_by_label("人物小传")).to_have_value("She keeps the light.")


def test_the_columns_of_a_table_are_chosen(page: Page, tmp_path: Path) -> None:
    page.goto("/upload")
    page.get_by_label("Drop a file here").set_input_files(write(tmp_path, "table.csv", TABLE))
    expect(page.get_by_role("alert")).to_contain_text("Choose below which columns")
    page.get_by_label("Speaker", exact=True).focus()
    page.get_by_label("Speaker", exact=True).select_option("who")
    expect(page.get_by_label("Speaker", exact=True)).to_be_focused()
    page.get_by_label("Line", exact=True).select_option("said")
    expect(page.get_by_role("checkbox", name=re.compile("^Mara 2 lines"))).to_be_visible()


def test_a_dropped_card_becomes_a_character_and_leaves_as_a_card(
    page: Page, tmp_path: Path
) -> None:
    card = {
        "spec": "chara_card_v2",
        "spec_version": "2.0",
        "data": {
            "name": "Ilse",
            "description": f"{{{{char}}}} keeps the pier. {ATTACK}",
            "first_mes": "You are late, {{user}}.",
            "mes_example": "<START>\n{{user}}: Is it safe?\n{{char}}: It is dry.",
            "tags": ["sea"],
        },
    }
    page.goto("/upload")
    page.locator(".upload").evaluate(
        """(node, text) => {
          const carried = new DataTransfer();
          carried.items.add(new File([text], "ilse.json", { type: "application/json" }));
          node.dispatchEvent(new DragEvent("drop", { dataTransfer: carried, bubbles: true }));
        }""",
        json.dumps(card),
    )
    expect(page.get_by_role("heading", name="What the card says")).to_be_visible()
    page.get_by_label("Greeting").fill("Mind the gap, {{user}}.")
    page.get_by_role("button", name="Create the character").click()
    ready(page, "Ilse").click()
    expect(page.locator(".persona-profile")).to_contain_text(ATTACK)

    page.goto("/admin")
    page.get_by_role("button", name="Files of Ilse").first.click()  # the newest
    files = page.get_by_role("dialog")
    files.get_by_label("Format").first.select_option("v3")
    with page.expect_download() as download:
        files.get_by_role("link", name="Download", exact=True).first.click()
    exported = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))
    assert exported["spec"] == "chara_card_v3"
    assert exported["data"]["first_mes"] == "Mind the gap, {{user}}."
    assert exported["data"]["description"] == card["data"]["description"]  # type: ignore[index]  # a dict of dicts


def test_a_chat_goes_on(page: Page, tmp_path: Path) -> None:
    rows = [
        {"user_name": "Dee", "character_name": "Bev Ruddock", "chat_metadata": {}},
        {"name": "Dee", "is_user": True, "mes": "Any soup left?"},
        {"name": "Bev Ruddock", "is_user": False, "mes": "There was, before the fire."},
    ]
    text = "\n".join(map(json.dumps, rows))
    page.goto("/upload")
    page.get_by_label("Drop a file here").set_input_files(write(tmp_path, "chat.jsonl", text))
    page.get_by_role("button", name="Go on with this chat").click()
    expect(page.locator(".speech").last).to_contain_text("There was, before the fire.")


def test_an_unreadable_file_is_explained_where_it_was_chosen(page: Page, tmp_path: Path) -> None:
    page.goto("/upload")
    path = write(tmp_path, "prose.txt", "Nobody speaks in this one.\n")
    page.get_by_label("Drop a file here").set_input_files(path)
    expect(page.get_by_role("alert")).to_contain_text(re.compile("dialogue", re.IGNORECASE))
    expect(page.get_by_text("prose.txt")).to_be_visible()


def test_another_encoding_reads_the_file_again(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "三三.txt"
    path.write_bytes("二二: 今天天气真好。\n三三: 嗯，适合维护服务器。\n".encode("gb18030"))
    choose(page, path)
    expect(page.get_by_text(re.compile("GB18030.* sure"))).to_be_visible()
    page.get_by_label("Encoding").select_option("cp1252")
    expect(page.get_by_text("The encoding is a guess")).to_be_visible()
    page.get_by_label("Encoding").select_option("gb18030")
    expect(page.get_by_role("checkbox", name=re.compile("三三"))).to_be_visible()


def test_a_phone_shows_all_of_it(open_page: OpenPage, script: Path) -> None:
    page = open_page(viewport=PHONE, has_touch=True)
    choose(page, script)
    speaker(page, "Otto")
    wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    assert not wide
    expect(page.get_by_role("button", name="Create 2 characters")).to_be_visible()
