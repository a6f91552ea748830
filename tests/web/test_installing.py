"""The model's chip, the text size, and pages that install and start without the server."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.web.conftest import Offbook, OpenPage
from tests.web.test_pages import fetch

pytestmark = pytest.mark.browser


def test_the_model_is_introduced_once_and_then_a_chip(open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/")
    strip, chip = page.locator(".answering"), page.locator(".answering-chip")
    expect(strip).to_contain_text("answers.")
    expect(chip).to_be_hidden()
    expect(page.locator(".poster-name").first).to_be_visible()  # the first view is seen
    page.get_by_role("link", name="Scripts", exact=True).click()
    expect(page.locator(".script-row").first).to_be_visible()
    expect(strip).to_be_hidden()
    expect(page.locator(".colophon .answering-chip")).to_be_visible()
    page.reload()
    expect(chip).to_be_visible()
    expect(strip).to_be_hidden()
    chip.locator("summary").click()
    expect(chip.locator(".answering-chip-text")).to_contain_text("answers.")


def test_the_text_grows_on_every_page_and_stays(open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/")

    def expect_size(pixels: str) -> None:
        expect(page.locator("body")).to_have_css("font-size", pixels)

    expect_size("16px")
    page.get_by_role("button", name="Larger text").click()
    expect_size("18.88px")
    for path in ("/scripts", "/admin", "/api/docs", "/upload"):
        page.goto(path)
        expect_size("18.88px")
    expect(page.locator(".drop")).to_be_visible()
    page.get_by_role("button", name="Smaller text").press("Enter")
    expect_size("14.4px")
    expect(page.get_by_role("button", name="Smaller text")).to_be_focused()
    page.reload()
    expect_size("14.4px")
    expect(page.locator(".drop")).to_be_visible()
    page.get_by_role("button", name="Normal text").press("Enter")
    expect_size("16px")


def test_the_browser_around_the_page_has_the_papers_colour(page: Page) -> None:
    page.goto("/")
    papers = "metas => metas.map(meta => meta.content)"
    colours = page.locator("meta[name=theme-color]")
    assert colours.evaluate_all(papers) == ["#f6f1e6", "#171411"]
    page.get_by_role("button", name="Theme: as the system").click()
    page.get_by_role("button", name="Theme: light").click()
    assert colours.evaluate_all(papers) == ["#171411", "#171411"]
    expect(page.locator("body")).to_have_css("background-color", "rgb(23, 20, 17)")


def test_the_manifest_names_what_browsers_need(server: str) -> None:
    response, body = fetch(server, "/static/manifest.webmanifest")
    assert response.headers["Content-Type"].startswith("application/manifest+json")
    manifest = json.loads(body)
    assert (manifest["start_url"], manifest["scope"]) == ("/", "/")
    found = set()
    for icon in manifest["icons"]:
        response, content = fetch(server, icon["src"])
        assert response.headers["Content-Type"] == "image/png"
        width, height = (int.from_bytes(content[at : at + 4]) for at in (16, 20))
        assert icon["sizes"] == f"{width}x{height}"
        found.add((icon["sizes"], icon["purpose"]))
    assert found == {("192x192", "any"), ("512x512", "any"), ("512x512", "maskable")}


def test_the_worker_is_named_for_the_files_it_keeps(server: str) -> None:
    response, body = fetch(server, "/service-worker.js")
    assert response.headers["Content-Type"].startswith("text/javascript")
    assert response.headers["Cache-Control"] == "no-cache"
    found = re.search(rb"const SHELL = (\[.*?\]);", body)
    assert found is not None
    kept = json.loads(found[1])
    for file in ("js/main.js", "js/en.js", "js/zh.js", "js/chat/chat-view.js", "css/base.css"):
        assert f"/static/{file}" in kept
    pages = ("admin.html", "js/admin.js", "dashboard.js")
    assert not any(name.endswith(pages) or name.startswith("/api") for name in kept)
    for name in kept:
        assert fetch(server, name)[0].status == 200, name
    again, _ = fetch(server, "/service-worker.js", **{"If-None-Match": response.headers["ETag"]})
    assert again.status == 304


@pytest.mark.timeout(300)  # it has a service of its own to start
def test_the_pages_start_without_the_server_and_nothing_private_is_kept(
    open_page: OpenPage, tmp_path: Path
) -> None:
    offbook = Offbook(tmp_path)
    offbook.start()
    try:
        page = open_page(base_url=offbook.address, service_workers="allow")
        page.goto("/")
        expect(page.locator(".poster-name").first).to_be_visible(timeout=20_000)
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        page.reload()
        page.goto("/characters/bev-ruddock")
        page.get_by_role("button", name="Start a conversation").click()
        box = page.get_by_role("textbox", name="Message to")
        box.fill("Keep this to yourself.")
        box.press("Enter")
        expect(page.locator(".speech").nth(2)).to_contain_text("I will remember it.")
        kept: list[str] = page.evaluate(
            """async () => {
              const addresses = [];
              for (const name of await caches.keys())
                for (const request of await (await caches.open(name)).keys())
                  addresses.push(new URL(request.url).pathname);
              return addresses;
            }"""
        )
        assert "/" in kept
        assert all(address == "/" or address.startswith("/static/") for address in kept)
        page.goto("/")
        expect(page.locator(".poster-name").first).to_be_visible()
        offbook.stop()
        page.reload()
        expect(page.get_by_role("link", name="Offbook, all characters")).to_be_visible()
        expect(page.locator(".lost")).to_be_visible()
        for address in ("/stage", "/my-data"):
            page.goto(address)
            expect(page.get_by_role("link", name="Offbook, all characters")).to_be_visible()
    finally:
        offbook.stop()
