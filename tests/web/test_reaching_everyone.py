"""Two languages, a keyboard, a small phone, an operator."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.web.conftest import PHONE, OpenPage, dictionaries
from tests.web.test_talking import begin

pytestmark = pytest.mark.browser


def test_the_interface_follows_the_browser_and_the_switch(open_page: OpenPage) -> None:
    page = open_page(locale="zh-CN")
    page.goto("/")
    expect(page.get_by_role("heading", name="剧中人")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    page.get_by_role("button", name="Switch to English").click()
    expect(page.get_by_role("heading", name="The cast")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="The cast")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_both_languages_say_everything(page: Page) -> None:
    page.goto("/")
    missing = page.evaluate(
        """async (files) => {
          const all = async (code) => {
            const parts = await Promise.all(files[code].map((file) => import(file)));
            return Object.assign({}, ...parts.map((part) => part[code]));
          };
          const [en, zh] = await Promise.all([all("en"), all("zh")]);
          // Codes whose English sentence is the server's own need only a Chinese one.
          const own = (key) => /^(error|rejection)[.]/.test(key);
          return [
            ...Object.keys(en).filter((key) => !(key in zh)),
            ...Object.keys(zh).filter((key) => !(key in en) && !own(key)),
          ];
        }""",
        {"en": dictionaries("en"), "zh": dictionaries("zh")},
    )
    assert missing == []


def test_the_theme_can_be_chosen(page: Page) -> None:
    page.goto("/")
    page.get_by_role("button", name="Theme: as the system").click()
    page.get_by_role("button", name="Theme: light").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def press_until(page: Page, key: str, name: str, limit: int = 40) -> None:
    """Move the focus as a person without a mouse does."""
    for _ in range(limit):
        page.keyboard.press(key)
        focused = page.evaluate(
            """() => {
              const control = document.activeElement.closest("a, button");
              return control?.getAttribute("aria-label") ?? control?.innerText ?? "";
            }"""
        )
        if re.search(name, focused):
            return
    raise AssertionError(f"{key} never reached {name}")


def test_a_walk_without_a_mouse(page: Page) -> None:
    page.goto("/")
    expect(page.get_by_role("link", name="Bev Ruddock", exact=True)).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    press_until(page, "Tab", "^Bev Ruddock$")
    page.keyboard.press("Enter")
    expect(page.locator("h1", has_text="Bev Ruddock")).to_be_focused()
    press_until(page, "Tab", "Start a conversation")
    page.keyboard.press("Enter")
    box = page.get_by_role("textbox", name="Message to Bev Ruddock")
    expect(box).to_be_focused()
    page.keyboard.type("Any soup left?")
    page.keyboard.press("Enter")
    expect(page.locator(".speech").nth(2)).to_contain_text("I will remember it.")
    expect(page.locator(".is-live")).to_have_count(0)
    press_until(page, "Shift+Tab", "behind this")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Lines behind this reply")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="behind this")).to_be_focused()


def test_the_keyboard_keeps_its_place_among_the_lines(page: Page) -> None:
    begin(page)
    box = page.locator(".composer-input")
    speech = page.locator(".speech:not(.is-live)")
    idle = page.locator(".composer:not(.is-busy)")
    box.fill("Say it each time anew.")
    box.press("Enter")
    expect(speech).to_have_count(3)
    expect(idle).to_be_visible()
    again = page.get_by_role("button", name="Another reply")
    again.press("Enter")
    expect(page.locator(".alternatives-count")).to_have_text("2/2")
    expect(again).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".alternatives-count")).to_have_text("3/3")
    expect(again).to_be_focused()

    edit = speech.nth(2).get_by_role("button", name="Edit")
    edit.press("Enter")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("textbox", name="Edit")).to_have_count(0)
    expect(edit).to_be_focused()

    speech.nth(1).get_by_role("button", name="Edit").press("Enter")
    page.keyboard.type("Now: ")
    page.keyboard.press("Control+Enter")
    expect(speech.nth(1)).to_contain_text("Now: ")
    expect(idle).to_be_visible()
    expect(speech.nth(2)).to_be_visible()
    expect(speech.nth(1)).to_be_focused()


PLACES = """node => {
  const text = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
  const places = [];
  const range = document.createRange();
  while (text.nextNode()) {
    for (let n = 0; n < text.currentNode.length; n += 1) {
      range.setStart(text.currentNode, n);
      range.setEnd(text.currentNode, n + 1);
      places.push(range.getBoundingClientRect().left);
    }
  }
  return places;
}"""
"""Where each letter of an element begins, in pixels from the left."""


def test_what_runs_from_right_to_left_keeps_its_order(page: Page) -> None:
    begin(page)
    box = page.locator(".composer-input")
    box.fill("سلام.")
    box.press("Enter")
    line = page.locator(".speech.is-user .speech-text")
    expect(line).to_have_text("سلام.")
    expect(page.locator(".composer:not(.is-busy)")).to_be_visible()
    full_stop = line.evaluate(PLACES)[4]
    assert full_stop == min(line.evaluate(PLACES))  # behind the last letter, so at the far left

    named = page.evaluate(
        """async () => (await import("/static/js/i18n.js")).t("welcome.answer", { name: "عمر" })"""
    )
    assert named == "Answer \N{FIRST STRONG ISOLATE}عمر\N{POP DIRECTIONAL ISOLATE}"


def assert_fits(page: Page) -> None:
    widths = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert widths[0] <= widths[1], page.url


def test_nothing_is_wider_than_a_small_phone(open_page: OpenPage) -> None:
    page = open_page(viewport=PHONE, has_touch=True)
    for path, landmark in (
        ("/scripts", ".script-row"),
        ("/upload", ".drop"),
        ("/admin", ".admin-character"),
        ("/admin/models", ".model"),
        ("/nowhere", ".blank"),
        ("/", ".card"),
    ):
        page.goto(path)
        expect(page.locator(landmark).first).to_be_visible()
        assert_fits(page)
    page.get_by_role("link", name="Ambrose Pettifer", exact=True).click()
    expect(page.locator(".persona")).to_be_visible()
    page.get_by_label("A line").fill("The horse")
    page.get_by_role("button", name="Find lines").click()
    expect(page.locator(".side").first).to_be_visible()
    assert_fits(page)
    page.get_by_role("button", name="Start a conversation").click()
    box = page.get_by_role("textbox", name="Message to")
    box.fill("Averylongwordthatneverendsandhasnospaces" * 4)
    box.press("Enter")
    reply = page.locator(".speech").nth(2)
    expect(reply).to_contain_text("I will remember it.")
    assert_fits(page)
    bottom = page.locator(".composer").bounding_box()
    assert bottom is not None
    assert bottom["y"] + bottom["height"] <= PHONE["height"] + 1
    reply.get_by_role("button", name="behind this").click()
    expect(page.get_by_role("dialog", name="Lines behind this reply")).to_be_visible()
    assert_fits(page)


def published_in(page: Page) -> int:
    """How many are on stage; other tests' characters among them."""
    found = page.request.get("/api/admin/stats").json()["published"]
    assert isinstance(found, int)
    return found


def test_an_operator_takes_a_character_off_the_stage(page: Page) -> None:
    tagline = page.request.get("/api/characters/bev-ruddock").json()["tagline"]
    page.goto("/admin")
    expect(page.get_by_text("characters", exact=True)).to_be_visible()
    published = page.locator(".admin-figures div", has_text=re.compile("^published", re.I))
    on_stage = published_in(page)
    page.get_by_role("button", name="Unpublish Bev Ruddock").click()
    expect(page.get_by_role("button", name="Publish Bev Ruddock", exact=True)).to_be_visible()
    expect(published.locator("dd")).to_have_text(str(on_stage - 1))
    page.goto("/")
    expect(page.get_by_role("link", name="Ambrose Pettifer", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="Bev Ruddock", exact=True)).to_have_count(0)
    page.goto("/admin")
    page.get_by_role("link", name="Edit Bev Ruddock").click()
    page.get_by_label("Tagline").fill("Has soup to spare.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Bev Ruddock is saved.")).to_be_visible()
    page.get_by_role("link", name="Back to all characters").click()
    page.get_by_role("button", name="Publish Bev Ruddock", exact=True).click()
    expect(page.get_by_role("button", name="Unpublish Bev Ruddock")).to_be_visible()
    page.goto("/")
    expect(page.get_by_text("Has soup to spare.")).to_be_visible()
    page.request.patch("/api/admin/characters/bev-ruddock", data={"tagline": tagline})
