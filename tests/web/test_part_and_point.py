"""Whom of the script a person plays, and how much of it the character has lived through."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.web.conftest import PHONE, OpenPage
from tests.web.test_reaching_everyone import assert_fits
from tests.web.test_talking import begin, say

pytestmark = pytest.mark.browser


def test_a_point_in_time_is_chosen_with_the_keyboard(page: Page) -> None:
    address = begin(page)
    page.get_by_role("button", name="Point in time: The whole script").press("Enter")
    dialog = page.get_by_role("dialog", name="Point in time")
    slider = dialog.get_by_role("slider", name="Point in time")
    expect(slider).to_have_attribute("aria-valuetext", "The whole script")
    expect(dialog.get_by_role("button", name="One scene later")).to_be_disabled()
    slider.press("Home")
    expect(slider).to_have_attribute("aria-valuetext", "Before scene 1 of 115")
    slider.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuetext", "Before scene 2 of 115")
    heading = page.request.get("/api/characters/ambrose-pettifer/scenes/1").json()["heading"]
    expect(dialog.locator(".moment-scene")).to_have_text(heading)
    slider.press("Enter")
    expect(dialog).to_have_count(0)
    expect(page.locator("[role=status]", has_text="Before scene 2")).to_have_count(1)
    assert page.request.get(address).json()["until_scene"] == 1
    page.reload()
    head = page.get_by_role("button", name="Point in time: Before scene 2")
    expect(head).to_contain_text(heading)
    head.click()
    dialog.get_by_role("slider").press("End")
    dialog.get_by_role("button", name="Set").click()
    expect(page.get_by_role("button", name="Point in time: The whole script")).to_be_visible()
    assert page.request.get(address).json()["until_scene"] is None


def test_a_point_can_be_set_though_its_scene_cannot_be_read(page: Page) -> None:
    address = begin(page)
    page.route("**/scenes/*", lambda route: route.abort())
    page.get_by_role("button", name="Point in time").click()
    dialog = page.get_by_role("dialog", name="Point in time")
    dialog.get_by_role("button", name="One scene earlier").click()
    expect(dialog.locator(".moment-scene")).to_contain_text("The server cannot be reached.")
    page.unroute("**/scenes/*")
    dialog.get_by_role("button", name="Set").click()
    expect(page.get_by_role("button", name="Point in time: Before scene 115")).to_be_visible()
    assert page.request.get(address).json()["until_scene"] == 114


def test_a_person_plays_a_speaker_of_the_script(open_page: OpenPage) -> None:
    page = open_page(viewport=PHONE, has_touch=True)
    page.goto("/characters/ambrose-pettifer")
    page.get_by_text("Part and point in time").click()
    page.get_by_label("Whom do you play?").select_option("Bev")
    expect(page.get_by_label("What should they call you?")).to_be_hidden()
    assert_fits(page)
    page.get_by_role("button", name="Start a conversation").click()
    say(page, "What about the horse?")
    expect(page.locator(".speech").nth(1)).to_contain_text("Bev")
    reply = page.locator(".speech").nth(2)
    reply.get_by_role("button", name=re.compile("passages? behind this")).click()
    panel = page.get_by_role("dialog", name="Lines behind this reply")
    expect(panel).to_contain_text("How they were chosen: Reference.")
    assert_fits(page)
