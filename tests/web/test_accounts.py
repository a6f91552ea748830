"""People join by invitation, come and go by the stage door, and are looked after by an admin."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import APIRequestContext, Page, expect

from tests.web.conftest import PHONE, Offbook, OpenPage, PageOptions
from tests.web.test_axe import AXE, WINDOWS, violations

pytestmark = pytest.mark.browser

KEY = "the-key-under-the-mat"
ADMIN = {"Authorization": f"Bearer {KEY}"}
PASSWORD = "a wet horse in a bus"


@pytest.fixture(scope="module")
def theatre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Offbook]:
    """An Offbook with an admin key, where guests may talk."""
    with Offbook(
        tmp_path_factory.mktemp("theatre"),
        OFFBOOK_ACCESS__ADMIN_KEY=KEY,
        OFFBOOK_ACCESS__TRUSTED_PROXIES="127.0.0.1/32",
    ) as offbook:
        yield offbook


@pytest.fixture
def club(tmp_path: Path) -> Iterator[Offbook]:
    """An Offbook that admits people with an account only."""
    with Offbook(
        tmp_path,
        OFFBOOK_LOAD_SAMPLES="false",
        OFFBOOK_ACCESS__ADMIN_KEY=KEY,
        OFFBOOK_ACCESS__GUESTS="false",
        OFFBOOK_ACCESS__SIGN_UP="closed",
    ) as offbook:
        yield offbook


def invite(request: APIRequestContext, **wanted: object) -> str:
    """The token of a new invitation."""
    made = request.post("/api/admin/invitations", data=wanted, headers=ADMIN)
    assert made.status == 201, made.text()
    token: str = made.json()["token"]
    return token


def join(page: Page, login: str, name: str, role: str = "reader") -> None:
    """Make an account, and leave the window signed in to it."""
    token = invite(page.request, role=role)
    wanted = {"login": login, "name": name, "password": PASSWORD, "invitation": token}
    made = page.request.post("/api/people", data=wanted)
    assert made.status == 204, made.text()


def me(page: Page) -> dict[str, Any]:
    answer: dict[str, Any] = page.request.get("/api/me").json()
    return answer


def open_conversation(page: Page) -> str:
    """Open a conversation as the window's user; return its id."""
    slug = page.request.get("/api/characters").json()["items"][0]["slug"]
    made = page.request.post("/api/conversations", data={"character": slug})
    assert made.status == 201, made.text()
    id: str = made.json()["id"]
    return id


def conversations(page: Page) -> list[str]:
    found = page.request.get("/api/conversations").json()["items"]
    return [each["id"] for each in found]


def fill_sign_in(page: Page, login: str, password: str = PASSWORD) -> None:
    page.get_by_label("Sign-in name").fill(login)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_label("Password", exact=True).press("Enter")


def account_link(page: Page) -> Any:
    return page.locator(".masthead .account-link")


def test_a_guest_joins_by_invitation_and_keeps_a_conversation(
    open_page: OpenPage, theatre: Offbook
) -> None:
    page = open_page(base_url=theatre.address)
    page.goto("/")
    expect(account_link(page)).to_have_text("Sign in")
    talked = open_conversation(page)
    token = invite(page.request, role="author", note="for Clara")

    page.goto(f"/sign-up#{token}")
    expect(page.get_by_text("You are invited as an author")).to_be_visible()
    expect(page).to_have_url(f"{theatre.address}/sign-up")  # the token is out of sight
    assert token not in page.evaluate("JSON.stringify([history.state, {...localStorage}])")
    expect(page.get_by_label("Bring along")).to_be_checked()

    password = page.get_by_label("Password", exact=True)
    expect(password).to_have_attribute("autocomplete", "new-password")
    expect(page.get_by_label("Sign-in name")).to_have_attribute("autocomplete", "username")
    page.get_by_label("Name", exact=True).fill("Clara")
    page.get_by_label("Sign-in name").fill("clara brook")
    password.fill("too short")
    page.get_by_role("button", name="Sign up").click()
    login = page.get_by_label("Sign-in name")
    expect(login).to_be_focused()
    expect(login).to_have_accessible_description(re.compile("without spaces\\.$"))
    expect(password).to_have_accessible_description(re.compile("Take 10 to 200 characters"))

    # Another language neither loses what was typed nor asks for the link again.
    page.get_by_role("button", name="切换到中文").click()
    expect(page.get_by_text("你受邀成为作者")).to_be_visible()
    expect(page.get_by_label("用户名")).to_have_value("clara brook")
    expect(page.get_by_label("密码", exact=True)).to_have_value("")  # but a password is not kept
    page.get_by_role("button", name="Switch to English").click()
    page.get_by_label("Sign-in name").fill("clara")
    page.get_by_role("button", name="Show the password").click()
    expect(page.get_by_label("Password", exact=True)).to_have_attribute("type", "text")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign up").click()

    expect(account_link(page)).to_have_text("Clara")
    expect(page.get_by_role("navigation").get_by_role("link", name="Upload")).to_be_visible()
    assert me(page)["role"] == "author"
    assert conversations(page) == [talked]


def test_an_invitation_opens_the_door_once(open_page: OpenPage, theatre: Offbook) -> None:
    page = open_page(base_url=theatre.address)
    page.goto("/sign-up#no-such-token")
    expect(page.get_by_role("alert")).to_contain_text("was used, has expired or never existed")
    expect(page.get_by_text("An account here needs an invitation.")).to_be_visible()
    expect(page.get_by_role("button", name="Sign up")).to_have_count(0)
    # A link that is opened in the same tab counts as well.
    page.goto(f"/sign-up#{invite(page.request)}")
    expect(page.get_by_text("You are invited as a reader")).to_be_visible()


def test_a_taken_name_is_said_beside_its_field(open_page: OpenPage, theatre: Offbook) -> None:
    other = open_page(base_url=theatre.address)
    join(other, "taken", "Theo")
    page = open_page(base_url=theatre.address)
    page.goto(f"/sign-up#{invite(page.request)}")
    page.get_by_label("Name", exact=True).fill("Thea")
    page.get_by_label("Sign-in name").fill("TAKEN")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign up").click()
    login = page.get_by_label("Sign-in name")
    expect(login).to_have_accessible_description(re.compile("has this name already"))
    expect(login).to_be_focused()
    assert me(page)["person"] is None


def test_people_come_and_go_by_the_stage_door(open_page: OpenPage, theatre: Offbook) -> None:
    page = open_page(base_url=theatre.address)
    join(page, "mara", "Mara")
    page.goto("/account")
    expect(page.get_by_role("definition").filter(has_text="Reader: talks")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(account_link(page)).to_have_text("Sign in")
    assert me(page)["role"] == "guest"

    left_behind = open_conversation(page)
    page.goto("/api/docs")
    account_link(page).click()
    expect(page.get_by_role("heading", name="Stage door")).to_be_visible()
    fill_sign_in(page, "mara", "a wet horse in a bos")
    password = page.get_by_label("Password", exact=True)
    expect(password).to_have_accessible_description("The name or the password is wrong.")
    expect(password).to_be_focused()
    keep = page.get_by_label("Keep the conversations of this browser")
    expect(keep).not_to_be_checked()
    keep.check()
    fill_sign_in(page, "Mara")
    expect(page).to_have_url(f"{theatre.address}/api/docs")  # back where they came from
    expect(account_link(page)).to_have_text("Mara")
    assert conversations(page) == [left_behind]


def test_guests_who_want_their_account_sign_in_first(open_page: OpenPage, theatre: Offbook) -> None:
    page = open_page(base_url=theatre.address, viewport=PHONE, has_touch=True)
    join(page, "ben", "Benedict of the Two Long Names and a Third")
    page.request.delete("/api/session")
    page.goto("/account")
    expect(page).to_have_url(f"{theatre.address}/sign-in?next=%2Faccount")
    fill_sign_in(page, "ben")
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()
    # However long a name is, the masthead of a phone keeps its line.
    mark, link = page.locator(".wordmark").bounding_box(), account_link(page).bounding_box()
    assert mark is not None
    assert link is not None
    assert abs(mark["y"] - link["y"]) < mark["height"]
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


@pytest.mark.parametrize(
    "next",
    ["//evil.example/", "/\\evil.example", "https://evil.example", "javascript:alert(1)", "/\t/e"],
)
def test_the_door_leads_to_this_site_alone(
    open_page: OpenPage, theatre: Offbook, next: str
) -> None:
    page = open_page(base_url=theatre.address)
    login = f"guest{len(next)}"
    join(page, login, "Dan")
    page.request.delete("/api/session")
    page.goto("/")
    page.goto("/sign-in?" + page.evaluate("next => String(new URLSearchParams({next}))", next))
    fill_sign_in(page, login)
    expect(account_link(page)).to_have_text("Dan")
    expect(page).to_have_url(f"{theatre.address}/")


def test_people_change_who_they_are(open_page: OpenPage, theatre: Offbook) -> None:
    page, elsewhere = open_page(base_url=theatre.address), open_page(base_url=theatre.address)
    join(page, "eva", "Eva")
    signed_in = {"login": "eva", "password": PASSWORD}
    assert elsewhere.request.post("/api/session", data=signed_in).status == 204
    page.goto("/account")
    page.get_by_label("Present password").fill("not it, surely")
    page.get_by_label("New password").fill("eleven ducks at six")
    page.get_by_role("button", name="Change the password").click()
    wrong = page.get_by_label("Present password")
    expect(wrong).to_have_accessible_description("The name or the password is wrong.")
    wrong.fill(PASSWORD)
    page.get_by_role("button", name="Change the password").click()
    expect(page.get_by_text("Your password is changed.")).to_be_visible()
    expect(page.get_by_label("New password")).to_have_value("")
    assert me(elsewhere)["role"] == "guest"

    page.get_by_label("Name", exact=True).fill("Evangeline")
    page.get_by_label("Language of the pages").select_option("zh")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="我的账号")).to_be_visible()
    expect(account_link(page)).to_have_text("Evangeline")
    # An English browser, too, is Chinese for her from her sign-in on.
    elsewhere.goto("/sign-in")
    fill_sign_in(elsewhere, "eva", "eleven ducks at six")
    expect(elsewhere.locator("html")).to_have_attribute("lang", "zh-Hans")


def test_a_key_is_made_shown_once_and_revoked(open_page: OpenPage, theatre: Offbook) -> None:
    page = open_page(base_url=theatre.address)
    join(page, "finn", "Finn")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto("/account")
    expect(page.get_by_text("No keys yet.")).to_be_visible()
    expect(page.get_by_label("Upload scripts and make characters")).to_have_count(0)
    page.get_by_role("button", name="Make a key").click()
    label = page.get_by_label("What is it for?")
    expect(label).to_have_accessible_description(re.compile("Write what the key is for"))
    label.fill("laptop")
    page.get_by_role("button", name="Make a key").click()
    dialog = page.get_by_role("dialog", name="A key for laptop")
    key = dialog.get_by_label("The key").input_value()
    dialog.get_by_role("button", name="Copy").click()
    expect(page.get_by_text("Copied.")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == key
    dialog.get_by_role("button", name="I have kept it").click()
    row = page.get_by_role("listitem").filter(has_text="laptop")
    expect(row).to_contain_text("may read, talk")
    expect(row).to_contain_text("never used")
    assert key not in page.content()
    expect(page.get_by_label("Talk to the characters")).to_be_checked()  # for the next one
    bearer = {"Authorization": f"Bearer {key}"}
    assert page.request.get("/v1/models", headers=bearer).status == 200

    page.get_by_role("button", name="Revoke the key laptop").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Revoke the key laptop").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(row.get_by_text("revoked")).to_be_visible()
    assert page.request.get("/v1/models", headers=bearer).status == 401


def test_an_admin_among_people_shuts_one_out(open_page: OpenPage, theatre: Offbook) -> None:
    page, shut = open_page(base_url=theatre.address), open_page(base_url=theatre.address)
    join(page, "ada", "Ada", "admin")
    join(shut, "grim", "Grim")
    page.goto("/admin")
    expect(page.get_by_label("Role of Ada")).to_be_disabled()
    expect(page.get_by_role("button", name="Disable Ada")).to_have_count(0)
    page.get_by_label("Search the people").fill("GRI")
    rows = page.locator("[data-person]")
    expect(rows).to_have_count(1)

    page.get_by_label("Role of Grim").select_option("author")
    expect(page.get_by_text("Grim now has the role: Author.")).to_be_visible()
    assert me(shut)["role"] == "author"
    page.get_by_label("Role of Grim").select_option("admin")
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    expect(page.get_by_label("Role of Grim")).to_have_value("author")

    page.get_by_role("button", name="Disable Grim").click()
    page.get_by_role("dialog").get_by_role("button", name="Disable").click()
    expect(rows.get_by_text("disabled", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Enable Grim")).to_be_focused()
    shut.goto("/account")
    fill_sign_in(shut, "grim")
    refused = shut.get_by_label("Password", exact=True)
    expect(refused).to_have_accessible_description("The name or the password is wrong.")

    page.get_by_role("button", name="Enable Grim").click()
    page.get_by_role("dialog").get_by_role("button", name="Enable").click()
    expect(page.get_by_role("button", name="Disable Grim")).to_be_visible()
    page.get_by_role("button", name="New password for Grim").click()
    page.get_by_role("dialog").get_by_role("button", name="New password").click()
    dialog = page.get_by_role("dialog", name="A new password for Grim")
    password = dialog.get_by_label("The new password").input_value()
    dialog.get_by_role("button", name="I have kept it").click()
    fill_sign_in(shut, "grim", password)
    expect(shut.get_by_role("heading", name="Your account")).to_be_visible()

    erase = page.get_by_role("button", name="Delete Grim")
    dialog = page.get_by_role("dialog", name="Delete everything of Grim?")
    for typed, outcome in (("ada", "Nothing was deleted"), ("Grim", "Nothing of Grim is left.")):
        erase.click()
        dialog.get_by_label("To confirm, type grim").fill(typed)
        dialog.get_by_role("button", name="Delete for good").click()
        expect(page.get_by_text(outcome)).to_be_visible()
    expect(rows).to_have_count(0)
    assert me(shut)["role"] == "guest"


def test_a_reader_is_shown_no_administration(open_page: OpenPage, theatre: Offbook) -> None:
    page = open_page(base_url=theatre.address)
    join(page, "ida", "Ida")
    page.goto("/admin")
    expect(page.get_by_text("You are signed in as Ida, who is no admin here.")).to_be_visible()
    page.get_by_label("Admin key").fill(KEY)
    page.get_by_label("Admin key").press("Enter")
    expect(page.get_by_role("heading", name="Invitations")).to_be_visible()
    expect(account_link(page)).to_have_count(0)  # the key has no account
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in with an account")).to_be_visible()


def test_a_session_that_was_ended_is_noticed(open_page: OpenPage, theatre: Offbook) -> None:
    page = open_page(base_url=theatre.address)
    join(page, "jan", "Jan")
    page.goto("/account")
    expect(page.get_by_role("button", name="Save")).to_be_visible()
    id = me(page)["person"]["id"]
    ended = page.request.patch(
        f"/api/admin/people/{id}", data={"disabled": True}, headers={**ADMIN, "Cookie": ""}
    )
    assert ended.status == 200, ended.text()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_have_text("You are signed out. Sign in, and try again.")
    expect(account_link(page)).to_have_text("Sign in")
    expect(account_link(page)).to_have_attribute("href", "/sign-in?next=%2Faccount")


def test_the_admin_key_makes_an_invitation(open_page: OpenPage, theatre: Offbook) -> None:
    page, guest = open_page(base_url=theatre.address), open_page(base_url=theatre.address)
    page.goto("/admin")
    expect(page.get_by_role("link", name="Sign in with an account")).to_be_visible()
    page.get_by_label("Admin key").fill(KEY)
    page.get_by_label("Admin key").press("Enter")
    page.get_by_label("Note", exact=True).fill("For Hugo")
    page.get_by_label("Role", exact=True).select_option("author")
    page.get_by_label("For how many people").fill("0")
    page.get_by_role("button", name="Make an invitation").click()
    uses = page.get_by_label("For how many people")
    expect(uses).to_have_accessible_description("A whole number from 1 to 1,000.")
    uses.fill("2")
    page.get_by_role("button", name="Make an invitation").click()
    dialog = page.get_by_role("dialog", name="An invitation (Author)")
    link = dialog.get_by_label("The link").input_value()
    assert link.startswith(f"{theatre.address}/sign-up#")
    dialog.get_by_role("button", name="I have kept it").click()
    expect(uses).to_have_value("1")  # ready for the next one
    expect(page.get_by_label("Days it lasts")).to_have_value("14")
    expect(page.get_by_label("Role", exact=True)).to_have_value("reader")
    row = page.get_by_role("listitem").filter(has_text="For Hugo")
    expect(row).to_contain_text("for 2 people")
    guest.goto(link)
    expect(guest.get_by_text("You are invited as an author")).to_be_visible()
    page.get_by_role("button", name="Delete the invitation: For Hugo").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(row).to_have_count(0)
    guest.goto("about:blank")
    guest.goto(link)
    expect(guest.get_by_role("alert")).to_contain_text("was used, has expired or never existed")


@pytest.mark.parametrize("path", ["/", "/scripts", "/upload", "/characters/bev-ruddock"])
def test_where_guests_are_not_admitted_pages_lead_to_the_door(
    open_page: OpenPage, club: Offbook, path: str
) -> None:
    page = open_page(base_url=club.address)
    page.goto(path)
    expect(page.get_by_role("heading", name="Stage door")).to_be_visible()
    expect(page.get_by_text("Sign in to come inside.")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page.get_by_role("link", name="Sign up")).to_have_count(0)  # the settings close it
    page.goto("/sign-up")
    expect(page.get_by_text("takes no further people")).to_be_visible()


def test_an_open_service_knows_no_accounts(page: Page) -> None:
    loaded: list[str] = []
    page.on("request", lambda request: loaded.append(request.url))
    page.goto("/")
    expect(page.locator(".card, .poster-name").first).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert not [url for url in loaded if "/account/" in url or url.endswith("/api/me")]
    assert me(page)["open"] is True
    expect(account_link(page)).to_have_count(0)
    page.goto("/account")
    expect(page.get_by_role("heading", name="The house is yours")).to_be_visible()
    expect(account_link(page)).to_have_count(0)
    page.goto("/admin")
    expect(page.get_by_role("heading", name="Keys")).to_be_visible()
    expect(page.get_by_role("heading", name="People")).to_have_count(0)
    expect(page.get_by_role("heading", name="Invitations")).to_have_count(0)


@pytest.mark.skipif(not AXE.exists(), reason="npm install was not run")
@pytest.mark.parametrize("window", WINDOWS)
def test_axe_finds_nothing(open_page: OpenPage, theatre: Offbook, window: str) -> None:
    options: PageOptions = {**WINDOWS[window], "base_url": theatre.address}
    page = open_page(**options)
    page.goto("/sign-in")
    page.locator("form .button-primary").click()
    expect(page.locator(".field-error")).to_have_count(2)
    found = violations(page)
    page.goto(f"/sign-up#{invite(page.request, note='for a friend')}")
    page.locator(".secret button").click()
    found += violations(page)
    page.goto("/sign-up#no-such-token")
    expect(page.get_by_role("alert")).to_be_visible()
    found += violations(page)
    join(page, f"admin-{window}", "Augusta", "admin")
    page.request.post("/api/me/keys", data={"label": "laptop"})
    page.goto("/account")
    expect(page.locator(".account-row")).to_have_count(1)
    found += violations(page)
    page.goto("/admin")
    expect(page.locator("[data-person]").first).to_be_visible()
    found += violations(page)
    page.locator("[name=note]").fill("for a friend")
    page.locator("[name=note]").press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    found += violations(page)
    assert not found, "\n".join(found)
