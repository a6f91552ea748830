"""People see how much of the house is theirs, and admins what everyone used."""

import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.web.conftest import Offbook, OpenPage, PageOptions
from tests.web.test_accounts import ADMIN, KEY, join, me, open_conversation
from tests.web.test_axe import AXE, WINDOWS, violations

pytestmark = pytest.mark.browser

CONTEXT = 4_096
"""Of the scripted engine: what a reply may take."""


@pytest.fixture(scope="module")
def theatre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Offbook]:
    """An Offbook with an admin key, where people may have accounts."""
    with Offbook(
        tmp_path_factory.mktemp("theatre"),
        OFFBOOK_ACCESS__ADMIN_KEY=KEY,
        OFFBOOK_ACCESS__TRUSTED_PROXIES="127.0.0.1/32",
    ) as offbook:
        yield offbook


def limit(page: Page, **limits: object) -> None:
    """Set limits of the person who is signed in, with the admin key, outside of their window."""
    id, address = me(page)["person"]["id"], page.url.split("/", 3)[:3]
    path = f"{'/'.join(address)}/api/admin/people/{id}/limits"
    answer = httpx.put(path, json=limits, headers=ADMIN, timeout=20)
    assert answer.status_code == 200, answer.text


def say(page: Page, conversation: str, text: str = "Is the lamp lit?") -> None:
    """Have a line answered without the page."""
    answer = page.request.post(
        f"/api/conversations/{conversation}/messages", data={"content": text}
    )
    assert answer.status == 200, answer.text()


def test_who_is_out_of_tokens_keeps_the_line(open_page: OpenPage, theatre: Offbook) -> None:
    page = open_page(base_url=theatre.address)
    page.goto("/")
    join(page, "mara", "Mara")
    limit(page, tokens_a_day=CONTEXT)
    conversation = open_conversation(page)
    say(page, conversation)
    page.goto(f"/conversations/{conversation}")
    box = page.locator(".composer textarea")
    box.fill("And what of the other lamp?")
    box.press("Enter")
    complaint = page.locator(".composer-complaint")
    expect(complaint).to_contain_text("The curtain has fallen for today")
    expect(complaint).to_contain_text(re.compile(r"It rises again on \d+ \w+ \d{4}, \d\d:\d\d"))
    expect(complaint).not_to_contain_text("again in")  # twice would be once too often
    expect(box).to_have_value("And what of the other lamp?")
    expect(page.locator(".speech").filter(has_text="the other lamp")).to_have_count(0)
    page.reload()
    expect(box).to_have_value("And what of the other lamp?")
    limit(page)
    box.press("Enter")
    expect(page.locator(".speech").filter(has_text="you say?")).to_have_count(2)


def test_a_person_reads_what_they_used(open_page: OpenPage, theatre: Offbook) -> None:
    page = open_page(base_url=theatre.address)
    join(page, "timo", "Timo")
    page.goto("/account")
    section = page.locator("#usage")
    expect(section).to_contain_text("Nothing was used in these days.")
    say(page, open_conversation(page))
    page.reload()
    report = page.request.get("/api/me/usage").json()
    tokens = report["totals"]["prompt_tokens"] + report["totals"]["completion_tokens"]
    expect(section).to_contain_text(f"1 reply; tokens: {tokens:,}")
    expect(section.locator(".usage-limit").nth(2)).to_contain_text(f"{tokens:,} of 1,000,000")
    expect(section.get_by_role("img")).to_have_accessible_name(
        re.compile(rf"1 day with use, at most {tokens:,} a day$")
    )
    section.get_by_text("As a table").click()
    expect(section.get_by_role("row")).to_have_count(2)
    with page.expect_download() as saved:
        section.get_by_role("link", name="Save as CSV").click()
    assert saved.value.suggested_filename.startswith("usage-")
    assert "timo,Timo" in saved.value.path().read_text("utf-8")


def test_an_admin_reads_everyones_and_limits_one(open_page: OpenPage, theatre: Offbook) -> None:
    reader, page = open_page(base_url=theatre.address), open_page(base_url=theatre.address)
    join(reader, "vera", "Vera")
    say(reader, open_conversation(reader))
    join(page, "ada", "Ada", "admin")
    page.goto("/admin")
    section = page.locator("section").filter(has=page.get_by_role("heading", name="Usage"))
    expect(section.get_by_role("heading", name="People by use")).to_be_visible()
    section.get_by_role("button", name="Only Vera").click()
    expect(section.get_by_label("Person")).to_have_value(me(reader)["person"]["id"])
    expect(section).to_contain_text(re.compile(r"1 reply; tokens: [\d,]+"))
    expect(section.get_by_role("link", name="Save as CSV")).to_have_attribute(
        "href", re.compile(r"person=")
    )
    section.get_by_label("From", exact=True).fill("2020-01-01")
    section.get_by_label("From", exact=True).blur()
    expect(page.get_by_text("at most 366 days")).to_be_visible()

    page.get_by_label("Search the people").fill("vera")
    expect(page.locator("[data-person]")).to_have_count(1)
    page.get_by_role("button", name="Limits of Vera").click()
    dialog = page.get_by_role("dialog", name="Limits of Vera")
    expect(dialog.get_by_label("Tokens a day", exact=True)).to_have_accessible_description(
        re.compile(r"The role’s: 1,000,000\. Used: [\d,]+\.")
    )
    dialog.get_by_label("Tokens a day", exact=True).fill("500")
    dialog.get_by_label("No limit (Requests a minute)").check()
    dialog.get_by_label("Storage, in MB", exact=True).fill("1.5")
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The limits of Vera are changed.")).to_be_visible()
    limits = {each["quota"]: each for each in reader.request.get("/api/me/usage").json()["limits"]}
    assert limits["tokens_a_day"]["limit"] == 500
    assert "requests_a_minute" not in limits
    assert limits["storage_bytes"]["limit"] == 1_572_864
    assert limits["running_turns"]["limit"] == 3
    page.get_by_role("button", name="Limits of Vera").click()
    expect(dialog.get_by_label("Tokens a day", exact=True)).to_have_value("500")
    expect(dialog.get_by_label("No limit (Requests a minute)")).to_be_checked()


@pytest.mark.skipif(not AXE.exists(), reason="npm install was not run")
@pytest.mark.parametrize("window", WINDOWS)
def test_axe_finds_nothing(open_page: OpenPage, theatre: Offbook, window: str) -> None:
    options: PageOptions = {**WINDOWS[window], "base_url": theatre.address}
    page = open_page(**options)
    page.goto("/")
    join(page, f"admin-{window}", "Augusta", "admin")
    limit(page, tokens_a_day=100_000, uploads_a_day=0, storage_bytes=5_000_000)
    say(page, open_conversation(page))
    page.goto("/account")
    expect(page.locator("#usage .usage-chart")).to_be_visible()
    page.locator("#usage summary").click()
    found = violations(page)
    page.goto("/admin")
    expect(page.locator(".usage-top-list").first).to_be_visible()
    page.locator(".usage-details summary").click()
    found += violations(page)
    page.locator("[data-person] .person-limits").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    found += violations(page)
    assert not found, "\n".join(found)
