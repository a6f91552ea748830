"""A card's owner sees its picture, its greetings, and the lore behind a reply."""

import json
import re
from urllib.parse import quote

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.app.cards.shelf import LI, picture
from tests.characters.cards.carriers import archive
from tests.web.conftest import wait_for
from tests.web.test_talking import say

pytestmark = pytest.mark.browser

ENTRY = {
    "keys": ["竹篙"],
    "content": "竹篙是{{char}}的祖父削的。",
    "extensions": {},
    "enabled": True,
}
BOOK = {"extensions": {}, "entries": [{**ENTRY, "insertion_order": 1, "name": "竹篙的来历"}]}
ICON = {"type": "icon", "uri": "embeded://icon.png", "name": "main", "ext": "png"}
CARD = {
    "spec": "chara_card_v3",
    "spec_version": "3.0",
    "data": {**LI["data"], "character_book": BOOK, "assets": [ICON], "group_only_greetings": []},
}


def test_a_card_from_the_gallery_to_the_lore_behind_a_reply(page: Page) -> None:
    content = archive({"icon.png": picture(64, 96), "card.json": json.dumps(CARD).encode()})
    file = FilePayload(name="li.charx", mimeType="application/zip", buffer=content)
    page.request.post("/api/characters/import", multipart={"file": file})
    address = f"/api/characters/{quote('林晚')}"
    try:
        expect_ready(page, address)
        page.goto(f"/characters/{quote('林晚')}")
        portrait = page.locator("img.monogram").first
        expect(portrait).to_have_js_property("naturalWidth", 64)
        expect(page.locator(".persona-greeting")).to_have_text("You，今晚雾大，船不开。")
        page.get_by_label("What should they call you?").fill("小周")
        page.get_by_role("button", name="Start a conversation").click()
        expect(page.locator(".speech-text")).to_have_text("小周，今晚雾大，船不开。")
        page.get_by_role("button", name="Next version").click()
        expect(page.locator(".speech-text")).to_have_text("上来吧，小周，坐稳。")
        say(page, "你的竹篙有多长？")
        reply = page.locator(".speech").nth(2)
        reply.get_by_role("button", name=re.compile("passages? behind this")).click()
        panel = page.get_by_role("dialog", name="Lines behind this reply")
        expect(panel.locator(".side-lore")).to_have_text("竹篙是林晚的祖父削的。")
        expect(panel).to_contain_text("for “竹篙”")
        expect(panel).to_contain_text("竹篙的来历")
    finally:
        page.request.delete(f"/api/admin{address.removeprefix('/api')}")


def expect_ready(page: Page, address: str) -> None:
    page.goto("/")
    wait_for(page, address, lambda shown: shown["status"] == "ready")
