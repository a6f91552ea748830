"""From a file to a character; and what a script says never becomes markup."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

ATTACK = "<img src=x onerror=alert(1)>"

SCRIPT = f"""Mira: {ATTACK} is what I say.
Otto: (whispering) Do not say such things, Mira.
Mira: I say them anyway, and loudly.
this row has no colon

Otto: Shall we go and see the lighthouse?
Mira: Only if you carry the lantern.
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "Mira.txt"
    path.write_text(SCRIPT, encoding="utf-8")
    return path


def choose(page: Page, path: Path) -> None:
    page.goto("/upload")
    page.get_by_label("Drop a script here").set_input_files(path)
    expect(page.get_by_role("heading", name="What was read")).to_be_visible()


def test_from_file_to_talk(page: Page, script: Path) -> None:
    choose(page, script)
    row = page.get_by_role("row", name="this row has no colon")
    expect(row).to_contain_text("4")
    expect(row).to_contain_text("No colon")
    expect(page.get_by_text(ATTACK)).to_be_visible()
    page.get_by_label("Tagline").fill(ATTACK)
    page.get_by_label("Greeting").fill("Bring the lantern.")
    page.get_by_role("button", name="Create the character").click()
    page.get_by_role("link", name="Talk to Mira").click()
    expect(page.locator(".persona-tagline")).to_have_text(ATTACK)
    page.get_by_role("button", name="Start a conversation").click()
    box = page.get_by_role("textbox", name="Message to Mira")
    box.fill(f"{ATTACK} (bows)")
    box.press("Enter")
    expect(page.locator(".speech").nth(1).locator(".speech-text")).to_have_text(f"{ATTACK} (bows)")
    expect(page.locator(".is-user .direction")).to_have_text("(bows)")
    expect(page.locator(".speech").nth(2)).to_contain_text(ATTACK)
    expect(page.locator("main img")).to_have_count(0)

    page.goto("/scripts")
    page.get_by_role("link", name="Mira", exact=True).click()
    expect(page.locator(".scenes")).to_contain_text(ATTACK)
    expect(page.get_by_role("link", name="Mira", exact=True)).to_be_visible()


def test_replacing_a_script_is_asked_about(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "Otto.txt"
    path.write_text("Mira: Who is there?\nOtto: It is only me.\n", encoding="utf-8")
    choose(page, path)
    page.get_by_role("button", name="Create Otto").click()
    expect(page.get_by_role("link", name="Talk to Otto")).to_be_visible()

    path.write_text("Mira: Who is there now?\nOtto: It is me again.\n", encoding="utf-8")
    choose(page, path)
    expect(page.get_by_text("There is a script called “Otto” already")).to_be_visible()
    page.get_by_role("button", name="Create Otto").click()
    expect(page.get_by_role("alert")).to_contain_text("Confirm above")
    page.get_by_label("Title of the script").fill("Otto, second night")
    expect(page.get_by_text("There is a script called")).to_have_count(0)
    page.get_by_role("button", name="Create Otto").click()
    expect(page.get_by_role("link", name="Talk to Otto")).to_be_visible()


def test_an_unreadable_file_is_explained_where_it_was_chosen(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "prose.txt"
    path.write_text("Nobody speaks in this one.\n", encoding="utf-8")
    page.goto("/upload")
    page.get_by_label("Drop a script here").set_input_files(path)
    expect(page.get_by_role("alert")).to_contain_text(re.compile("dialogue", re.IGNORECASE))
    expect(page.get_by_text("prose.txt")).to_be_visible()


def test_another_encoding_reads_the_file_again(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "三三.txt"
    path.write_bytes("二二：今天天气真好。\n三三：嗯，适合维护服务器。\n".encode("gb18030"))
    choose(page, path)
    page.get_by_label("Encoding").select_option("gb18030")
    expect(page.get_by_text(re.compile("Read as text, gb18030"))).to_be_visible()
    expect(page.get_by_role("checkbox", name=re.compile("三三"))).to_be_checked()
