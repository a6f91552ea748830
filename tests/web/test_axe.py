"""What axe finds on every page, in both languages and themes, on a desktop and a phone; and whether
anything moves while a reply streams.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.web.conftest import DESKTOP, PHONE, OpenPage, PageOptions
from tests.web.test_talking import begin, say

pytestmark = pytest.mark.browser

AXE = Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SCRIPT = "Scene 1. A boat\n\nMara: Is anyone there?\nFerryman: Always.\nMara: Good.\n"

WINDOWS: dict[str, PageOptions] = {
    "desktop-light": {"viewport": DESKTOP, "locale": "en-GB"},
    "desktop-dark": {"viewport": DESKTOP, "locale": "zh-CN", "color_scheme": "dark"},
    "phone-light": {"viewport": PHONE, "locale": "zh-CN", "has_touch": True},
    "phone-dark": {
        "viewport": PHONE,
        "locale": "en-GB",
        "has_touch": True,
        "color_scheme": "dark",
    },
}


def violations(page: Page) -> list[str]:
    """What axe finds: the rule, and the first elements."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    found: dict[str, Any] = page.evaluate(
        "(tags) => axe.run(document, { runOnly: tags, resultTypes: ['violations'] })", RULES
    )
    return [
        f"{page.url}: {each['id']}: {[node['html'][:160] for node in each['nodes'][:3]]}"
        for each in found["violations"]
    ]


def see(path: str, landmark: str) -> Callable[[Page], None]:
    """Opens a page and waits for what it is about."""

    def visit(page: Page) -> None:
        page.goto(path)
        expect(page.locator(landmark).first).to_be_visible()

    return visit


def talk(page: Page) -> None:
    begin(page)
    box = page.locator(".composer textarea")
    box.fill("*Hello*, is **anybody** there?")
    box.press("Enter")
    expect(page.locator(".speech")).to_have_count(3)
    expect(page.locator(".is-live")).to_have_count(0)


def read_a_script(page: Page) -> None:
    page.goto("/upload")
    file = {"name": "boat.txt", "mimeType": "text/plain", "buffer": SCRIPT.encode()}
    page.locator("input[type=file]").first.set_input_files(file)  # type: ignore[arg-type]
    expect(page.locator(".sheet-line").first).to_be_visible()


def read_half(page: Page) -> None:
    """A script with a bookmark, and the dialog that moves it."""
    file = {"name": "half.txt", "mimeType": "text/plain", "buffer": SCRIPT.encode() * 2}
    script = page.request.post("/api/scripts", multipart={"file": file}).json()  # type: ignore[dict-item]
    page.request.put(f"/api/scripts/{script['id']}/bookmark", data={"scene": 1})
    page.goto(f"/scripts/{script['id']}")
    expect(page.locator(".scene-curtain")).to_be_visible()
    page.locator(".bookmark-button").click()
    expect(page.get_by_role("dialog")).to_be_visible()


VISITS: dict[str, Callable[[Page], None]] = {
    "gallery": see("/", ".card"),
    "character": see("/characters/bev-ruddock", ".persona"),
    "talk": talk,
    "upload": see("/upload", ".drop"),
    "reveal": read_a_script,
    "scripts": see("/scripts", ".script-row"),
    "bookmark": read_half,
    "nowhere": see("/nowhere", ".blank"),
    "api": see("/api/docs", "main h1"),
    "admin": see("/admin", ".admin-character"),
    "admin-character": see("/admin/characters/bev-ruddock", "main h1"),
    "edit": see("/admin/characters/bev-ruddock/edit", "form"),
    "models": see("/admin/models", ".model"),
}


@pytest.mark.skipif(not AXE.exists(), reason="npm install was not run")
@pytest.mark.parametrize("window", WINDOWS)
def test_axe_finds_nothing(open_page: OpenPage, window: str) -> None:
    page = open_page(**WINDOWS[window])
    found: list[str] = []
    for visit in VISITS.values():
        visit(page)
        found += violations(page)
    assert not found, "\n".join(found)


FORGET_SHIFTS = """async () => {
  // A frame's shifts are known once it was drawn.
  for (let frame = 0; frame < 2; frame += 1) await new Promise(requestAnimationFrame);
  window.observer.takeRecords();
  window.shifts.length = 0;
}"""


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_nothing_shifts_while_a_reply_streams(open_page: OpenPage, viewport: Any) -> None:
    page = open_page(viewport=viewport)
    begin(page)
    page.evaluate(
        """() => {
          window.shifts = [];
          window.observer = new PerformanceObserver((list) => {
            for (const each of list.getEntries()) {
              const moved = each.sources.map((one) => one.node?.className ?? "");
              window.shifts.push([each.value, each.hadRecentInput, moved]);
            }
          });
          window.observer.observe({ type: "layout-shift" });
        }"""
    )
    say(page, "Tell me about the horse, slowly.")
    expect(page.locator(".composer.is-busy")).to_have_count(1)
    page.evaluate(FORGET_SHIFTS)  # what sending itself moved
    expect(page.locator(".speech").nth(2)).to_contain_text("remember")
    expect(page.locator(".is-live")).to_have_count(0)
    shifts = page.evaluate("window.shifts")
    # Under 0.1 a page counts as still; the lines above make room for the growing one.
    assert sum(value for value, _, _ in shifts) < 0.1, shifts
