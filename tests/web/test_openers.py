"""Three lines of the script to begin with: picked, sent with Enter, gone once something is said."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.web.conftest import wait_for
from tests.web.test_talking import begin, say

pytestmark = pytest.mark.browser


def test_a_line_of_the_script_opens_the_conversation(page: Page) -> None:
    address = begin(page)
    found = page.request.get(f"{address}/openers").json()["items"]
    assert len(found) == 3
    region = page.get_by_role("region", name="You might begin with")
    expect(region.locator(".opener-text")).to_have_text([each["text"] for each in found])
    expect(region.locator(".opener-origin").first).to_have_text(
        re.compile(rf"{found[0]['speaker']} (asked|said) it in scene {found[0]['scene'] + 1}")
    )
    region.get_by_role("button", name=found[1]["text"]).press("Enter")
    box = page.get_by_role("textbox", name="Message to")
    expect(box).to_have_value(found[1]["text"])
    expect(box).to_be_focused()
    expect(page.locator(".speech")).to_have_count(1)
    box.press("Enter")
    expect(page.locator(".speech.is-user")).to_contain_text(found[1]["text"])
    expect(page.locator(".is-live")).to_have_count(0)
    expect(region).to_have_count(0)
    page.reload()
    expect(page.locator(".speech")).to_have_count(3)
    expect(region).to_have_count(0)


def test_they_follow_the_point_in_time_and_failures_leave_them_out(page: Page) -> None:
    address = begin(page)
    region = page.get_by_role("region", name="You might begin with")
    expect(region).to_be_visible()
    strip = page.locator(".point-bar").get_by_role("slider")
    strip.press("Home")
    for _ in range(4):
        strip.press("ArrowRight")
    wait_for(page, address, lambda found: found["until_scene"] == 4)
    early = page.request.get(f"{address}/openers").json()["items"]
    assert early
    assert all(each["scene"] < 4 for each in early)
    expect(region.locator(".opener-text")).to_have_text([each["text"] for each in early])

    page.route("**/openers", lambda route: route.abort())
    page.reload()
    expect(page.locator(".speech")).to_have_count(1)
    say(page, "Hello.")
    expect(page.locator(".speech")).to_have_count(3)
    expect(region).to_have_count(0)


def test_a_character_that_is_still_learning_offers_them_a_little_later(page: Page) -> None:
    page.clock.install()
    address = begin(page)
    ready = page.request.get(f"{address}/openers").json()
    state = page.request.get(address).json()
    state["character"]["status"] = "indexing"
    answers = [{"items": []}, ready]
    page.route(f"**{address}", lambda route: route.fulfill(json=state))
    page.route("**/openers", lambda route: route.fulfill(json=answers[0]))
    with page.expect_response("**/openers"):
        page.reload()
    expect(page.locator(".speech")).to_have_count(1)
    region = page.get_by_role("region", name="You might begin with")
    expect(region).to_have_count(0)
    answers.pop(0)
    with page.expect_response("**/openers"):
        page.clock.run_for(2_500)
    expect(region.locator(".opener")).to_have_count(len(ready["items"]))
