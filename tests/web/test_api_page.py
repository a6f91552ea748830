"""``/api/docs``: the service's own description of its API, made into a page."""

import re

import pytest
from playwright.sync_api import expect

from tests.web.conftest import PHONE, OpenPage
from tests.web.test_pages import fetch
from tests.web.test_reaching_everyone import assert_fits

pytestmark = pytest.mark.browser


def test_it_obeys_the_policy_of_every_page(server: str) -> None:
    response, body = fetch(server, "/api/docs")
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    assert b"//" not in body.replace(b"<!doctype", b"")


def test_every_route_is_described(open_page: OpenPage, server: str) -> None:
    page = open_page(viewport=PHONE)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/api/docs#post-api-conversations-conversation_id-messages")
    expect(page.get_by_role("heading", name="The API")).to_be_visible()
    paths = page.request.get("/api/openapi.json").json()["paths"]
    count = sum(len(methods) for methods in paths.values())
    expect(page.locator("article[aria-labelledby]")).to_have_count(count)
    assert all(url.startswith(server) for url in asked)
    assert_fits(page)

    sending = page.locator("#post-api-conversations-conversation_id-messages")
    expect(sending).to_be_in_viewport()
    expect(sending.locator(".api-field", has_text="content")).to_contain_text("required")
    sending.get_by_text("Try it with curl").click()
    expect(sending.locator("pre")).to_contain_text('"stream":true')
    expect(sending.get_by_role("link", name="TurnOut")).to_have_attribute("href", "#type-TurnOut")
    limits = page.locator("#post-api-characters .api-field", has_text="tagline")
    expect(limits).to_contain_text(re.compile("≤ 200 characters"))
    page.get_by_role("button", name="切换到中文").click()
    expect(page.get_by_role("heading", name="流式对话")).to_be_visible()
    broken = page.evaluate(
        """() => [...document.querySelectorAll('.api a[href^="#"]')]
            .map((link) => link.getAttribute("href").slice(1))
            .filter((id) => !document.getElementById(id))"""
    )
    assert broken == []
