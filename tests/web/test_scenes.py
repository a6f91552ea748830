"""Stepping into a scene of a script: true lines, straying, and the way back."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.web.conftest import PHONE, OpenPage, wait_for

pytestmark = pytest.mark.browser

TITLE = "The Rear Was Adequate"
STRAY = "Shall we all drive to the seaside and buy vinegar?"


def step_in(page: Page, *, part: str = "Bev", words: tuple[str, str, str]) -> str:
    """Walks from the script's page into scene 12; the conversation's address in the API."""
    wait_for(page, "/api/characters/ambrose-pettifer", lambda found: found["status"] == "ready")
    scripts = page.request.get("/api/scripts", params={"limit": 100}).json()["items"]
    [script] = [each["id"] for each in scripts if each["title"] == TITLE]
    button, choice, action = words
    page.goto(f"/scripts/{script}")
    page.get_by_role("button", name=button, exact=True).click()
    dialog = page.get_by_role("dialog", name=choice)
    dialog.get_by_role("radio", name=re.compile(part)).check()
    dialog.get_by_role("button", name=action).click()
    expect(page.locator(".speech")).to_have_count(2)
    return f"/api{page.evaluate('location.pathname')}"


ENGLISH = ("Step in: scene 12", "Which part do you play?", "Play")
CHINESE = ("走进这一场：第 12 场", "你演哪一位？", "开演")


def say(page: Page, text: str) -> None:
    """As a person does: key by key."""
    page.locator(".composer textarea").press_sequentially(text)
    page.keyboard.press("Enter")


def test_bev_steps_into_scene_12_strays_and_comes_back(page: Page) -> None:
    address = step_in(page, words=ENGLISH)
    meter = page.get_by_role("meter", name="Drift from the script")
    expect(meter).to_have_attribute("aria-valuetext", "On the script")
    expect(page.locator(".scene-place")).to_have_text("You play Bev · Line 2 of 6")
    expect(page.locator(".speech").last).to_contain_text("Eighteen feet by fourteen")

    say(page, "poor turning circle, blind corner by curtain. well have to revers out the ballroom")
    expect(page.locator(".speech").last).to_contain_text("One withdraws, Beverley, with a look.")
    expect(page.locator(".speech").nth(2)).to_contain_text("The script has:")
    expect(meter).to_have_attribute("aria-valuetext", "On the script")
    page.get_by_role("button", name="Line!").click()
    expect(page.locator(".scene-hint")).to_contain_text("Who's doing the look?")

    say(page, STRAY)
    expect(page.locator(".is-live")).to_have_count(0)
    expect(meter).to_have_attribute("aria-valuetext", re.compile(r"^\d+% away from the script$"))
    assert int(meter.get_attribute("aria-valuenow") or 0) > 10
    expect(page.locator(".scene-hint")).to_be_empty()

    page.get_by_role("button", name="Back to the script").click()
    expect(meter).to_have_attribute("aria-valuetext", re.compile("^(On the script|Curtain)"))
    expect(page.locator(".speech", has_text="Back to the script, at line")).to_have_count(1)
    expect(page.get_by_role("button", name="Back to the script")).to_be_hidden()
    expect(page.locator(".composer textarea")).to_be_focused()
    scene = page.request.get(address).json()["scene"]
    assert scene["on_script"]
    if not scene["ended"]:
        say(page, page.request.get(f"{address}/next-line").json()["text"])
        wait_for(page, address, lambda found: found["scene"]["line"] > scene["line"])


def test_go_on_plays_the_script(page: Page) -> None:
    address = step_in(page, words=ENGLISH)
    page.get_by_role("button", name="Go on", exact=True).click()
    wait_for(page, address, lambda found: found["scene"]["line"] == 3)
    expect(page.locator(".speech.is-user")).to_contain_text("Poor turning circle")
    expect(page.locator(".speech").last).to_contain_text("One withdraws, Beverley, with a look.")
    expect(page.locator(".speech")).to_have_count(4)
    meter = page.get_by_role("meter", name="Drift from the script")
    expect(meter).to_have_attribute("aria-valuetext", "On the script")


def test_a_message_that_ends_the_scene_waits_for_no_answer(page: Page) -> None:
    address = step_in(page, words=ENGLISH)
    say(page, 'Right. You look, I\'ll shout "left hand down a bit".')
    wait_for(page, address, lambda found: found["scene"]["ended"])
    meter = page.get_by_role("meter", name="Drift from the script")
    expect(meter).to_have_attribute("aria-valuetext", re.compile("^Curtain"))
    expect(page.locator(".speech")).to_have_count(3)
    expect(page.get_by_role("button", name="Try again")).to_have_count(0)
    expect(page.get_by_role("button", name="Line!")).to_be_hidden()


def test_a_scene_is_played_on_a_phone_in_chinese(open_page: OpenPage) -> None:
    page = open_page(viewport=PHONE, locale="zh-CN", has_touch=True)
    step_in(page, words=CHINESE)
    expect(page.get_by_role("meter", name="偏离剧本的程度")).to_be_visible()
    expect(page.locator(".scene-place")).to_have_text("你演Bev · 第 2 句，共 6 句")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
