"""A long conversation begins at its end; what was said before comes when it is asked for."""

import json
import re

import pytest
from playwright.sync_api import Page, expect

from tests.web.test_talking import say

pytestmark = pytest.mark.browser

TOP = "document.querySelector('.stage-scroll').scrollTop"


def open_long(page: Page, count: int = 450) -> str:
    """Opens a chat of so many lines; its address in the API."""
    cast = page.request.get("/api/characters", params={"q": "Ambrose"}).json()["items"]
    rows: list[dict[str, object]] = [{"user_name": "Robin", "character_name": "Ambrose"}]
    rows += [{"name": "x", "is_user": n % 2 == 0, "mes": f"Line number {n}."} for n in range(count)]
    content = "\n".join(map(json.dumps, rows)).encode()
    file = {"name": "chat.jsonl", "mimeType": "application/x-ndjson", "buffer": content}
    form = {"file": file, "character": cast[0]["slug"]}
    answer = page.request.post("/api/conversations/import", multipart=form)
    id = answer.json()["conversation"]["id"]
    page.goto(f"/conversations/{id}")
    expect(page.locator(".speech")).to_have_count(200)
    return f"/api/conversations/{id}"


def place_of(page: Page, text: str) -> float:
    """How far below the upper edge of the window a line stands."""
    box = page.get_by_text(text, exact=True).bounding_box()
    assert box is not None
    return box["y"]


def test_scrolling_up_brings_earlier_lines_and_keeps_the_place(page: Page) -> None:
    open_long(page)
    expect(page.get_by_text("Line number 449.", exact=True)).to_be_in_viewport()
    page.locator(".stage-scroll").evaluate("box => { box.scrollTop = 40; }")
    expect(page.locator(".speech")).to_have_count(300)
    expect(page.get_by_text("Line number 250.", exact=True)).to_be_in_viewport()
    assert page.evaluate(TOP) > 1_000
    page.locator(".stage-scroll").evaluate("box => { box.scrollTop = 0; }")
    expect(page.locator(".speech")).to_have_count(400)
    page.locator(".stage-scroll").evaluate("box => { box.scrollTop = 0; }")
    expect(page.locator(".speech")).to_have_count(450)
    expect(page.get_by_role("button", name="Earlier lines")).to_be_hidden()
    numbers = [
        int(re.findall(r"\d+", text)[0]) for text in page.locator(".speech-text").all_inner_texts()
    ]
    assert numbers == list(range(450))


def test_the_keyboard_reaches_them_and_nothing_moves(page: Page) -> None:
    open_long(page)
    button = page.get_by_role("button", name="Earlier lines")
    page.route("**/api/**", lambda route: route.abort())
    button.focus()  # the page shows it, which brings nothing while the server is away
    page.wait_for_function(f"{TOP} < 10")
    expect(page.get_by_role("alert").first).to_be_visible()  # the banner follows when it is slow
    page.unroute("**/api/**")
    expect(page.get_by_role("alert").filter(visible=True)).to_have_count(0)  # it is back
    before = place_of(page, "Line number 250.")
    button.press("Enter")
    expect(page.locator(".speech")).to_have_count(300)
    assert abs(place_of(page, "Line number 250.") - before) < 30
    expect(page.get_by_role("status").filter(has_text="100 earlier lines")).to_have_count(1)


def test_talking_editing_and_versions_go_on_among_them(page: Page) -> None:
    address = open_long(page)
    page.get_by_role("button", name="Earlier lines").press("Enter")
    expect(page.locator(".speech")).to_have_count(300)
    say(page, "And now?")
    expect(page.locator(".is-live")).to_have_count(0)
    expect(page.locator(".speech").last).to_contain_text("I will remember it.")
    # The two new ones move the newest page on; what was fetched before it stays.
    expect(page.locator(".speech")).to_have_count(302)
    early = page.locator(".speech", has_text="Line number 171.")
    early.scroll_into_view_if_needed()
    early.hover()
    early.get_by_role("button", name="Edit").click()
    page.get_by_role("textbox", name="Edit").fill("Mended.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Mended.", exact=True)).to_be_attached()
    expect(page.locator(".speech").last).to_contain_text("I will remember it.")

    mended = page.locator(".speech", has_text="Mended.")
    mended.scroll_into_view_if_needed()
    mended.hover()
    mended.get_by_role("button", name="Another reply").click()
    expect(page.locator(".is-live")).to_have_count(0)
    expect(page.locator(".alternatives-count")).to_have_text("2/2")
    page.get_by_role("button", name="Previous version").click()
    expect(page.locator(".alternatives-count")).to_have_text("1/2")
    expect(page.get_by_text("Mended.", exact=True)).to_be_attached()
    assert page.request.get(address).json()["messages"][-1]["content"].endswith("remember it.")
