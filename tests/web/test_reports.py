"""A reader reports what the character said; an admin reads it in context and closes the report."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.web.conftest import PHONE, Offbook, OpenPage
from tests.web.test_axe import AXE, WINDOWS, violations

pytestmark = pytest.mark.browser

KEY = "the-key-under-the-mat"
HIDDEN = "Now about unsafe-violence, please."
DECLINED = "Tell me of unsafe-fire."


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An Offbook that hides violence and declines fire."""
    with Offbook(
        tmp_path_factory.mktemp("reports"),
        OFFBOOK_ACCESS__ADMIN_KEY=KEY,
        OFFBOOK_ACCESS__TRUSTED_PROXIES="127.0.0.1/32",
        OFFBOOK_MODERATION__GUARD="scripted",
        OFFBOOK_MODERATION__MESSAGES="refuse",
        OFFBOOK_MODERATION__REPLIES="allow",
        OFFBOOK_MODERATION__ACTIONS='{"violence": "hide"}',
    ) as offbook:
        yield offbook.address


def sign_in(page: Page) -> None:
    """Make an admin of the window's guest."""
    assert page.request.post("/api/admin/session", data={"key": KEY}).ok


def clear(page: Page) -> None:
    """Close what other tests reported."""
    for report in page.request.get("/api/admin/reports").json()["items"]:
        path = f"/api/admin/reports/{report['id']}/close"
        assert page.request.post(path, data={"outcome": "noted"}).ok


def talk(page: Page, *messages: str) -> None:
    """Open a conversation in which these messages were answered."""
    found = page.request.get("/api/characters").json()["items"]
    slug = next(each["slug"] for each in found if each["language"] == "en")
    made = page.request.post("/api/conversations", data={"character": slug})
    id = made.json()["id"]
    for message in messages:
        path = f"/api/conversations/{id}/messages"
        answer = page.request.post(path, data={"content": message})
        assert answer.ok, answer.text()
    page.goto(f"/conversations/{id}")
    expect(page.locator(".speech.is-last")).to_be_visible()


def test_a_reply_is_reported_read_in_context_and_closed(open_page: OpenPage) -> None:
    page, admin = open_page(), open_page()
    sign_in(admin)
    clear(admin)
    talk(page, "Good evening.", "What is for supper?")
    reply = page.locator(".speech.is-last")
    reply.get_by_role("button", name="Report", exact=True).click()
    dialog = page.get_by_role("dialog", name="Report this reply")
    dialog.get_by_role("button", name="Report").click()
    expect(dialog.get_by_role("alert")).to_have_text("Choose a reason first.")
    expect(dialog.get_by_label("Reason")).to_be_focused()
    dialog.get_by_label("Reason").select_option("hateful")
    dialog.get_by_label("More about it").fill("Not in front of the children.")
    dialog.get_by_role("button", name="Report").press("Enter")
    expect(dialog).to_be_hidden()
    expect(page.get_by_text("Your report is on its way")).to_be_visible()
    expect(reply.locator("[data-act=report]")).to_be_focused()

    admin.goto("/admin/reports")
    link = admin.get_by_role("navigation").get_by_role("link", name="Reports (1)")
    expect(link).to_have_attribute("aria-current", "page")
    row = admin.locator(".report-row")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("Not in front of the children.")
    read = row.get_by_role("button", name="Read in context")
    read.click()
    expect(read).to_have_attribute("aria-expanded", "true")
    expect(row.locator(".report-line.is-reported")).to_have_count(1)
    expect(row.locator(".report-line")).to_have_count(4)
    expect(row.locator(".report-line").last).to_contain_text("What is for supper?")
    row.get_by_role("button", name="Close: ").click()
    closing = admin.get_by_role("dialog", name="Close this report")
    closing.get_by_label("Outcome").select_option("no_breach")
    closing.get_by_label("Note").fill("A joke.")
    closing.get_by_role("button", name="Close", exact=True).click()
    expect(admin.get_by_text("No report is open")).to_be_visible()
    masthead = admin.locator(".masthead")
    expect(masthead.get_by_role("link", name="Reports", exact=True)).to_be_visible()
    admin.get_by_label("State").select_option("closed")
    expect(row.first).to_contain_text("It is fine as it is · A joke.")


def test_a_character_is_reported_on_a_phone_by_keyboard_in_chinese(open_page: OpenPage) -> None:
    page = open_page(viewport=PHONE, locale="zh-CN", has_touch=True)
    page.goto("/characters/bev-ruddock")
    button = page.get_by_role("button", name="举报这个角色")
    button.press("Enter")
    dialog = page.get_by_role("dialog", name="举报")
    dialog.get_by_label("原因").select_option("rights")
    dialog.get_by_role("button", name="举报").press("Enter")
    expect(page.get_by_text("你的举报已经送到")).to_be_visible()
    sign_in(page)
    page.goto("/admin/reports")
    page.get_by_label("来源").select_option("people")
    expect(page.locator(".report-row").first).to_contain_text("侵犯他人的权利")
    overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(overflow) == 0


def test_what_moderation_did_is_seen_in_the_chat(open_page: OpenPage) -> None:
    page = open_page()
    talk(page, DECLINED, HIDDEN)
    declined = page.locator(".speech", has_text="Tell me of unsafe-fire.").last
    expect(declined).to_contain_text("The prompter shook their head")
    message = page.locator(".speech.is-user", has_text=HIDDEN)
    expect(message).to_contain_text("This line did not reach")
    reply = page.locator(".speech.is-last")
    expect(reply).to_contain_text("The curtain stays down on this reply")
    for act in ("edit", "copy", "report", "aloud"):
        expect(reply.locator(f"[data-act={act}]")).to_have_count(0)
    expect(reply.locator("[data-act=regenerate]")).to_be_visible()
    page.get_by_role("button", name="切换到中文").click()
    expect(reply).to_contain_text("没有登台")


@pytest.mark.skipif(not Path(AXE).exists(), reason="npm install was not run")
@pytest.mark.parametrize("window", ["desktop-light", "phone-light", "phone-dark"])
def test_axe_finds_nothing(open_page: OpenPage, window: str) -> None:
    page = open_page(**WINDOWS[window])
    talk(page, DECLINED, HIDDEN, "And now?")
    assert violations(page) == []
    last = page.locator(".speech.is-last [data-act=report]")
    last.click()
    expect(page.locator("dialog[open]")).to_be_visible()
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.goto("/characters/bev-ruddock")
    expect(page.locator(".persona-report")).to_be_visible()
    assert violations(page) == []
    sign_in(page)
    page.goto("/admin/reports")
    page.locator(".report-row button[aria-expanded]").first.click()
    expect(page.locator(".report-line").first).to_be_visible()
    assert violations(page) == []
