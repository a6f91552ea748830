"""People take everything of theirs along or delete it, and admins read who did what."""

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.web.conftest import PHONE, Offbook, OpenPage, PageOptions
from tests.web.test_accounts import (
    ADMIN,
    KEY,
    PASSWORD,
    conversations,
    fill_sign_in,
    join,
    me,
    open_conversation,
)
from tests.web.test_axe import AXE, WINDOWS, violations

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def theatre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Offbook]:
    """An Offbook with an admin key that keeps unused conversations for a while."""
    with Offbook(
        tmp_path_factory.mktemp("theatre"),
        OFFBOOK_ACCESS__ADMIN_KEY=KEY,
        OFFBOOK_ACCESS__TRUSTED_PROXIES="127.0.0.1/32",
        OFFBOOK_CONVERSATIONS__KEPT_DAYS="90",
    ) as offbook:
        yield offbook


def publish_a_character(page: Page, name: str) -> str:
    """A published character of the window's user, of a script of theirs; its slug."""
    content = b"Mara: Hello?\nBen: Always.\n"
    script: FilePayload = {"name": "p.txt", "mimeType": "text/plain", "buffer": content}
    stored = page.request.post("/api/scripts", multipart={"file": script, "title": name})
    assert stored.status == 201, stored.text()
    wanted = {"name": name, "speakers": ["Ben"], "script_ids": [stored.json()["id"]]}
    made = page.request.post("/api/characters", data=wanted)
    assert made.status == 202, made.text()
    slug: str = made.json()["slug"]
    assert page.request.post(f"/api/admin/characters/{slug}/publish").ok
    return slug


def test_a_person_downloads_and_then_deletes_everything(
    open_page: OpenPage, theatre: Offbook
) -> None:
    page, other = open_page(base_url=theatre.address), open_page(base_url=theatre.address)
    join(page, "nora", "Nora", "author")
    slug = publish_a_character(page, "Old Ben")
    talked = page.request.post("/api/conversations", data={"character": slug})
    assert talked.status == 201, talked.text()
    assert other.request.post("/api/conversations", data={"character": slug}).status == 201

    page.goto("/account")
    own = page.locator(".account-section").filter(has_text="Download everything").first
    expect(own).to_contain_text("You have here: one conversation, ")
    expect(own).to_contain_text("one character")
    expect(own).to_contain_text("in which nothing happens for 90 days")
    with page.expect_download() as downloading:
        page.get_by_role("link", name="Download everything").click()
    archive = zipfile.ZipFile(io.BytesIO(Path(downloading.value.path()).read_bytes()))
    assert f"characters/{slug}/character.json" in archive.namelist()

    danger = page.locator(".erasure")
    expect(danger).to_contain_text("Old Ben (one conversation of another)")
    expect(danger).to_contain_text("ask an admin to take it over first")
    danger.get_by_role("button", name="Delete everything").click()
    password = danger.get_by_label("Your password, once more", exact=True)
    expect(password).to_have_accessible_description("Write your password.")
    password.fill("not it, surely")
    danger.get_by_role("button", name="Delete everything").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete everything for good").click()
    expect(password).to_have_accessible_description("The name or the password is wrong.")
    password.fill(PASSWORD)
    password.press("Enter")
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    assert me(page)["person"]["login"] == "nora"
    password.press("Enter")
    page.get_by_role("dialog").get_by_role("button", name="Delete everything for good").click()
    expect(page).to_have_url(f"{theatre.address}/")
    assert me(page)["person"] is None
    assert page.request.get(f"/api/characters/{slug}", headers=ADMIN).status == 404
    assert conversations(other) == []
    page.goto("/sign-in")
    fill_sign_in(page, "nora")
    expect(page.get_by_text("The name or the password is wrong.")).to_be_visible()


def test_a_guest_brings_a_conversation_back_and_deletes_the_rest(
    open_page: OpenPage, theatre: Offbook
) -> None:
    page = open_page(base_url=theatre.address, viewport=PHONE, has_touch=True)
    page.goto("/")
    kept, gone = open_conversation(page), open_conversation(page)
    page.goto("/sign-in")
    page.get_by_role("link", name="Download or delete what this browser has here").click()
    expect(page.get_by_role("heading", name="What this browser has here")).to_be_visible()
    expect(page.get_by_text("This browser has here: 2 conversations")).to_be_visible()

    page.request.delete(f"/api/conversations/{gone}")
    page.reload()
    page.get_by_text("Recently deleted conversations (1)").click()
    row = page.get_by_role("listitem").filter(has_text="gone for good on")
    row.get_by_role("button", name=re.compile("^Bring back")).click()
    expect(page.get_by_text("is back.")).to_be_visible()
    assert set(conversations(page)) == {kept, gone}

    page.get_by_role("button", name="Delete everything").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete everything for good").click()
    expect(page).to_have_url(f"{theatre.address}/")
    assert conversations(page) == []


def test_an_admin_reads_who_did_what(open_page: OpenPage, theatre: Offbook) -> None:
    page, other = open_page(base_url=theatre.address), open_page(base_url=theatre.address)
    join(page, "ada", "Ada", "admin")
    join(other, "vic", "Vic", "author")
    slug = publish_a_character(other, "Vic's Ben")
    other.request.post("/api/session", data={"login": "vic", "password": "wrong"})
    other.request.delete(f"/api/admin/characters/{slug}?restorable=true")
    page.goto("/admin")
    page.get_by_role("navigation").get_by_role("link", name="Audit").click()
    expect(page.get_by_role("heading", name="Audit")).to_be_visible()
    rows = page.locator(".audit-row")
    expect(rows.first).to_contain_text("vic deleted the character “Vic's Ben”.")
    expect(rows.first).to_contain_text(re.compile(r"from \S+ · can be brought back"))
    expect(rows.nth(1)).to_contain_text("Someone tried to sign in as “vic”")
    expect(rows.nth(1).get_by_text("refused")).to_be_visible()

    page.get_by_label("What").select_option(label="Character published")
    expect(rows.filter(has_text="signed up")).to_have_count(0)
    expect(rows.first).to_contain_text("vic published the character “Vic's Ben”.")
    page.get_by_role("button", name="Clear").click()
    page.get_by_label("Sign-in name").fill("ada")
    page.get_by_label("Sign-in name").press("Enter")
    expect(rows.first).to_contain_text("ada signed up.")
    with page.expect_download() as downloading:
        page.get_by_role("link", name="Download as CSV").click()
    table = Path(downloading.value.path()).read_text(encoding="utf-8-sig")
    assert [line.split(",")[1] for line in table.splitlines()] == ["action", "signed_up"]
    page.get_by_label("To", exact=True).fill("2020-01-01")
    expect(page.get_by_text("Nothing of the kind happened.")).to_be_visible()
    page.get_by_role("button", name="切换到中文").click()
    expect(page.get_by_role("heading", name="操作记录")).to_be_visible()
    expect(rows.filter(has_text="vic 发布了角色“Vic's Ben”。")).to_have_count(1)


def test_an_undo_says_until_when(open_page: OpenPage, theatre: Offbook) -> None:
    page = open_page(base_url=theatre.address)
    page.goto("/")
    open_conversation(page)
    page.reload()
    page.get_by_role("button", name=re.compile("^Delete “")).first.click()
    expect(
        page.get_by_text(re.compile(r"Until \d{1,2} \w+ it can be brought back"))
    ).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    page.reload()
    assert len(conversations(page)) == 1


@pytest.mark.skipif(not AXE.exists(), reason="npm install was not run")
@pytest.mark.parametrize("window", WINDOWS)
def test_axe_finds_nothing_on_these_pages(
    open_page: OpenPage, theatre: Offbook, window: str
) -> None:
    options: PageOptions = {**WINDOWS[window], "base_url": theatre.address}
    guest = open_page(**options)
    guest.goto("/")
    open_conversation(guest)
    found: list[str] = []
    guest.goto("/my-data")
    expect(guest.locator(".erasure")).to_be_visible()
    found += violations(guest)
    page = open_page(**options)
    join(page, f"axe-{window}", "Axel", "admin")
    for path, landmark in (("/account", ".erasure"), ("/admin/audit", ".audit-row")):
        page.goto(path)
        expect(page.locator(landmark).first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        found += violations(page)
    assert not found, "\n".join(found)
