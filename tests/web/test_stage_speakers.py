"""A conversation of several: lines under their speakers' names, directions, whispers."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.web.conftest import OpenPage, wait_for

pytestmark = pytest.mark.browser

CAST = ("Ambrose Pettifer", "闻其详")
KEY = "The key is in the well."


def open_stage(page: Page) -> tuple[str, str]:
    """A stage of a character of either sample; its address in the API, and the second's slug."""
    slugs = []
    for name in CAST:
        found = page.request.get("/api/characters", params={"q": name}).json()["items"]
        slugs.append(found[0]["slug"])
        address = f"/api/characters/{slugs[-1]}"
        wait_for(page, address, lambda shown: shown["status"] == "ready")
    wanted = {"characters": slugs, "user_name": "Robin", "opening": "A well at night."}
    created = page.request.post("/api/conversations", data=wanted).json()
    return f"/api/conversations/{created['id']}", slugs[1]


def post(page: Page, path: str, body: dict[str, Any]) -> None:
    response = page.request.post(path, data=body)
    assert response.ok, response.text()


@pytest.mark.parametrize(
    ("locale", "whispered"),
    [
        ("en-GB", ["whispered to 闻其详", "whispered to Robin"]),
        ("zh-CN", ["对闻其详耳语", "对Robin耳语"]),
    ],
)
def test_lines_stand_under_their_speakers_names(
    open_page: OpenPage, locale: str, whispered: list[str]
) -> None:
    page = open_page(locale=locale)
    address, other = open_stage(page)
    post(page, f"{address}/messages", {"content": KEY, "whisper_to": [other]})
    post(page, f"{address}/participants/{other}/leave", {})
    page.goto(f"/conversations/{address.rsplit('/', 1)[1]}")
    speeches = page.locator(".speech")
    expect(speeches).to_have_count(4)
    names = page.locator(".speech-name > span")
    expect(names).to_have_text(["Robin", "闻其详"])
    expect(page.locator(".speech-remark .direction")).to_have_text(whispered)
    expect(page.locator(".opener-text")).to_have_count(0)
    for at, edits in enumerate((0, 1, 1, 0)):
        expect(speeches.nth(at).locator("[data-act=edit]")).to_have_count(edits)
    opening = speeches.first.locator(".speech-text")
    expect(opening).to_have_text("A well at night.")
    expect(opening).to_have_css("font-style", "italic")

    box = page.locator(".composer-input")
    box.fill("Who else is here?")
    box.press("Enter")
    expect(page.locator(".is-live")).to_have_count(0)
    expect(names).to_have_text(["Robin", "闻其详", "Robin", "Ambrose Pettifer"])
