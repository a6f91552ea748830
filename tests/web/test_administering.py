"""The operators' list: searched, sorted, several at once; edited; deleted, and brought back."""

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.web.conftest import PHONE, Offbook, OpenPage, wait_for

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Offbook]:
    """An Offbook with its six samples, which these tests may delete."""
    with Offbook(tmp_path_factory.mktemp("house")) as offbook:
        yield offbook


@pytest.fixture
def admin(open_page: OpenPage, house: Offbook) -> Page:
    """The operators' list of the six samples, all of them there."""
    page = open_page(base_url=house.address)
    page.goto("/")
    wait_for(page, "/api/characters", lambda found: len(found["items"]) == 6)
    page.goto("/admin")
    expect(rows(page)).to_have_count(6)
    return page


def rows(page: Page) -> Locator:
    return page.locator(".admin-character")


def names(page: Page) -> list[str]:
    return [text.strip() for text in page.locator(".admin-character h3 a").all_inner_texts()]


def act(page: Page, name: str) -> Locator:
    return page.get_by_role("group", name="With the selected characters").get_by_role(
        "button", name=name
    )


def test_the_list_is_searched_and_sorted(admin: Page) -> None:
    search = admin.get_by_label("Search the characters")
    search.fill("pettifer")
    expect(rows(admin)).to_have_count(1)
    search.fill("rear adequate")  # the title of a script
    expect(rows(admin)).to_have_count(3)
    search.fill("nobody of this name")
    expect(admin.get_by_text("“nobody of this name” is in no programme here.")).to_be_visible()
    search.fill("")
    admin.get_by_label("Order").select_option("By name")
    assert names(admin)[:2] == ["Ambrose Pettifer", "Bev Ruddock"]


def test_a_deletion_is_undone(admin: Page) -> None:
    admin.get_by_role("button", name="Delete Bev Ruddock").click()
    expect(rows(admin)).to_have_count(5)
    expect(admin.get_by_text("Recently deleted (1)")).to_be_visible()
    assert admin.request.get("/api/characters/bev-ruddock").status == 404
    note = admin.locator(".toast").filter(has_text="Bev Ruddock was deleted.")
    note.get_by_role("button", name="Undo").click()
    expect(rows(admin)).to_have_count(6)
    expect(admin.get_by_text("Recently deleted")).to_be_hidden()
    assert admin.request.get("/api/characters/bev-ruddock").status == 200


def test_several_are_deleted_and_brought_back(admin: Page) -> None:
    admin.get_by_label("Search the characters").fill("rear")
    admin.get_by_label("Select all").check()
    expect(admin.get_by_text("3 selected")).to_be_visible()
    act(admin, "Delete").click()
    expect(admin.locator(".toast")).to_contain_text("3 characters were deleted.")
    admin.get_by_label("Search the characters").fill("")
    expect(rows(admin)).to_have_count(3)
    admin.reload()
    expect(rows(admin)).to_have_count(3)
    admin.get_by_text("Recently deleted (3)").click()
    for name in ("Bev Ruddock", "Ambrose Pettifer", "Kit"):
        admin.get_by_role("button", name=f"Bring back {name}").click()
        expect(admin.get_by_role("link", name=name, exact=True)).to_be_visible()
    expect(rows(admin)).to_have_count(6)


def test_deleting_for_good_is_asked_about(admin: Page) -> None:
    made = admin.request.post(
        "/api/scripts",
        multipart={
            "title": "A short one",
            "file": {"name": "s.txt", "mimeType": "text/plain", "buffer": b"Ute: Hm?\nJan: Yes.\n"},
        },
    ).json()
    admin.request.post("/api/characters", data={"name": "Ute", "script_ids": [made["id"]]})
    admin.reload()
    admin.get_by_role("button", name="Delete Ute").click()
    admin.get_by_text("Recently deleted (1)").click()
    admin.get_by_role("button", name="Delete for good: Ute").click()
    dialog = admin.get_by_role("dialog")
    expect(dialog).to_contain_text("It cannot be undone.")
    dialog.get_by_role("button", name="Delete for good").click()
    expect(admin.get_by_text("Recently deleted")).to_be_hidden()
    assert admin.request.post("/api/admin/characters/ute/restore").status == 404


def test_the_selected_are_indexed_again_and_exported(admin: Page) -> None:
    for name in ("Bev Ruddock", "Ambrose Pettifer"):
        admin.get_by_label(f"Select {name}").check()
    act(admin, "Reindex").click()
    expect(admin.locator(".toast").last).to_contain_text("2 characters are learning")
    with admin.expect_download() as download:
        act(admin, "Export cards").click()
    with zipfile.ZipFile(Path(download.value.path())) as archive:
        assert sorted(archive.namelist()) == ["ambrose-pettifer.png", "bev-ruddock.png"]
        assert archive.testzip() is None


def test_a_character_is_edited_on_a_page(admin: Page) -> None:
    admin.get_by_role("link", name="Edit Ambrose Pettifer").click()
    expect(admin.get_by_role("heading", name="Ambrose Pettifer")).to_be_visible()
    admin.get_by_label("Openers").fill("Does the horse sleep?\nWho is at the front tonight?")
    admin.get_by_label("Tags").fill("sea, stage")
    admin.get_by_role("button", name="Add an alternative").click()
    admin.get_by_label("Alternative 1").fill("Ah. A visitor, and no cushion.")
    admin.get_by_label("Temperature").fill("9")
    expect(admin.get_by_text("Not saved yet.")).to_be_visible()
    admin.get_by_role("link", name="Back to all characters").click()
    admin.get_by_role("link", name="Edit Ambrose Pettifer").click()
    expect(admin.get_by_label("Tags")).to_have_value("sea, stage")
    admin.get_by_label("Temperature").fill("0.5")
    admin.get_by_role("button", name="Save").click()
    expect(admin.get_by_text("Ambrose Pettifer is saved.")).to_be_visible()
    expect(admin.get_by_text("Not saved yet.")).to_have_count(0)
    stored = admin.request.get("/api/characters/ambrose-pettifer").json()
    assert stored["openers"] == ["Does the horse sleep?", "Who is at the front tonight?"]
    assert (stored["tags"], stored["sampling"]["temperature"]) == (["sea", "stage"], 0.5)
    assert stored["alternate_greetings"] == ["Ah. A visitor, and no cushion."]


def test_an_edit_can_be_discarded(admin: Page) -> None:
    admin.get_by_role("link", name="Edit Bev Ruddock").click()
    tagline = admin.get_by_label("Tagline")
    before = tagline.input_value()
    tagline.fill("Somebody else.")
    admin.get_by_role("button", name="Discard changes").click()
    expect(admin.get_by_label("Tagline")).to_have_value(before)


def test_the_scenes_are_folded_so_that_measures_are_near(admin: Page) -> None:
    admin.goto("/admin/characters/bev-ruddock")
    fold = admin.locator(".scene-memory-list")
    expect(fold.locator("summary")).to_have_text(re.compile(r"^The scenes \(\d+\)$"))
    expect(fold.get_by_role("listitem").first).to_be_hidden()
    fold.locator("summary").click()
    expect(fold.get_by_role("listitem").first).to_be_visible()


def test_on_a_phone_and_in_chinese(open_page: OpenPage, house: Offbook) -> None:
    page = open_page(base_url=house.address, viewport=PHONE, has_touch=True, locale="zh-CN")
    page.goto("/admin")
    page.get_by_label("选中阿应").check()
    expect(page.get_by_text("已选 1 个")).to_be_visible()
    for path in ("/admin", "/admin/characters/%E9%98%BF%E5%BA%94/edit"):
        page.goto(path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
