"""The stage around a conversation: its colour, portrait, days, the strip of scenes, other chats."""

import re

import pytest
from playwright.sync_api import Page, Position, expect

from tests.web.conftest import PHONE, OpenPage, wait_for
from tests.web.test_talking import begin, say

pytestmark = pytest.mark.browser


def test_each_character_lights_the_stage_in_a_colour_of_its_own(page: Page) -> None:
    colours = set()
    for name in ("Ambrose Pettifer", "闻其详"):
        begin(page, name)
        stage = page.locator(".stage")
        colours.add(stage.evaluate("node => getComputedStyle(node).backgroundImage"))
    assert len(colours) == 2


def test_the_portrait_and_the_conversations_stand_beside_the_stage(page: Page) -> None:
    begin(page, "闻其详")
    begin(page)
    wings = page.get_by_role("complementary", name="The character, and other conversations")
    expect(wings.locator("figcaption")).to_contain_text("hind legs")
    current = wings.locator("[aria-current=page]")
    expect(current).to_contain_text("New conversation")
    say(page, "*Hello* **there**")
    expect(page.locator(".is-live")).to_have_count(0)
    expect(current).to_contain_text("Hello there")
    page.get_by_role("button", name="Hide the portrait").click()
    expect(wings).to_be_hidden()
    page.reload()
    expect(page.locator(".speech").first).to_be_visible()
    expect(wings).to_be_hidden()
    toggle = page.get_by_role("button", name="Show the portrait")
    expect(toggle).to_have_attribute("aria-expanded", "false")
    toggle.click()
    wings.get_by_role("link", name=re.compile("闻其详")).first.click()
    expect(page).to_have_title("闻其详 · Offbook")
    page.get_by_role("button", name="A new conversation with 闻其详").click()
    expect(page.locator(".speech")).to_have_count(1)
    page.goto("/characters/ambrose-pettifer")
    expect(page.locator(".conversation-title", has_text="Hello there").first).to_be_visible()


def test_days_and_times_are_set_beside_what_was_said(page: Page) -> None:
    page.clock.install(time="2031-05-04T10:00:00")
    begin(page)
    say(page, "Good morning.")
    expect(page.locator(".is-live")).to_have_count(0)
    # The service's clock says another day than the browser's.
    expect(page.locator(".day")).to_have_count(1)
    day = page.locator(".day time")
    expect(day).to_have_attribute("datetime", re.compile(r"^20\d\d-\d\d-\d\d$"))
    expect(day).to_have_text(re.compile(r"^[A-Z][a-z]+day,? \d+ [A-Z][a-z]+ 20\d\d$"))
    times = page.locator(".speech-time")
    expect(times).to_have_count(3)
    expect(times.first).to_have_text(re.compile(r"^\d\d:\d\d$"))
    headings = page.evaluate(
        """async (said) => {
          const { withDays } = await import("/static/js/chat/days.js");
          const messages = said.map((created_at) => ({ created_at }));
          const render = () => null;
          const items = messages.map((_, n) => ({ key: `m${n}`, signature: "", render }));
          return withDays(messages, items).map(({ key, signature }) => signature || key);
        }""",
        ["2031-05-02T23:00", "2031-05-03T00:10", "2031-05-03T23:59", "2031-05-04T08:00", ""],
    )
    assert headings == ["Friday 2 May", "m0", "Yesterday", "m1", "m2", "Today", "m3", "m4"]


def test_the_strip_shows_scenes_and_sets_the_point_in_time(page: Page) -> None:
    address = begin(page)
    strip = page.locator(".point-bar").get_by_role("slider", name="Point in time")
    expect(strip).to_have_attribute("aria-valuetext", "The whole script")
    expect(page.locator(".slug")).to_have_text("After the last scene")
    heading = page.request.get("/api/characters/ambrose-pettifer/scenes/57").json()["heading"]
    box = strip.bounding_box()
    assert box is not None
    middle: Position = {"x": box["width"] * 57.5 / 116, "y": box["height"] / 2}
    strip.hover(position=middle)
    label = page.locator(".strip-label")
    expect(label).to_contain_text(heading)
    expect(label).not_to_have_class(re.compile("is-beyond"))
    strip.click(position=middle)
    expect(page.locator(".slug-scene")).to_have_text(heading)
    wait_for(page, address, lambda found: found["until_scene"] == 57)
    expect(page.locator("[role=status]", has_text="Before scene 58")).to_have_count(1)
    strip.hover(position={"x": box["width"] * 0.9, "y": 10})
    expect(label).to_have_class(re.compile("is-beyond"))
    page.mouse.move(0, 0)
    expect(label).to_be_hidden()

    for key, at in (("Home", 1), ("ArrowRight", 2), ("PageUp", 14), ("ArrowLeft", 13)):
        strip.press(key)
        expect(strip).to_have_attribute("aria-valuetext", f"Before scene {at} of 115")
    expect(label).to_be_visible()
    wait_for(page, address, lambda found: found["until_scene"] == 12)
    page.reload()
    expect(strip).to_have_attribute("aria-valuenow", "12")
    strip.press("End")
    wait_for(page, address, lambda found: found["until_scene"] is None)


@pytest.mark.parametrize("width", [360, 390])
def test_on_a_phone_the_conversation_has_three_quarters_of_the_height(
    open_page: OpenPage, width: int
) -> None:
    page = open_page(viewport={**PHONE, "width": width}, has_touch=True)
    address = begin(page)
    page.request.patch(address, data={"until_scene": 12})
    page.reload()
    expect(page.locator(".slug-scene")).to_be_visible()
    share = page.evaluate("document.querySelector('.stage-view').clientHeight / innerHeight")
    assert share >= 0.75
    assert page.evaluate("document.documentElement.scrollWidth") <= width
