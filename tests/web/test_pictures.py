"""Portraits and backdrops, put up by hand: chosen, dropped, pasted, replaced, removed."""

import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.app.cards.shelf import picture
from tests.app.running import SCRIPT
from tests.web.conftest import wait_for

pytestmark = pytest.mark.browser

DROP = """(picker, [type, name, bytes]) => {
  const file = new File([new Uint8Array(bytes)], "picture.png", { type });
  const data = new DataTransfer();
  data.items.add(file);
  const init = { bubbles: true, cancelable: true };
  picker.dispatchEvent(name === "paste"
    ? new ClipboardEvent("paste", { ...init, clipboardData: data })
    : new DragEvent("drop", { ...init, dataTransfer: data }));
}"""


@pytest.fixture(scope="module")
def made(server: str) -> Iterator[httpx.Client]:
    """A character of this file's own: the samples' pictures are what other files see."""
    file = ("Ben.txt", SCRIPT.encode(), "text/plain")
    with httpx.Client(base_url=f"{server}/api", timeout=60) as http:
        assert http.post("/characters/import", files={"file": file}).status_code == 202
        yield http


@pytest.fixture(autouse=True)
def ben(made: httpx.Client) -> None:
    """Ben, with a portrait and without a backdrop."""
    portrait = {"file": ("ben.png", picture(30, 40), "image/png")}
    assert made.put("/admin/characters/ben/avatar", files=portrait).is_success
    assert made.delete("/admin/characters/ben/backdrop").is_success


def give(page: Page, picker: str, how: str, content: bytes, type: str = "image/png") -> None:
    page.locator(picker).evaluate(DROP, [type, how, list(content)])


def test_pictures_are_put_up_on_the_characters_page(page: Page) -> None:
    page.goto("/characters/ben")
    drawn = page.locator(".persona-portrait img").get_attribute("src")
    page.get_by_text("Portrait and backdrop").click()
    portrait = page.get_by_role("region", name="Portrait")
    content = picture(90, 120)
    portrait.locator("input").set_input_files(
        FilePayload(name="a.png", mimeType="image/png", buffer=content)
    )
    shown = page.locator(".persona-portrait img")
    expect(shown).not_to_have_attribute("src", drawn or "")
    expect(shown).to_have_js_property("naturalWidth", 90)
    expect(portrait.get_by_role("status")).to_have_text("Picture saved.")
    give(page, ".picture-picker.is-avatar", "drop", picture(60, 80))
    expect(shown).to_have_js_property("naturalWidth", 60)
    give(page, ".picture-picker.is-backdrop", "paste", picture(160, 60))
    expect(page.locator(".persona-backdrop")).to_have_js_property("naturalWidth", 160)
    page.get_by_role("button", name="Remove the backdrop").click()
    expect(page.locator(".persona-backdrop")).to_have_count(0)
    page.get_by_role("button", name="Remove the portrait").click()
    expect(page.locator(".persona-portrait .poster-line")).to_be_visible()
    page.reload()
    expect(page.locator(".persona-portrait .poster-line")).to_be_visible()


def test_what_is_no_picture_is_refused_with_a_reason(page: Page) -> None:
    page.goto("/characters/ben")
    page.get_by_text("Portrait and backdrop").click()
    portrait = page.get_by_role("region", name="Portrait")
    before = portrait.locator("img").get_attribute("src")
    give(page, ".picture-picker.is-avatar", "drop", b"<svg/>", "image/svg+xml")
    expect(portrait.get_by_role("alert")).to_contain_text("Only PNG, JPEG and WebP")
    give(page, ".picture-picker.is-avatar", "drop", b"not a picture at all")
    expect(portrait.get_by_role("alert")).to_contain_text("picture")
    expect(portrait.get_by_role("alert")).not_to_contain_text("Only PNG, JPEG and WebP")
    expect(portrait.locator("img")).to_have_attribute("src", before or "")


def test_a_new_character_gets_its_picture_in_the_wizards_last_step(page: Page) -> None:
    page.goto("/upload")
    script = b"Una: I mend the clock. I mend nothing else.\nPim: Then mend it, Una.\n"
    page.locator("input[type=file]").first.set_input_files(
        FilePayload(name="una.txt", mimeType="text/plain", buffer=script)
    )
    page.get_by_role("checkbox", name=re.compile("^Una")).check()
    page.get_by_role("button", name="Create the character").click()
    page.get_by_text("Portrait and backdrop of Una").click()
    give(page, ".picture-picker.is-avatar", "paste", picture(90, 120))
    expect(page.get_by_role("region", name="Portrait").get_by_role("status")).to_have_text(
        "Picture saved."
    )
    wait_for(page, "/api/characters/una", lambda shown: shown["avatar"] is not None)
    page.goto("/")
    poster = page.locator(".card", has=page.get_by_role("link", name="Una", exact=True))
    expect(poster.locator(".poster-picture img")).to_have_js_property("naturalWidth", 90)
    page.request.delete("/api/admin/characters/una")


def test_the_admin_page_changes_pictures_too(page: Page) -> None:
    page.goto("/admin/characters/ben")
    give(page, ".picture-picker.is-backdrop", "drop", picture(160, 90))
    backdrop = page.get_by_role("region", name="Backdrop")
    expect(backdrop.get_by_role("status")).to_have_text("Picture saved.")
    expect(backdrop.locator("img")).to_have_js_property("naturalWidth", 160)
