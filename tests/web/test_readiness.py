"""A character says everywhere that its finer cues are still being rehearsed, until they are."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.web.conftest import OpenPage
from tests.web.test_talking import begin

pytestmark = pytest.mark.browser

HALF = {"done": 84, "total": 200, "seconds_left": 170.0}
NOTE = "Still rehearsing finer cues: 42%, about 3 min."


class Rehearsal:
    """Put a progress of our own into every character that the server answers with."""

    def __init__(self, page: Page) -> None:
        self.progress: dict[str, Any] | None = HALF
        for pattern in ("**/api/characters*", "**/api/characters/*", "**/api/admin/characters*"):
            page.route(pattern, self._answer)

    def _answer(self, route: Route) -> None:
        response = route.fetch()
        shown = response.json()
        for character in shown.get("items", [shown]):
            character["selection_progress"] = self.progress
        route.fulfill(response=response, body=json.dumps(shown))


@pytest.mark.parametrize(
    "open_it",
    [
        lambda page: page.goto("/"),
        lambda page: page.goto("/admin"),
        lambda page: page.goto("/characters/ambrose-pettifer"),
        begin,
    ],
    ids=["cast", "admin", "character", "chat"],
)
def test_what_is_rehearsed_is_said_and_goes_by_itself(
    page: Page, open_it: Callable[[Page], object]
) -> None:
    rehearsal = Rehearsal(page)
    open_it(page)
    note = page.locator(".readiness").first
    expect(note).to_be_visible()
    expect(note).to_contain_text(NOTE)
    rehearsal.progress = {"done": 199, "total": 200, "seconds_left": 4.2}
    expect(note).to_contain_text("Still rehearsing finer cues: 100%, about 4 s.")
    rehearsal.progress = {"done": 200, "total": 200, "seconds_left": None}
    expect(note).to_contain_text("Still rehearsing finer cues: 100%.")
    rehearsal.progress = None
    expect(page.locator(".readiness:visible")).to_have_count(0)


def test_before_it_has_begun_nothing_is_promised(open_page: OpenPage) -> None:
    page = open_page(locale="zh-CN")
    rehearsal = Rehearsal(page)
    rehearsal.progress = {"done": 0, "total": 0, "seconds_left": None}
    page.goto("/")
    expect(page.locator(".readiness").first).to_have_text("还没开始细排。")
    rehearsal.progress = HALF
    expect(page.locator(".readiness").first).to_have_text("还在细排：42%，约 3 分钟。")


def test_the_form_that_begins_a_conversation_stays_filled_in(page: Page) -> None:
    rehearsal = Rehearsal(page)
    page.goto("/characters/ambrose-pettifer")
    page.get_by_label("What should they call you?").fill("Robin")
    rehearsal.progress = {"done": 100, "total": 200, "seconds_left": 120.0}
    expect(page.locator(".readiness")).to_contain_text("50%, about 2 min")
    rehearsal.progress = None
    expect(page.locator(".readiness:visible")).to_have_count(0)
    expect(page.get_by_label("What should they call you?")).to_have_value("Robin")


@pytest.mark.parametrize(
    ("address", "selector"),
    [("/", ".card a"), ("/admin", ".admin-character button"), ("/admin", ".admin-character a")],
)
def test_the_focus_stays_while_the_note_beside_it_goes_on(
    page: Page, address: str, selector: str
) -> None:
    rehearsal = Rehearsal(page)
    page.goto(address)
    expect(page.locator(".readiness").first).to_have_text(NOTE)
    page.locator(selector).first.focus()
    rehearsal.progress = {"done": 100, "total": 200, "seconds_left": 120.0}
    expect(page.locator(".readiness").first).to_contain_text("50%")
    expect(page.locator(selector).first).to_be_focused()
    rehearsal.progress = None
    expect(page.locator(".readiness:visible")).to_have_count(0)


def test_a_new_character_is_off_book_only_when_all_is_rehearsed(page: Page, tmp_path: Path) -> None:
    rehearsal = Rehearsal(page)
    path = tmp_path / "Ida.txt"
    path.write_text("Mira: Who is there?\nIda: It is only me.\n", encoding="utf-8")
    page.goto("/upload")
    page.get_by_label("Drop a file here").set_input_files(path)
    page.get_by_role("button", name="Create Ida").click()
    expect(page.get_by_text("1 line learned.", exact=True)).to_be_visible(timeout=20_000)
    expect(page.locator(".readiness")).to_have_text(NOTE)
    page.get_by_text("Write or draft a profile").click()
    page.get_by_label("Profile").fill("Keeps the door.")
    rehearsal.progress = None
    expect(page.get_by_text("1 line learned. Off book.")).to_be_visible()
    expect(page.get_by_label("Profile")).to_have_value("Keeps the door.")
    expect(page.locator(".readiness:visible")).to_have_count(0)
    # The server is shared with tests that count.
    assert page.request.delete("/api/admin/characters/ida").ok
    [script] = [each for each in scripts(page) if each["title"] == "Ida"]
    assert page.request.delete(f"/api/scripts/{script['id']}").ok


def scripts(page: Page) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = page.request.get("/api/scripts").json()["items"]
    return listed
