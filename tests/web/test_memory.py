"""What a conversation is remembered by, as a person decides it."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.web.test_talking import begin

pytestmark = pytest.mark.browser


def test_older_lines_are_summed_up_corrected_and_forgotten(page: Page) -> None:
    address = begin(page)
    for number in range(4):
        sent = page.request.post(f"{address}/messages", data={"content": f"Horse {number}?"})
        assert sent.ok, sent.text()
    page.reload()
    page.get_by_role("button", name="Memory").click()
    dialog = page.get_by_role("dialog", name="Memory")
    summary = dialog.get_by_label("Summary of the oldest lines")
    dialog.get_by_role("button", name="Sum up now").click()
    expect(dialog.get_by_text("This is kept.")).to_be_visible()
    expect(summary).to_have_value(re.compile("I will remember it"))
    summary.fill("They spoke of the horse.")
    dialog.get_by_label("Sum up by itself").check()
    with page.expect_response(re.compile("/summary$")):
        dialog.get_by_role("button", name="Save").click()
    kept = page.request.get(address).json()
    assert (kept["summarize"], kept["remembers_others"]) == (True, False)
    assert kept["summary"]["text"] == "They spoke of the horse."
    page.get_by_role("button", name="Memory").click()
    expect(dialog.get_by_text(re.compile("Stands for the oldest [0-9]+ messages"))).to_be_visible()
    summary.fill("")
    with page.expect_response(re.compile("/summary$")):
        dialog.get_by_role("button", name="Save").click()
    assert page.request.get(address).json()["summary"] is None


def test_too_early_for_a_summary_is_said(page: Page) -> None:
    begin(page)
    page.get_by_role("button", name="Memory").click()
    dialog = page.get_by_role("dialog", name="Memory")
    dialog.get_by_role("button", name="Sum up now").click()
    expect(dialog.get_by_text("There is nothing to sum up yet")).to_be_visible()
