"""Authors find what is theirs, choose who finds it, and share it by a link."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Request, expect

from tests.web.conftest import Offbook, OpenPage, PageOptions, wait_for
from tests.web.test_accounts import KEY, PASSWORD, fill_sign_in, join
from tests.web.test_axe import AXE, WINDOWS, violations

pytestmark = pytest.mark.browser

SCRIPT = (
    "Mara: Is anyone there?\nFerryman: Always.\nMara: Then row.\nFerryman: The river is high.\n"
)


@pytest.fixture(scope="module")
def theatre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Offbook]:
    """An Offbook with an admin key, where guests may talk."""
    with Offbook(
        tmp_path_factory.mktemp("theatre"),
        OFFBOOK_LOAD_SAMPLES="false",
        OFFBOOK_ACCESS__ADMIN_KEY=KEY,
        OFFBOOK_ACCESS__TRUSTED_PROXIES="127.0.0.1/32",
    ) as offbook:
        yield offbook


@pytest.fixture(scope="module")
def club(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Offbook]:
    """An Offbook that admits people with an account only."""
    with Offbook(
        tmp_path_factory.mktemp("club"),
        OFFBOOK_LOAD_SAMPLES="false",
        OFFBOOK_ACCESS__ADMIN_KEY=KEY,
        OFFBOOK_ACCESS__GUESTS="false",
    ) as offbook:
        yield offbook


def make(page: Page, name: str = "Ferryman") -> str:
    """Make a character of the window's author, with its index; return its slug."""
    file: Any = {"name": "boat.txt", "mimeType": "text/plain", "buffer": SCRIPT.encode()}
    title = f"Boat of {name}, {page.request.get('/api/me').json()['person']['login']}"
    stored = page.request.post("/api/scripts", multipart={"file": file, "title": title})
    wanted = {"name": name, "script_ids": [stored.json()["id"]]}
    made = page.request.post("/api/characters", data=wanted)
    assert made.status == 202, made.text()
    slug: str = made.json()["slug"]
    wait_for(page, f"/api/characters/{slug}", lambda shown: shown["status"] == "ready")
    return slug


def link_of(page: Page, slug: str) -> str:
    shared = page.request.put(f"/api/characters/{slug}/sharing", data={"visibility": "link"})
    link: str = shared.json()["link"]
    return link


def row(page: Page, name: str) -> Locator:
    return page.locator(".own-character", has=page.get_by_role("heading", name=re.compile(name)))


def share_by_keyboard(author: Page, slug: str) -> str:
    """Share the Ferryman by link on the page of one's own; return what was copied."""
    # By keyboard: choosing another option changes nothing until it is applied.
    share = row(author, "Ferryman").get_by_role("button", name="Share Ferryman")
    share.press("Enter")
    dialog = author.get_by_role("dialog", name="Who finds Ferryman")
    expect(dialog.get_by_role("radio", name="Private")).to_be_checked()
    expect(dialog.get_by_role("radio", name="By link")).to_have_accessible_description(
        re.compile("everyone who opens the link")
    )
    dialog.get_by_role("radio", name="Private").focus()
    author.keyboard.press("ArrowDown")
    assert sharing(author, slug)["visibility"] == "private"
    author.keyboard.press("Enter")
    expect(dialog.get_by_role("textbox", name="Link")).to_be_visible()
    dialog.get_by_role("button", name="Copy link").click()
    expect(author.get_by_text("The link is copied.")).to_be_visible()
    address: str = author.evaluate("navigator.clipboard.readText()")
    dialog.get_by_role("button", name="Done").click()
    expect(share).to_be_focused()
    expect(row(author, "Ferryman").locator(".tag-link")).to_have_text("By link")
    expect(row(author, "Ferryman")).to_contain_text("No one has come by this link yet")
    return address


def test_an_author_shares_by_link_and_a_guest_talks(open_page: OpenPage, theatre: Offbook) -> None:
    author = open_page(base_url=theatre.address)
    author.context.grant_permissions(["clipboard-read", "clipboard-write"])
    join(author, "ann", "Ann", "author")
    slug = make(author)
    author.goto("/")
    author.get_by_role("navigation").get_by_role("link", name="My cast").click()
    expect(row(author, "Ferryman").locator(".tag-private")).to_have_text("Private")

    address = share_by_keyboard(author, slug)
    assert address == f"{theatre.address}/with#{sharing(author, slug)['link']}"

    guest = open_page(base_url=theatre.address)
    asked: list[Request] = []

    def heard(request: Request) -> None:
        asked.append(request)

    guest.on("request", heard)
    guest.goto(address)
    expect(guest.get_by_role("heading", name="Ferryman", exact=True)).to_be_visible()
    expect(guest).to_have_url(f"{theatre.address}/characters/{slug}")
    # The link is nowhere but in the body that opened the character.
    link = address.partition("#")[2]
    kept = guest.evaluate(
        "JSON.stringify([history.state, {...localStorage}, {...sessionStorage}, document.title])"
    )
    assert link not in kept
    for request in asked:
        assert link not in request.url.partition("#")[0]
        assert link not in json.dumps(request.headers)
    guest.go_back()
    assert link not in guest.url

    guest.goto(f"/characters/{slug}")
    expect(guest.locator(".authors-bar")).to_have_count(0)
    expect(guest.get_by_text("Portrait and backdrop")).to_have_count(0)
    guest.get_by_role("button", name="Start a conversation").click()
    box = guest.locator(".composer textarea")
    box.fill("Is the river high?")
    box.press("Enter")
    expect(guest.locator(".is-live")).to_have_count(0)
    expect(guest.locator(".speech").last).not_to_be_empty()

    author.reload()
    expect(row(author, "Ferryman")).to_contain_text("1 visitor has come by this link")


def sharing(page: Page, slug: str) -> dict[str, Any]:
    found: dict[str, Any] = page.request.get(f"/api/characters/{slug}/sharing").json()
    return found


def test_a_new_link_ends_the_old_one_kindly(open_page: OpenPage, theatre: Offbook) -> None:
    author = open_page(base_url=theatre.address)
    join(author, "bea", "Bea", "author")
    slug = make(author, "Mara")
    old = link_of(author, slug)
    author.goto(f"/characters/{slug}")
    author.get_by_role("button", name="Share Mara").click()
    author.get_by_role("button", name="New link").click()
    sure = author.get_by_role("dialog", name="Make a new link to Mara?")
    expect(sure).to_contain_text("The old link ends at once")
    sure.get_by_role("button", name="New link").click()
    expect(author.get_by_text("Here is the new link")).to_be_visible()
    new = sharing(author, slug)["link"]
    expect(author.get_by_role("textbox", name="Link")).to_have_value(
        f"{theatre.address}/with#{new}"
    )

    guest = open_page(base_url=theatre.address, locale="zh-CN")
    guest.goto(f"/with#{old}")
    expect(guest.get_by_role("heading", name="链接已失效")).to_be_visible()
    guest.get_by_role("button", name="Switch to English").click()
    expect(guest.get_by_role("heading", name="This link has ended")).to_be_visible()
    guest.goto("/with")
    guest.reload()
    expect(guest.get_by_role("heading", name="This link is not whole")).to_be_visible()
    # A link that is opened in the same tab counts as well.
    guest.goto(f"/with#{new}")
    expect(guest.get_by_role("heading", name="Mara", exact=True)).to_be_visible()


def test_to_make_it_private_is_asked_and_ends_the_link(
    open_page: OpenPage, theatre: Offbook
) -> None:
    author, guest = open_page(base_url=theatre.address), open_page(base_url=theatre.address)
    join(author, "cleo", "Cleo", "author")
    slug = make(author)
    guest.goto(f"/with#{link_of(author, slug)}")
    expect(guest.get_by_role("heading", name="Ferryman", exact=True)).to_be_visible()

    author.goto(f"/characters/{slug}/edit")
    section = author.locator(".sharing")
    section.get_by_role("radio", name="Private").check()
    section.get_by_role("button", name="Apply").click()
    sure = author.get_by_role("dialog", name="Make Ferryman private?")
    expect(sure).to_contain_text("1 visitor who came by it will no longer find Ferryman")
    sure.get_by_role("button", name="Cancel").click()
    assert sharing(author, slug)["visibility"] == "link"
    section.get_by_role("button", name="Apply").click()
    sure.get_by_role("button", name="Make private").click()
    expect(author.get_by_text("Ferryman is private now.")).to_be_visible()
    assert sharing(author, slug)["link"] is None
    assert guest.request.get(f"/api/characters/{slug}").status == 404


def test_a_link_waits_while_its_holder_signs_in(open_page: OpenPage, club: Offbook) -> None:
    author, reader = open_page(base_url=club.address), open_page(base_url=club.address)
    join(author, "ann", "Ann", "author")
    join(reader, "rea", "Rea")
    reader.request.delete("/api/session")
    slug = make(author)
    link = link_of(author, slug)
    reader.goto(f"/with#{link}")
    expect(reader).to_have_url(f"{club.address}/sign-in?next=%2Fwith")
    fill_sign_in(reader, "rea", PASSWORD)
    expect(reader.get_by_role("heading", name="Ferryman", exact=True)).to_be_visible()
    assert link not in reader.evaluate("JSON.stringify({...sessionStorage, ...localStorage})")
    expect(reader.locator(".authors-bar")).to_have_count(0)


def test_an_author_edits_deletes_and_brings_back(open_page: OpenPage, theatre: Offbook) -> None:
    page = open_page(base_url=theatre.address)
    join(page, "dan", "Dan", "author")
    slug = make(page)
    page.goto(f"/characters/{slug}")
    page.get_by_role("link", name="Edit Ferryman").click()
    page.get_by_label("Tagline").fill("Paid by the tide.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Ferryman is saved.")).to_be_visible()
    assert page.request.get(f"/api/characters/{slug}").json()["tagline"] == "Paid by the tide."

    page.get_by_role("link", name="My cast").click()
    row(page, "Ferryman").get_by_role("button", name="Delete Ferryman").click()
    expect(row(page, "Ferryman")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(row(page, "Ferryman")).to_be_visible()
    row(page, "Ferryman").get_by_role("button", name="Delete Ferryman").click()
    page.locator(".deleted summary").click()
    page.get_by_role("button", name=re.compile("Ferryman")).first.click()
    expect(row(page, "Ferryman")).to_be_visible()


def test_others_have_no_controls_of_authors(open_page: OpenPage, theatre: Offbook) -> None:
    author, other = open_page(base_url=theatre.address), open_page(base_url=theatre.address)
    join(author, "eve", "Eve", "author")
    join(other, "otto", "Otto", "author")
    slug = make(author)
    author.request.put(f"/api/characters/{slug}/sharing", data={"visibility": "published"})
    other.goto(f"/characters/{slug}")
    expect(other.get_by_role("heading", name="Ferryman", exact=True)).to_be_visible()
    expect(other.locator(".authors-bar")).to_have_count(0)
    other.goto(f"/characters/{slug}/edit")
    expect(other.get_by_role("heading", name="Not yours to change")).to_be_visible()
    other.goto("/scripts")
    expect(other.get_by_role("button", name=re.compile("Delete"))).to_have_count(0)
    reader = open_page(base_url=theatre.address)
    join(reader, "ray", "Ray")
    reader.goto("/mine")
    expect(reader.get_by_role("heading", name="My characters")).to_be_visible()
    expect(reader.get_by_role("link", name="Upload a script")).to_have_count(0)


@pytest.mark.skipif(not AXE.exists(), reason="npm install was not run")
@pytest.mark.parametrize("window", WINDOWS)
def test_axe_finds_nothing(open_page: OpenPage, theatre: Offbook, window: str) -> None:
    options: PageOptions = {**WINDOWS[window], "base_url": theatre.address}
    page = open_page(**options)
    join(page, f"axe-{window}", "Axel", "author")
    slug = make(page)
    link_of(page, slug)
    found: list[str] = []
    for path, landmark in (
        ("/mine", ".own-character"),
        (f"/characters/{slug}", ".authors-bar"),
        (f"/characters/{slug}/edit", ".sharing"),
        ("/with#ended", ".blank"),
    ):
        page.goto(path)
        expect(page.locator(landmark).first).to_be_visible()
        found += violations(page)
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path
    page.goto("/mine")
    page.locator(".own-share").first.click()
    expect(page.locator(".sharing-dialog .copy-row")).to_be_visible()
    found += violations(page)
    assert not found, "\n".join(found)
