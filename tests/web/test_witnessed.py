"""What a character heard in silence is shown as that, and why."""

import pytest
from playwright.sync_api import FilePayload, expect

from tests.web.conftest import OpenPage, wait_for

pytestmark = pytest.mark.browser

_THINGS = ["灯塔", "渡船", "铁锚", "罗盘", "煤油", "缆绳"]
SCRIPT = "\n\n".join(
    [
        *(f"阿海：守灯的，{thing}在哪里？\n老周：{thing}嘛，我守着它。" for thing in _THINGS),
        "（老周坐在炉子边，听着。）\n阿海：医生给我开了樱桃糖浆。\n阿兰：那就去药房取樱桃糖浆。",
    ]
)
REASON = "（老周坐在炉子边，听着。）"


def test_what_was_heard_is_marked_with_the_scripts_own_words(open_page: OpenPage) -> None:
    page = open_page(locale="zh-CN")
    page.goto("/")
    file: FilePayload = {"name": "老周.txt", "mimeType": "text/plain", "buffer": SCRIPT.encode()}
    made = page.request.post("/api/characters/import", multipart={"file": file}).json()
    slug = made["character"]["slug"]
    page.request.patch(f"/api/admin/characters/{slug}", data={"retrieval": "selector"})
    wait_for(page, f"/api/characters/{slug}", lambda shown: shown["selection_ready"])
    page.goto(f"/characters/{slug}")
    page.get_by_label("一句话").fill("医生给你开了樱桃糖浆吗？")
    page.get_by_role("button", name="找台词").click()
    found = page.locator(".inspection")
    expect(found.get_by_role("heading", name="没有台词的场景里听到的")).to_be_visible()
    heard = found.get_by_role("listitem").filter(has_text=REASON)
    expect(heard).to_contain_text("医生给我开了樱桃糖浆。")

    conversation = page.request.post("/api/conversations", data={"character": slug}).json()
    address = f"/api/conversations/{conversation['id']}"
    said = page.request.post(f"{address}/messages", data={"content": "医生开了樱桃糖浆吗？"})
    assert "witnessed" in [used["kind"] for used in said.json()["reply"]["examples"]]
    page.request.delete(address)
    page.request.delete(f"/api/admin/characters/{slug}")
