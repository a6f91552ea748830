"""People come in through an OpenID provider, whose pages are another site's."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.app.openid.provider import CLIENT, SECRET, FakeProvider, provider
from tests.app.running import SCRIPT
from tests.web.conftest import PHONE, Offbook, OpenPage, PageOptions, wait_for
from tests.web.test_accounts import (
    ADMIN,
    KEY,
    PASSWORD,
    account_link,
    conversations,
    fill_sign_in,
    invite,
    me,
    open_conversation,
)
from tests.web.test_axe import AXE, WINDOWS, violations

pytestmark = pytest.mark.browser

ENTER = "Sign in with the Guild"


@pytest.fixture(scope="module")
def guild() -> Iterator[FakeProvider]:
    """A provider on another site than the service: cookies that are strict stay behind."""
    with provider() as started:
        started.issuer = started.issuer.replace("127.0.0.1", "localhost")
        yield started


@pytest.fixture
def user(guild: FakeProvider, request: pytest.FixtureRequest) -> FakeProvider:
    """The provider, where somebody is signed in whom no other test knows."""
    name = request.node.name
    guild.user = {"sub": name, "preferred_username": "mara", "name": "Mara Brook"}
    guild.declines = False
    return guild


@pytest.fixture(scope="module")
def theatre(tmp_path_factory: pytest.TempPathFactory, guild: FakeProvider) -> Iterator[Offbook]:
    with Offbook(
        tmp_path_factory.mktemp("theatre"),
        OFFBOOK_LOAD_SAMPLES="false",
        OFFBOOK_ACCESS__ADMIN_KEY=KEY,
        OFFBOOK_ACCESS__TRUSTED_PROXIES="127.0.0.1/32",
        OFFBOOK_ACCESS__OPENID__ISSUER=guild.issuer,
        OFFBOOK_ACCESS__OPENID__CLIENT_ID=CLIENT,
        OFFBOOK_ACCESS__OPENID__CLIENT_SECRET=SECRET,
        OFFBOOK_ACCESS__OPENID__NAME="the Guild",
    ) as offbook:
        yield offbook


def enter(page: Page) -> None:
    page.get_by_role("button", name=ENTER).click()


def arrived(page: Page, theatre: Offbook) -> None:
    """Wait for the page behind the door: the door itself knows the name before it opens."""
    expect(page).to_have_url(f"{theatre.address}/")
    expect(account_link(page)).to_contain_text("Mara Brook")


def test_a_guest_is_invited_and_keeps_a_conversation(
    open_page: OpenPage, theatre: Offbook, user: FakeProvider
) -> None:
    page = open_page(base_url=theatre.address)
    play: FilePayload = {"name": "Ben.txt", "mimeType": "text/plain", "buffer": SCRIPT.encode()}
    made = page.request.post("/api/characters/import", multipart={"file": play}, headers=ADMIN)
    assert made.status == 202, made.text()
    wait_for(page, "/api/characters/ben", lambda ben: ben["status"] == "ready")
    page.goto("/sign-in?next=%2Fscripts")
    talked = open_conversation(page)
    enter(page)
    expect(page.get_by_role("alert")).to_contain_text("making one needs an invitation")
    expect(page).to_have_url(f"{theatre.address}/sign-in?next=%2Fscripts")
    page.goto("about:blank")
    page.goto(f"/sign-up?next=%2Fscripts#{invite(page.request, role='author')}")
    expect(page.get_by_label("Bring along")).to_be_checked()
    enter(page)
    expect(page).to_have_url(f"{theatre.address}/scripts")
    expect(account_link(page)).to_have_text("Mara Brook")
    assert me(page)["role"] == "author"
    assert conversations(page) == [talked]
    again = open_page(base_url=theatre.address)
    again.goto("/sign-in")
    enter(again)
    expect(again).to_have_url(f"{theatre.address}/")
    assert conversations(again) == [talked]


def test_who_declines_is_back_at_the_door(
    open_page: OpenPage, theatre: Offbook, user: FakeProvider
) -> None:
    user.declines = True
    page = open_page(base_url=theatre.address)
    page.goto("/sign-in")
    enter(page)
    expect(page.get_by_role("alert")).to_have_text(
        "Signing in with the Guild was declined. Try again, or take another way in."
    )
    expect(page).to_have_url(f"{theatre.address}/sign-in?next=%2F")
    expect(page.get_by_label("Sign-in name")).to_be_visible()
    page.reload()
    expect(page.get_by_role("button", name=ENTER)).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)


def test_a_person_sets_a_password_unlinks_and_links_again(
    open_page: OpenPage, theatre: Offbook, user: FakeProvider
) -> None:
    page = open_page(base_url=theatre.address)
    page.goto(f"/sign-up#{invite(page.request)}")
    enter(page)
    arrived(page, theatre)
    login = me(page)["person"]["login"]
    page.goto("/account")
    expect(page.get_by_text("This is your only way in.")).to_be_visible()
    expect(page.get_by_label("Present password")).to_have_count(0)
    page.get_by_label("New password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Set a password").click()
    page.get_by_role("button", name="Unlink the Guild").click()
    page.get_by_role("dialog").get_by_role("button", name="Unlink").click()
    link = page.get_by_role("button", name="Link the Guild", exact=True)  # not the one to unlink
    link.click()
    expect(page.locator(".field-error")).to_have_text("Write your password.")
    password = page.locator("form").filter(has=link).get_by_label("Password", exact=True)
    password.fill("not it, surely")
    link.click()
    expect(page.locator(".field-error")).to_have_text("The name or the password is wrong.")
    password.fill(PASSWORD)
    link.click()
    expect(page.get_by_text("Your account is linked to the Guild.")).to_be_visible()
    expect(page).to_have_url(f"{theatre.address}/account")
    expect(page.get_by_role("button", name="Unlink the Guild")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(account_link(page)).to_have_text("Sign in")
    page.goto("/sign-in")
    fill_sign_in(page, login)
    arrived(page, theatre)


def test_the_door_is_chinese_on_a_phone(
    open_page: OpenPage, theatre: Offbook, user: FakeProvider
) -> None:
    page = open_page(base_url=theatre.address, locale="zh-CN", viewport=PHONE)
    page.goto(f"/sign-up#{invite(page.request)}")
    page.get_by_role("button", name="使用 the Guild 登录").click()
    arrived(page, theatre)
    assert me(page)["person"]["language"] == "zh"
    page.goto("/account")
    expect(page.get_by_role("heading", name="通过 the Guild 登录")).to_be_visible()
    id = me(page)["person"]["id"]
    page.request.patch(
        f"/api/admin/people/{id}", data={"disabled": True}, headers={**ADMIN, "Cookie": ""}
    )
    page.goto("/sign-in")
    page.get_by_role("button", name="使用 the Guild 登录").click()
    expect(page.get_by_role("alert")).to_have_text("这个账号已被停用，请联系本站的管理员。")


def test_whom_a_proxy_signs_in_does_not_sign_out(open_page: OpenPage, tmp_path: Path) -> None:
    offbook = Offbook(
        tmp_path,
        OFFBOOK_LOAD_SAMPLES="false",
        OFFBOOK_ACCESS__ADMIN_KEY=KEY,
        OFFBOOK_ACCESS__SIGN_UP="open",
        OFFBOOK_ACCESS__TRUSTED_PROXIES="127.0.0.1/32",
        OFFBOOK_ACCESS__USER_HEADER="Remote-User",
    )
    try:
        offbook.start()
        page = open_page(base_url=offbook.address)
        page.set_extra_http_headers({"Remote-User": "mara"})
        page.goto("/account")
        expect(page.get_by_text("A proxy in front of this Offbook signs you in.")).to_be_visible()
        expect(page.get_by_role("button", name="Sign out")).to_have_count(0)
        expect(page.get_by_role("button", name="Set a password")).to_have_count(0)
        page.get_by_label("Name", exact=True).fill("Mara")
        page.get_by_role("button", name="Save").click()
        expect(account_link(page)).to_have_text("Mara")
    finally:
        offbook.stop()


@pytest.mark.skipif(not AXE.exists(), reason="npm install was not run")
@pytest.mark.parametrize("window", WINDOWS)
def test_axe_finds_nothing(
    open_page: OpenPage, theatre: Offbook, user: FakeProvider, window: str
) -> None:
    options: PageOptions = {**WINDOWS[window], "base_url": theatre.address}
    page = open_page(**options)
    page.goto("/sign-in?problem=openid_expired")
    expect(page.get_by_role("alert")).to_be_visible()
    found = violations(page)
    page.goto(f"/sign-up#{invite(page.request)}")
    page.locator(".door-other button").click()
    arrived(page, theatre)
    page.goto("/account")
    expect(page.locator(".account-ways section")).to_have_count(2)
    found += violations(page)
    assert not found, "\n".join(found)
