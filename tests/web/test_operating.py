"""A service beyond loopback, and one that goes away and comes back."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.web.conftest import Offbook, OpenPage

pytestmark = pytest.mark.browser

KEY = "the-key-under-the-mat"


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Offbook]:
    """An Offbook that anybody in the network reaches."""
    with Offbook(
        tmp_path_factory.mktemp("public"), host="0.0.0.0", OFFBOOK_ACCESS__ADMIN_KEY=KEY
    ) as offbook:
        yield offbook


@pytest.fixture
def lonely(tmp_path: Path) -> Iterator[Offbook]:
    """An open Offbook, without keys."""
    with Offbook(tmp_path, OFFBOOK_LOAD_SAMPLES="false") as offbook:
        yield offbook


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Offbook]:
    """An Offbook with a key, that is guessed at."""
    with Offbook(tmp_path, OFFBOOK_LOAD_SAMPLES="false", OFFBOOK_ACCESS__ADMIN_KEY=KEY) as offbook:
        yield offbook


def test_the_admin_signs_in_with_the_key(open_page: OpenPage, public: Offbook) -> None:
    page = open_page(base_url=public.address)
    page.goto("/upload")
    expect(page.get_by_text("Uploading is for the authors and admins")).to_be_visible()
    expect(page.get_by_label("Drop a file here")).to_have_count(0)
    expect(page.get_by_role("navigation").get_by_role("link", name="Upload")).to_have_count(0)
    page.goto("/admin")
    page.get_by_label("Admin key").fill("the key under the flowerpot")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_have_text("That is not the admin key.")
    page.get_by_label("Admin key").fill(KEY)
    page.get_by_label("Admin key").press("Enter")
    expect(page.get_by_role("button", name="Unpublish Bev Ruddock")).to_be_visible()
    page.goto("/upload")
    expect(page.get_by_label("Drop a file here")).to_be_attached()
    page.goto("/admin")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Admin key")).to_be_visible()


def test_guessing_is_told_to_wait(open_page: OpenPage, guarded: Offbook) -> None:
    page = open_page(base_url=guarded.address, locale="zh-CN")
    page.goto("/admin")
    for number in range(11):
        page.get_by_label("管理密钥").fill(f"a wrong key, number {number}")
        with page.expect_response("**/api/admin/session"):
            page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("alert")).to_contain_text("秒内不再核对")


def test_keys_are_made_and_revoked(open_page: OpenPage, lonely: Offbook) -> None:
    page = open_page(base_url=lonely.address)
    page.goto("/admin")
    expect(page.get_by_text("The stage door has no lock yet")).to_be_visible()
    for label in ("laptop", "SillyTavern"):
        page.get_by_label("What is it for?").fill(label)
        page.get_by_role("button", name="Make a key").click()
        key = page.get_by_role("dialog").get_by_label("The key", exact=True).input_value()
        page.get_by_role("button", name="I have kept it").click()
        expect(page.get_by_text("yours now")).to_be_visible()
    page.get_by_role("button", name="Revoke the key SillyTavern").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("revoked", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Revoke the key SillyTavern")).to_have_count(0)
    refused = page.request.get("/v1/models", headers={"Authorization": f"Bearer {key}"})
    assert refused.status == 401
    page.get_by_role("button", name="Revoke the key laptop").click()
    expect(page.get_by_role("dialog")).to_contain_text("will be signed out")
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(page.get_by_role("heading", name="Stage door")).to_be_visible()


def test_the_page_recovers_when_the_server_comes_back(open_page: OpenPage, public: Offbook) -> None:
    page = open_page(base_url=public.address)
    page.goto("/")
    bev = page.get_by_role("link", name="Bev Ruddock", exact=True)
    expect(bev).to_be_visible()
    public.stop()
    bev.click()
    lost = page.locator(".lost")
    expect(lost).to_contain_text("The server cannot be reached.")
    expect(page.get_by_role("heading", name="The curtain is stuck")).to_be_visible()
    public.start()
    expect(page.get_by_role("heading", name="Bev Ruddock", exact=True)).to_be_visible()
    expect(lost).to_be_hidden()
