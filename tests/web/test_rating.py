"""A reader says which replies are good, and decides whether that may be learnt from."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.web.conftest import PHONE, Offbook, OpenPage, wait_for
from tests.web.test_talking import begin, say

pytestmark = pytest.mark.browser

LEARNING = "/api/me/learning"
CHARACTER = "/api/admin/characters/ambrose-pettifer/signals"


@pytest.fixture(scope="module")
def theatre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Offbook]:
    """An Offbook of one's own: consent is given once for all conversations."""
    with Offbook(tmp_path_factory.mktemp("theatre")) as offbook:
        yield offbook


@pytest.fixture
def house(open_page: OpenPage, theatre: Offbook) -> Page:
    return open_page(base_url=theatre.address)


def reply_of(page: Page) -> Locator:
    return page.locator(".speech.is-assistant.is-last")


def ask(page: Page, text: str) -> Locator:
    """Says something; the reply, once it is there."""
    before = page.locator(".speech").count()
    say(page, text)
    expect(page.locator(".speech")).to_have_count(before + 2)
    expect(page.locator(".is-live")).to_have_count(0)
    return reply_of(page)


def counts(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = page.request.get(CHARACTER).json()
    return found


def test_a_bad_reply_gets_a_reason_and_consent_is_asked_once(house: Page) -> None:
    begin(house)
    reply = ask(house, "Tell me of the horse.")
    good, bad = reply.locator("[data-act=good]"), reply.locator("[data-act=bad]")
    expect(bad).to_have_attribute("aria-pressed", "false")
    bad.focus()
    house.keyboard.press("Enter")
    dialog = house.get_by_role("dialog", name="May Offbook learn from what you say about replies?")
    expect(dialog).to_contain_text("your messages are in there")
    expect(dialog.get_by_role("link", name="your data")).to_have_attribute("href", "/my-data")
    assert counts(house)["bad"] == 0
    dialog.get_by_role("button", name="Yes, it may").click()
    reasons = reply.get_by_role("group", name="What is wrong with it?")
    expect(reasons.get_by_role("radio").first).to_be_focused()
    wait_for(house, CHARACTER, lambda shown: shown["bad"] == 1)
    reasons.get_by_role("radio", name="Out of character").check()
    reply.get_by_label("In your words").fill("He never says that.")
    with house.expect_response(re.compile("/rating$")):
        reply.get_by_role("button", name="Save").click()
    expect(reasons).to_have_count(0)
    expect(bad).to_be_focused()

    house.reload()
    said = "Not a good reply: Out of character – He never says that."
    expect(bad).to_have_attribute("aria-pressed", "true")
    expect(bad).to_have_accessible_name(said)
    expect(good).to_have_attribute("aria-pressed", "false")
    good.click()  # nobody is asked twice
    expect(good).to_have_attribute("aria-pressed", "true")
    expect(bad).to_have_accessible_name("Not a good reply")
    assert counts(house) == {"good": 1, "bad": 0, "chosen": 0, "edited": 0}
    good.click()
    expect(good).to_have_attribute("aria-pressed", "false")
    bad.click()
    expect(reasons).to_be_visible()
    house.keyboard.press("Escape")
    expect(reasons).to_have_count(0)
    expect(bad).to_have_attribute("aria-pressed", "true")
    expect(house.get_by_role("dialog")).to_have_count(0)


def test_the_version_that_one_goes_on_from_is_chosen(house: Page) -> None:
    house.request.put(LEARNING, data={"given": True})
    before = counts(house)["chosen"]
    begin(house)
    reply = ask(house, "Tell me a story, each time anew.")
    first = reply.locator(".speech-text").inner_text()
    reply.get_by_role("button", name="Another reply").click()
    expect(house.locator(".alternatives-count")).to_have_text("2/2")
    expect(house.locator(".is-live")).to_have_count(0)
    reply.get_by_role("button", name="Previous version").click()
    expect(house.locator(".alternatives-count")).to_have_text("1/2")
    expect(reply.locator(".speech-text")).to_have_text(first)
    assert counts(house)["chosen"] == before
    ask(house, "Go on.")
    wait_for(house, CHARACTER, lambda shown: shown["chosen"] == before + 1)
    reply = reply_of(house)
    reply.get_by_role("button", name="Edit").click()
    reply.get_by_label("Edit").fill("It was a grey horse.")
    reply.get_by_role("button", name="Save").click()
    wait_for(house, CHARACTER, lambda shown: shown["edited"] == 1)
    house.goto("/admin/characters/ambrose-pettifer")
    expect(house.locator(".admin-page-head")).to_contain_text("1 chosen over another, 1 edited.")


def test_consent_is_withdrawn_with_ones_data_and_deletes(
    open_page: OpenPage, theatre: Offbook
) -> None:
    page = open_page(base_url=theatre.address, viewport=PHONE, has_touch=True, locale="zh-CN")
    page.request.put(LEARNING, data={"given": True})
    begin(page, "Bev Ruddock")
    box = page.locator(".composer textarea")
    box.fill("Is it slowly?")
    box.press("Enter")
    expect(page.locator(".speech")).to_have_count(3)
    expect(page.locator(".is-live")).to_have_count(0)
    with page.expect_response(re.compile("/rating$")):
        page.locator(".is-last [data-act=good]").tap()
    kept = page.request.get(LEARNING).json()["kept"]
    assert kept > 0
    page.goto("/my-data")
    section = page.locator("#learning")
    expect(section).to_contain_text(f"目前保存了 {kept} 条评价、选择和修改。")
    switch = section.get_by_role("switch", name="Offbook 可以从我的评价、选择和修改中学习")
    expect(switch).to_be_checked()
    switch.tap()
    page.get_by_role("dialog").get_by_role("button", name="取消").click()
    expect(switch).to_be_checked()
    switch.tap()
    page.get_by_role("dialog").get_by_role("button", name="撤回").click()
    expect(section).to_contain_text("目前保存了 0 条评价、选择和修改。")
    expect(switch).not_to_be_checked()
    assert page.request.get(LEARNING).json() == {"rule": "ask", "given": False, "kept": 0}
    assert page.request.get("/api/admin/characters/bev-ruddock/signals").json()["good"] == 0


def test_where_it_is_off_there_are_no_thumbs(
    open_page: OpenPage, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("off")
    with Offbook(folder, OFFBOOK_LEARNING__SIGNALS="off") as offbook:
        page = open_page(base_url=offbook.address)
        begin(page)
        reply = ask(page, "Tell me of the horse.")
        expect(reply.get_by_role("button", name="Copy")).to_be_visible()
        expect(page.locator(".thumb")).to_have_count(0)
        page.goto("/my-data")
        expect(page.locator(".erasure")).to_be_visible()
        expect(page.locator("#learning")).to_have_count(0)
