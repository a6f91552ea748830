"""Around what is said: keys, search, who one is, reading aloud, saving, printing, a calm page."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.web.conftest import PHONE, OpenPage
from tests.web.test_talking import begin, say

pytestmark = pytest.mark.browser

VOICES = """(() => {
  const spoken = [];
  class Synthesis extends EventTarget {
    getVoices() { return window.voices; }
    speak(utterance) { spoken.push([utterance.lang, utterance.text]); window.last = utterance; }
    cancel() { spoken.push("stop"); }
  }
  window.spoken = spoken;
  window.voices = [{ lang: "en_GB", name: "E", localService: true }];
  Object.defineProperty(window, "speechSynthesis", { value: new Synthesis() });
  window.SpeechSynthesisUtterance = class extends EventTarget {
    constructor(text) { super(); this.text = text; }
  };
})()"""


def menu(page: Page, choice: str) -> None:
    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("menuitem", name=choice).click()


def test_the_menu_is_worked_with_the_keyboard(page: Page) -> None:
    begin(page)
    button = page.get_by_role("button", name="More", exact=True)
    button.press("Enter")
    items = page.get_by_role("menuitem")
    expect(items.first).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(items.last).to_be_focused()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowDown")
    expect(items.nth(1)).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("menu")).to_be_hidden()
    expect(button).to_be_focused()
    button.press("Enter")
    page.keyboard.press("End")
    page.keyboard.press("Enter")  # the keys, on a sheet
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(button).to_be_focused()
    button.click()
    page.locator(".speech").first.click()
    expect(page.get_by_role("menu")).to_be_hidden()


def test_the_message_box_is_one_step_away(page: Page) -> None:
    begin(page)
    box = page.get_by_role("textbox", name="Message to")
    expect(box).to_be_focused()
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("/")
    expect(box).to_be_focused()
    expect(box).to_have_value("")
    page.locator("h1").evaluate("node => { node.tabIndex = -1; node.focus(); }")
    page.evaluate("document.querySelector('.masthead .switches button:last-child').focus()")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="To the message box")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(box).to_be_focused()
    page.evaluate("document.querySelector('.skip-link').focus()")
    page.keyboard.press("Enter")
    expect(box).to_be_focused()


def test_keys_are_listed_and_leave_fields_alone(page: Page) -> None:
    begin(page)
    box = page.get_by_role("textbox", name="Message to")
    box.press_sequentially("why? and/or")
    expect(box).to_have_value("why? and/or")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("?")
    sheet = page.get_by_role("dialog", name="Keys")
    expect(sheet.locator("kbd").first).to_have_text("Enter")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)


def test_edits_are_saved_with_enter_and_with_control_enter(open_page: OpenPage) -> None:
    page = open_page()
    begin(page)
    speech = page.locator(".speech").first

    def edit(text: str, keys: str) -> None:
        speech.hover()
        speech.get_by_role("button", name="Edit").click()
        page.get_by_role("textbox", name="Edit").fill(text)
        page.get_by_role("textbox", name="Edit").press(keys)

    edit("First.", "Enter")
    expect(speech.locator(".speech-text")).to_have_text("First.")
    edit("Second.", "Control+Enter")
    expect(speech.locator(".speech-text")).to_have_text("Second.")
    edit("Third.", "Shift+Enter")
    expect(page.get_by_role("textbox", name="Edit")).to_have_value("Third.\n")
    page.get_by_role("textbox", name="Edit").dispatch_event(
        "keydown", {"key": "Enter", "keyCode": 229, "bubbles": True}
    )
    page.get_by_role("textbox", name="Edit").press("Escape")
    expect(speech.locator(".speech-text")).to_have_text("Second.")


def test_conversations_are_searched_from_anywhere(page: Page) -> None:
    begin(page, "闻其详")
    begin(page)
    say(page, "Do you remember the quagga?")
    expect(page.locator(".is-live")).to_have_count(0)
    begin(page)
    page.keyboard.press("Control+k")
    sheet = page.get_by_role("dialog", name="Search conversations")
    field = sheet.get_by_role("combobox")
    expect(field).to_be_focused()
    expect(sheet.get_by_role("option").first).to_have_attribute("aria-selected", "true")
    field.fill("闻其详")
    expect(sheet.get_by_role("option").first).to_contain_text("闻其详")
    field.fill("no such words")
    expect(sheet.get_by_role("status")).to_have_text("No conversation has that.")
    field.fill("QUAGGA")
    expect(sheet.get_by_role("status")).to_have_text("1 conversation")
    expect(sheet.get_by_role("option")).to_have_count(1)
    expect(field).to_have_attribute(
        "aria-activedescendant", sheet.get_by_role("option").get_attribute("id") or "none"
    )
    field.press("ArrowDown")
    field.press("Enter")
    expect(sheet).to_have_count(0)
    expect(page.locator(".speech.is-user")).to_contain_text("quagga")


def test_who_one_is_once_for_all_and_for_one_conversation(page: Page) -> None:
    address = begin(page, user_name="user")
    say(page, "Hello.")
    expect(page.locator(".is-live")).to_have_count(0)
    expect(page.locator(".speech.is-user .speech-name")).to_contain_text("You")
    menu(page, "Who you are")
    dialog = page.get_by_role("dialog", name="Who you are")
    dialog.get_by_label("What should they call you?").fill("Mara <b>")
    dialog.get_by_label("About you").fill("A lighthouse inspector.")
    expect(dialog.get_by_label("Also in new conversations")).to_be_checked()
    dialog.get_by_role("button", name="Save").click()
    expect(page.locator(".speech.is-user .speech-name")).to_contain_text("Mara <b>")
    assert page.request.get("/api/persona").json() == {
        "name": "Mara <b>",
        "description": "A lighthouse inspector.",
    }
    menu(page, "Who you are")
    dialog.get_by_label("About you").fill("A smuggler.")
    dialog.get_by_label("Also in new conversations").uncheck()
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    page.reload()
    menu(page, "Who you are")
    expect(dialog.get_by_label("About you")).to_have_value("A smuggler.")
    expect(dialog.get_by_label("Also in new conversations")).not_to_be_checked()
    page.keyboard.press("Escape")
    assert page.request.get(address).json()["user_description"] == "A smuggler."
    description = page.request.get("/api/persona").json()["description"]
    assert description == "A lighthouse inspector."
    page.request.put("/api/persona", data={})


def test_a_reply_is_read_aloud_on_request_and_stopped(open_page: OpenPage) -> None:
    page = open_page()
    page.add_init_script(VOICES)
    address = begin(page)
    first = page.request.get(address).json()["messages"][0]
    text = "*He bows.* I am **here**. " + "So it goes on and on. " * 20
    page.request.patch(f"{address}/messages/{first['id']}", data={"content": text})
    page.reload()
    speech = page.locator(".speech").first
    speech.hover()
    read = speech.locator("[data-act=aloud]")
    expect(read).to_have_accessible_name("Read aloud")
    assert [each for each in page.evaluate("spoken") if each != "stop"] == [], "never by itself"
    read.click()
    expect(read).to_have_accessible_name("Stop reading")
    said = [each for each in page.evaluate("spoken") if each != "stop"]
    assert {lang for lang, _ in said} == {"en_GB"}
    assert said[0][1].startswith("He bows. I am here. So it goes")
    assert max(len(part) for _, part in said) <= 180
    assert len(said) > 2
    read.click()
    expect(read).to_have_accessible_name("Read aloud")
    assert page.evaluate("spoken").pop() == "stop"
    read.click()
    page.evaluate("last.dispatchEvent(new Event('end'))")
    expect(read).to_have_accessible_name("Read aloud")


def test_without_a_voice_of_the_language_nothing_offers_to_read(open_page: OpenPage) -> None:
    page = open_page()
    page.add_init_script(VOICES)
    begin(page, "闻其详")
    read = page.locator("[data-act=aloud]").first
    expect(read).to_be_hidden()
    page.evaluate(
        """() => {
          voices.push({ lang: "zh-CN", name: "Z", localService: false });
          speechSynthesis.dispatchEvent(new Event("voiceschanged"));
        }"""
    )
    page.locator(".speech").first.hover()
    expect(read).to_be_visible()


def test_a_conversation_is_saved_in_three_formats(page: Page) -> None:
    begin(page)
    say(page, "Keep this.")
    expect(page.locator(".is-live")).to_have_count(0)
    for choice, suffix in (("text", "txt"), ("Markdown", "md"), ("SillyTavern", "jsonl")):
        page.get_by_role("button", name="More", exact=True).click()
        with page.expect_download() as download:
            page.get_by_role("menuitem", name=re.compile(f"Save .*{choice}")).click()
        file = download.value
        assert file.suggested_filename.endswith(f".{suffix}")
        content = Path(file.path()).read_text("utf-8")
        assert "Keep this." in content
        if suffix == "jsonl":
            assert next(map(json.loads, content.splitlines()))["user_name"] == "Robin"


def test_the_whole_play_and_nothing_else_is_printed(page: Page) -> None:
    begin(page)
    say(page, "Print this.")
    expect(page.locator(".is-live")).to_have_count(0)
    page.evaluate("() => { window.print = () => { window.printed = true; }; }")
    menu(page, "Print, or save as PDF")
    page.wait_for_function("window.printed === true")
    page.emulate_media(media="print")
    for hidden in (".masthead", ".wings", ".composer", ".speech-tools", ".stage-tools", ".strip"):
        expect(page.locator(hidden).first).to_be_hidden()
    expect(page.locator("h1")).to_be_visible()
    expect(page.locator(".speech-text", has_text="Print this.").first).to_be_visible()
    overflow = page.locator(".stage-scroll").evaluate("node => getComputedStyle(node).overflowY")
    assert overflow == "visible"


@pytest.mark.parametrize("phone", [False, True])
def test_nothing_shifts_while_a_reply_streams(open_page: OpenPage, phone: bool) -> None:
    page = open_page(viewport=PHONE, has_touch=True) if phone else open_page()
    begin(page)
    expect(page.get_by_role("region", name="You might begin with")).to_be_visible()
    say(page, "**Tell** me all about the *horse*, very slowly, and leave nothing out of it at all.")
    expect(page.locator(".is-live .caret")).to_be_visible()
    page.evaluate(
        """() => {
          window.shifts = [];
          new PerformanceObserver((list) => {
            for (const { value, sources } of list.getEntries()) {
              const names = sources.map(({ node }) => node?.className ?? node?.nodeName);
              window.shifts.push([value, names]);
            }
          }).observe({ type: "layout-shift", buffered: false });
        }"""
    )
    expect(page.locator(".is-live")).to_have_count(0)
    expect(page.locator(".speech")).to_have_count(3)
    expect(page.locator(".stage-title")).to_contain_text("Tell me all")
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    shifts: list[tuple[float, Any]] = page.evaluate("window.shifts")
    assert sum(value for value, _ in shifts) < 0.01, shifts


def test_the_first_view_loads_little_script_and_none_of_the_chat(page: Page) -> None:
    loaded: list[str] = []
    page.on("response", lambda response: loaded.append(response.url))
    size = "performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('.js'))"
    page.goto("/")
    expect(page.get_by_role("link", name="Ambrose Pettifer", exact=True).first).to_be_visible()
    scripts = {url for url in loaded if url.endswith(".js")}
    assert not any("/vendor/" in url or "/chat/markdown" in url for url in scripts)
    assert page.evaluate(f"{size}.reduce((sum, {{ decodedBodySize: s }}) => sum + s, 0)") < 120_000
    assert not any("/zh.js" in url for url in scripts), "one language at a time"
    begin(page)
    assert any("/vendor/marked.js" in url for url in loaded)
    page.get_by_role("button", name="切换到中文").click()
    expect(page.get_by_role("textbox", name="写给")).to_be_visible()
