"""How an operator sees, decides and measures which lines a character is reminded of."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.web.conftest import PHONE, OpenPage, wait_for
from tests.web.test_reaching_everyone import assert_fits

pytestmark = pytest.mark.browser

_THINGS = ["灯塔", "渡船", "铁锚", "罗盘", "煤油", "缆绳"]
_QUESTIONS = ["在哪里", "坏了没有", "是谁的", "卖不卖", "还要不要", "修好了没有", "多少钱"]
SCRIPT = "\n".join(
    f"阿海：守灯的，{thing}{question}？\n老周：你问{thing}{question}？{thing}嘛，我守着它，海风听见。\n"
    for question in _QUESTIONS
    for thing in _THINGS
)
"""42 scenes, together more than 1,000 tokens: there is something to choose."""


@pytest.fixture
def keeper(open_page: OpenPage) -> Iterator[str]:
    """The address of a character that answers what it is asked."""
    page = open_page()
    page.goto("/")
    file: FilePayload = {"name": "老周.txt", "mimeType": "text/plain", "buffer": SCRIPT.encode()}
    made = page.request.post("/api/characters/import", multipart={"file": file}).json()
    address = f"/characters/{made['character']['slug']}"
    page.request.patch(f"/api/admin{address}", data={"retrieval": "selector"})
    wait_for(page, f"/api{address}", lambda shown: shown["selection_ready"])
    yield address
    page.request.delete(f"/api/admin{address}")


def test_a_mode_is_chosen_and_a_line_is_tried(page: Page, keeper: str) -> None:
    page.goto("/admin")
    page.get_by_role("link", name="How 老周’s lines are chosen").click()
    expect(page.get_by_role("radio", name="Selector")).to_be_checked()
    expect(page.get_by_text("Mode in force: Selector.")).to_be_visible()
    page.get_by_role("radio", name="Fused").check()
    expect(page.get_by_text("Mode in force: Fused.")).to_be_visible()
    assert page.request.get(f"/api{keeper}").json()["retrieval"] == "fused"
    page.get_by_label("A line").fill("渡船卖不卖？")
    page.get_by_role("button", name="Find lines").click()
    first = page.locator(".candidate").first
    expect(first).to_contain_text("守灯的，渡船卖不卖？")
    expect(first).to_contain_text("Exchange, rank1")
    expect(first.locator(".tag")).to_have_text("shown")
    page.get_by_role("radio", name="As this Offbook is set").check()
    expect(page.get_by_text("Mode in force: Reference.")).to_be_visible()
    page.get_by_role("button", name="Find lines").click()
    expect(page.locator(".inspection .facts")).to_contain_text("Reference")


def test_an_audition_is_asked_for_and_read(open_page: OpenPage, keeper: str) -> None:
    page = open_page(viewport=PHONE, has_touch=True, locale="zh-CN")
    page.goto(f"/admin{keeper}")
    page.get_by_role("button", name="开始试戏").click()
    table = page.get_by_role("table", name="每种选法能找回多少当时说的话")
    expect(table).to_be_visible(timeout=30_000)
    expect(table.get_by_role("rowheader", name="选择器")).to_be_visible()
    expect(page.get_by_text("42 场戏中的 42 个时刻")).to_be_visible()
    assert_fits(page)
    page.get_by_label("留给示例的篇幅").select_option("2000")
    expect(page.get_by_text("放得下全部台词")).to_be_visible()
    page.reload()
    expect(page.get_by_role("button", name="再试一次戏")).to_be_enabled()


def test_too_few_lines_are_said_to_be_too_few(page: Page) -> None:
    page.route(
        "**/audition",
        lambda route: (
            route.fulfill(
                status=422,
                json={
                    "error": {
                        "code": "too_few_lines",
                        "message": "",
                        "detail": {"lines": 3, "least": 10},
                    }
                },
            )
            if route.request.method == "POST"
            else route.continue_()
        ),
    )
    page.goto("/admin/characters/bev-ruddock")
    page.get_by_role("button", name="Begin the audition").click()
    expect(page.get_by_role("alert")).to_contain_text("3 lines are too few")
