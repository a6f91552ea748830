"""The server speaks English; the pages say it in the reader's language and keep its words apart."""

import time
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.web.conftest import OpenPage
from tests.web.test_talking import begin

pytestmark = pytest.mark.browser

DETAIL = "No model could be loaded: the file is cut off."


def pretend(page: Page, address: str, **changes: Any) -> None:
    """Answer a GET as the server does, but with other values in the body."""

    def answer(route: Route) -> None:
        if route.request.method != "GET":
            route.fallback()
            return
        body = route.fetch().json()
        for name, value in changes.items():
            body[name] = {**body[name], **value} if isinstance(value, dict) else value
        route.fulfill(json=body)

    page.route(f"**{address}", answer)


@pytest.mark.parametrize(
    "path",
    [
        "/conversations/nobody",
        "/scripts/nothing",
        "/scripts/nothing/rehearse",
        "/upload?script=nothing",
        "/characters/%E0%A4%A",  # no character is spelled so
    ],
)
def test_an_address_that_is_none_is_no_trouble(page: Page, path: str) -> None:
    page.goto(path)
    expect(page.get_by_role("heading", name="No such scene")).to_be_visible()


def test_a_part_that_is_not_there_is_asked_for_once(page: Page) -> None:
    """The server answers: it is another release, or something keeps the file back."""
    asked = []

    def refuse(route: Route) -> None:
        asked.append(route.request.url)
        route.fulfill(status=404)

    page.route("**/js/views/scripts.js", refuse)
    page.goto("/scripts")
    expect(page.get_by_role("alert")).to_contain_text("A part of this page could not be loaded")
    expect(page.get_by_text("The server cannot be reached")).to_be_hidden()
    with page.expect_response("**/api/status"):  # the watch goes on
        pass
    assert len(asked) == 1
    page.unroute("**/js/views/scripts.js")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".script-row").first).to_be_visible()


def test_a_view_that_cannot_be_had_is_not_asked_for_in_haste(page: Page) -> None:
    """A proxy answers for one address that the server is away, and lets the others through."""
    asked: list[float] = []

    def refuse(route: Route) -> None:
        asked.append(time.monotonic())
        route.fulfill(status=502)

    page.route("**/api/scripts?**", refuse)
    page.goto("/scripts")
    deadline = time.monotonic() + 60
    while len(asked) < 3:
        assert time.monotonic() < deadline, asked
        page.wait_for_timeout(50)
    assert asked[2] - asked[1] > 1.5  # two seconds; the first time it is asked again at once
    page.unroute("**/api/scripts?**")
    expect(page.locator(".script-row").first).to_be_visible()


def test_a_stand_in_says_how_to_get_the_real_model(open_page: OpenPage) -> None:
    page = open_page(locale="zh-CN")
    pretend(page, "/api/status", engine={"is_demo": True, "detail": DETAIL})
    page.goto("/admin")
    banner = page.locator(".answering")
    expect(banner).to_contain_text("小型替身模型")
    page.get_by_text("换成正式模型").click()
    expect(banner.locator("code").first).to_have_text("/admin/models")
    expect(banner).not_to_contain_text(DETAIL)
    page.get_by_role("button", name="Switch to English").click()
    expect(page.get_by_text("Get the real one")).to_be_visible()


def test_an_engine_that_is_away_is_told_in_chinese(open_page: OpenPage) -> None:
    page = open_page(locale="zh-CN")
    pretend(page, "/api/status", engine={"state": "unavailable", "detail": DETAIL})
    page.goto("/admin")
    expect(page.locator(".answering")).to_contain_text("目前没有模型应答")
    expect(page.get_by_text(DETAIL)).to_be_hidden()
    page.get_by_text("详情", exact=True).click()
    expect(page.locator(".answering [lang=en]", has_text=DETAIL)).to_be_visible()


def test_a_reply_that_broke_off_says_so(open_page: OpenPage) -> None:
    page = open_page(locale="zh-CN")
    address = begin(page)
    message = page.request.get(address).json()["messages"][0]
    broken = {**message, "state": "partial", "finish_reason": "error", "error": DETAIL}
    pretend(page, address, messages=[broken])
    page.reload()
    expect(page.get_by_text("模型说到一半停了。")).to_be_visible()
    expect(page.get_by_text(DETAIL)).to_have_count(0)
    page.get_by_role("button", name="详细信息").click()
    expect(page.locator(".facts [lang=en]", has_text=DETAIL)).to_be_visible()


def test_a_character_that_failed_keeps_the_servers_words_apart(open_page: OpenPage) -> None:
    page = open_page(locale="zh-CN")
    slug = page.request.get("/api/characters?q=Bev").json()["items"][0]["slug"]
    pretend(page, f"/api/characters/{slug}", status="failed", error=DETAIL)
    page.goto(f"/characters/{slug}")
    alert = page.get_by_role("alert")
    expect(alert.get_by_role("heading", name="没能记住这些台词")).to_be_visible()
    expect(alert.locator("[lang=en]")).to_have_text(DETAIL)
