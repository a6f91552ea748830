"""Admins take over what others made, see how the engine does and which settings are in force, and
fetch a backup."""

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.web.conftest import Offbook, OpenPage, PageOptions
from tests.web.test_accounts import ADMIN, KEY, join
from tests.web.test_axe import AXE, WINDOWS, violations
from tests.web.test_sharing import make

pytestmark = pytest.mark.browser

HUSH = "hush-hush-hush"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Offbook]:
    """An Offbook with an admin key, and a variable that no setting reads."""
    with Offbook(
        tmp_path_factory.mktemp("house"),
        OFFBOOK_LOAD_SAMPLES="false",
        OFFBOOK_ACCESS__ADMIN_KEY=KEY,
        OFFBOOK_ACCESS__TRUSTED_PROXIES="127.0.0.1/32",
        OFFBOOK_ENGIN__KIND="openai",
        OFFBOOK_JUDGE__URL=f"https://me:{HUSH}@judge.example/v1",
    ) as offbook:
        yield offbook


def admin(open_page: OpenPage, house: Offbook, login: str, **options: Any) -> Page:
    page = open_page(base_url=house.address, **options)
    join(page, login, "Augusta", "admin")
    return page


def script_row(page: Page, title: str) -> Locator:
    return page.locator(".script-row", has=page.get_by_role("link", name=title, exact=True))


def test_the_places_are_one_line(open_page: OpenPage, house: Offbook) -> None:
    page = admin(open_page, house, "places")
    page.goto("/admin")
    places = page.get_by_role("navigation", name="Places of the administration")
    for name in ("Scripts", "Engine health", "Settings in force", "Backup"):
        places.get_by_role("link", name=name).click()
        expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()
        expect(places.get_by_role("link", name=name)).to_have_attribute("aria-current", "page")


def test_a_script_is_taken_over_and_given_back(open_page: OpenPage, house: Offbook) -> None:
    author = open_page(base_url=house.address)
    join(author, "ann", "Ann", "author")
    make(author)
    title = "Boat of Ferryman, ann"
    # The house has one of this title already.
    file: Any = {"name": "own.txt", "mimeType": "text/plain", "buffer": b"Anna: Hello.\nBen: Hi.\n"}
    author.request.delete("/api/session")
    stored = author.request.post(
        "/api/scripts", multipart={"file": file, "title": title}, headers=ADMIN
    )
    assert stored.status == 201, stored.text()

    page = admin(open_page, house, "boss")
    page.goto("/admin/scripts")
    page.get_by_label("Owner").select_option(label="Ann (ann)")
    row = script_row(page, title)
    expect(row).to_have_count(1)
    expect(row).to_contain_text("1 character plays in it")
    row.get_by_role("button", name=f"Take over {title}").click()
    dialog = page.get_by_role("dialog", name=f"Take over {title}?")
    expect(dialog).to_contain_text("Until now it belongs to Ann (ann)")
    dialog.get_by_role("radio", name="The house").check()
    dialog.get_by_role("button", name="Take over").click()
    name = page.get_by_role("dialog").get_by_label("Title")
    expect(name).to_have_accessible_description(re.compile("has a script called"))
    expect(page.get_by_role("radio", name="The house")).to_be_checked()
    name.fill("Ann's boat")
    page.get_by_role("dialog").get_by_role("button", name="Take over").click()
    expect(page.get_by_text(f"{title} was taken over.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("is back with the owner before")).to_be_visible()
    # Meanwhile nothing was Ann's, so the list showed all again.
    page.get_by_label("Owner").select_option(label="Ann (ann)")
    expect(row.locator(".tag")).to_have_text("Ann (ann)")


def test_a_character_is_taken_over_and_given_back(open_page: OpenPage, house: Offbook) -> None:
    author = open_page(base_url=house.address)
    join(author, "bea", "Bea", "author")
    slug = make(author, "Mara")
    other = open_page(base_url=house.address)
    join(other, "cid", "Cid", "author")
    make(other)  # there is a choice of owners
    page = admin(open_page, house, "chief")
    page.goto("/admin")
    page.get_by_label("Owner").select_option(label="Bea (bea)")
    row = page.locator(".admin-character")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("Owner: Bea (bea)")
    row.get_by_role("button", name="Take over Mara").click()
    page.get_by_role("dialog").get_by_role("button", name="Take over").click()
    expect(page.get_by_text("Mara was taken over.")).to_be_visible()
    assert author.request.get(f"/api/characters/{slug}").status == 404
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Mara is back")).to_be_visible()
    assert author.request.get(f"/api/characters/{slug}").status == 200


def test_the_engine_is_seen_at_a_glance(open_page: OpenPage, house: Offbook) -> None:
    page = admin(open_page, house, "eve")
    page.goto("/admin/engine")
    expect(page.get_by_role("status").filter(has_text="Ready")).to_contain_text("scripted")
    expect(page.get_by_role("heading", name="Queue")).to_contain_text("this process")
    expect(page.get_by_text("No reply was written in this time.")).to_be_visible()
    # It asks again by itself, and stops when it is told to.
    with page.expect_response("**/api/admin/engine"):
        pass
    page.get_by_label("Keep up to date").uncheck()
    page.reload()
    expect(page.get_by_label("Keep up to date")).to_be_checked()  # for this visit only


def test_settings_are_found_and_hold_no_secret(open_page: OpenPage, house: Offbook) -> None:
    page = admin(open_page, house, "sue")
    page.goto("/admin/settings")
    changed = page.locator(".settings-group").first
    expect(changed.get_by_role("heading", level=2)).to_have_text("Other than the default")
    expect(page.locator(".settings-unknown")).to_contain_text("OFFBOOK_ENGIN__KIND")
    expect(page.locator("main")).not_to_contain_text(HUSH)
    expect(page.locator("main")).not_to_contain_text(KEY)

    search = page.get_by_label("Search the settings")
    search.fill("judge url")
    row = page.locator(".setting")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("https://…@judge.example/v1")
    expect(row.locator(".tag")).to_have_text("OFFBOOK_JUDGE__URL")
    search.fill("admin_key")
    expect(row).to_contain_text("set (not shown)")
    search.fill("data_dir")
    expect(row.locator(".tag")).to_have_text("command line")
    search.fill("no such thing")
    expect(page.get_by_role("status").filter(has_text="No setting fits")).to_be_visible()


def test_a_backup_is_made_fetched_and_deleted(
    open_page: OpenPage, house: Offbook, tmp_path: Path
) -> None:
    page = admin(open_page, house, "bob")
    page.goto("/admin/backup")
    page.get_by_role("button", name="Make a backup").click()
    link = page.get_by_role("link", name=re.compile(r"Download offbook-.*\.zip"))
    expect(link).to_be_focused()
    with page.expect_download() as download:
        link.click()
    file = tmp_path / "backup.zip"
    download.value.save_as(file)
    with zipfile.ZipFile(file) as archive:
        assert archive.testzip() is None
        assert "manifest.json" in archive.namelist()
    page.get_by_role("button", name=re.compile("Delete offbook-")).click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("None at the moment.")).to_be_visible()
    expect(page.get_by_role("button", name="Make a backup")).to_be_focused()


def test_a_backup_that_fails_says_what_to_do(open_page: OpenPage, house: Offbook) -> None:
    page = admin(open_page, house, "zoe")
    failed = {
        **{"name": "offbook-20260101-000000.zip", "state": "failed", "step": "", "table": 0},
        **{"tables": 30, "done": 0, "total": 0, "size": 0, "rows": 0, "problem": "disk"},
        "error": "Free some space, or run `offbook backup` with a file on another disk.",
    }
    page.route(
        "**/api/admin/backups", lambda route: route.fulfill(json={"items": [], "run": failed})
    )
    page.goto("/admin/backup")
    alert = page.get_by_role("alert").filter(has_text="too full")
    expect(alert).to_contain_text("on another disk")
    expect(alert.locator("code")).to_have_text("offbook backup")


@pytest.mark.skipif(not AXE.exists(), reason="npm install was not run")
@pytest.mark.parametrize("window", WINDOWS)
def test_axe_finds_nothing(open_page: OpenPage, house: Offbook, window: str) -> None:
    options: PageOptions = {**WINDOWS[window], "base_url": house.address}
    page = open_page(**options)
    join(page, f"axe-{window}", "Axel", "admin")
    make(page)
    found: list[str] = []
    for path, landmark in (
        ("/admin/scripts", ".script-row"),
        ("/admin/engine", ".engine-part"),
        ("/admin/settings", ".setting"),
        ("/admin/backup", ".backup-make"),
        ("/admin", ".admin-character"),
    ):
        page.goto(path)
        expect(page.locator(landmark).first).to_be_visible()
        found += violations(page)
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path
    page.locator(".admin-take").first.click()
    expect(page.locator(".take")).to_be_visible()
    found += violations(page)
    assert not found, "\n".join(found)
