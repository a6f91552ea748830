"""A reader sets a bookmark, and what comes later is gone from every page until they are there."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.web.conftest import PHONE, OpenPage, wait_for
from tests.web.test_reaching_everyone import assert_fits

pytestmark = pytest.mark.browser


def scene(number: int) -> str:
    guest = f"Zorrin: I am Zorrin, and I bring the marlo{number} lamp.\n" if number == 4 else ""
    return (
        f"SCENE {number} - The marlo{number} harbour\n"
        f"Ottilie: Pim, did you find the marlo{number} letter in the boat?\n"
        f"Pim: I found the marlo{number} letter in the boat, under the nets.\n{guest}"
        f"Pim: I hung the marlo{number} lamp over the quay this morning.\n"
    )


PLAY = "\n".join(map(scene, range(1, 6)))
LATER = re.compile(r"marlo[345]|Zorrin", re.IGNORECASE)


def make(page: Page, title: str) -> tuple[str, str]:
    """A script and a character of it: the script's id and the character's slug."""
    file = {"name": f"{title}.txt", "mimeType": "text/plain", "buffer": PLAY.encode()}
    script = page.request.post("/api/scripts", multipart={"file": file}).json()  # type: ignore[dict-item]
    fields = {
        "name": "Pim",
        "script_ids": [script["id"]],
        "profile": "Pim mends nets.",
        "greeting": "I hung the marlo4 lamp over the quay this morning.",
        "openers": ["Pim, did you find the marlo5 letter in the boat?"],
    }
    slug = page.request.post("/api/characters", data=fields).json()["slug"]
    wait_for(page, f"/api/characters/{slug}", lambda shown: shown["status"] == "ready")
    return script["id"], slug


def put_bookmark(page: Page, scene: int) -> None:
    """By the keyboard, in the dialog that is open."""
    dialog = page.get_by_role("dialog", name="How far are you")
    box = dialog.get_by_role("spinbutton", name="Scene")
    box.fill(str(scene))
    box.press("Enter")
    expect(dialog).to_have_count(0)


def test_nothing_later_is_on_any_page(page: Page) -> None:
    script, slug = make(page, "marlow")
    page.goto(f"/characters/{slug}")
    expect(page.locator(".persona-greeting")).to_contain_text("marlo4")
    page.get_by_role("button", name="I’m up to…").press("Enter")
    put_bookmark(page, 2)
    expect(page.locator(".bookmark-state")).to_have_text("You’re up to scene 2 of 5")
    expect(page.locator(".persona-greeting")).to_have_count(0)
    expect(page.locator(".bookmark-withheld")).to_contain_text("comes later")
    expect(page.locator("main")).not_to_contain_text(LATER)
    page.get_by_text("Part and point in time").click()
    expect(page.get_by_label("Whom do you play?")).not_to_contain_text("Zorrin")
    query = page.get_by_role("textbox", name="A line")
    query.fill("Where is the lamp and the letter in the boat?")
    query.press("Enter")
    expect(page.locator(".inspection .play").first).to_be_visible()
    expect(page.locator(".inspection")).not_to_contain_text(LATER)

    page.get_by_role("button", name="Start a conversation").click()
    expect(page.locator(".reading-line")).to_contain_text("You’re up to scene 2")
    message = page.get_by_role("textbox", name="Message to")
    message.fill("Where is the marlo lamp?")
    message.press("Enter")
    expect(page.locator(".speech")).to_have_count(2)
    expect(page.locator(".is-live")).to_have_count(0)
    expect(page.locator("main")).not_to_contain_text(LATER)
    page.locator(".speech").last.get_by_role("button", name=re.compile("behind this")).click()
    panel = page.get_by_role("dialog", name="Lines behind this reply")
    expect(panel).to_contain_text("marlo")
    expect(panel).not_to_contain_text(LATER)

    page.goto("/")
    page.get_by_role("searchbox").fill("Zorrin")
    expect(page.locator(".blank")).to_be_visible()

    page.goto(f"/scripts/{script}")
    expect(page.locator(".scene-curtain")).to_have_count(3)
    expect(page.locator("main")).not_to_contain_text(LATER)
    page.get_by_role("button", name="Open scene 4 all the same").press("Enter")
    opened = page.locator(".scene-curtain.is-open")
    expect(opened).to_contain_text("marlo4 lamp")
    expect(opened).to_be_focused()
    expect(page.locator(".scene-curtain:not(.is-open)")).to_have_count(2)


def test_a_bookmark_is_moved_undone_and_taken_out(page: Page) -> None:
    script, _ = make(page, "marlow again")
    address = f"/api/scripts/{script}/bookmark"
    page.request.put(address, data={"scene": 2})
    page.goto(f"/scripts/{script}")
    page.get_by_role("button", name="Move the bookmark").click()
    put_bookmark(page, 4)
    expect(page.locator(".scene-curtain")).to_have_count(1)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".scene-curtain")).to_have_count(3)
    assert page.request.get(address).json()["scene"] == 2
    page.get_by_role("button", name="Move the bookmark").click()
    dialog = page.get_by_role("dialog", name="How far are you")
    dialog.get_by_label("Chapter", exact=True).first.check()
    dialog.get_by_role("spinbutton", name="Chapter").fill("3")
    dialog.get_by_role("button", name="Set the bookmark").click()
    expect(page.locator(".scene-curtain")).to_have_count(2)
    assert page.request.get(address).json()["given"] == "chapter"
    page.get_by_role("button", name="Move the bookmark").click()
    dialog.get_by_label("I know it all").check()
    dialog.get_by_role("button", name="Set the bookmark").click()
    expect(page.locator(".scene-curtain")).to_have_count(0)
    assert page.request.get(address).json()["scene"] is None


def test_an_editor_saves_what_the_bookmark_hides(page: Page) -> None:
    script, slug = make(page, "marlow edited")
    page.request.put(f"/api/scripts/{script}/bookmark", data={"scene": 1})
    page.goto(f"/admin/characters/{slug}/edit")
    expect(page.get_by_label("Greeting", exact=True)).to_have_value(re.compile("marlo4"))
    page.get_by_label("Tagline").fill("A mender of nets.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").filter(has_text="Pim")).to_be_visible()
    whole = page.request.get(f"/api/characters/{slug}?whole=true").json()
    assert (whole["tagline"], "marlo4" in whole["greeting"]) == ("A mender of nets.", True)


def test_it_is_said_in_chinese_on_a_phone(open_page: OpenPage) -> None:
    page = open_page(viewport=PHONE, has_touch=True, locale="zh-CN")
    script, slug = make(page, "marlow im Telefon")
    page.goto(f"/characters/{slug}")
    page.get_by_role("button", name="我看到……").tap()
    dialog = page.get_by_role("dialog")
    assert_fits(page)
    dialog.get_by_role("spinbutton").fill("2")
    dialog.get_by_role("button", name="放好书签").tap()
    expect(page.locator(".bookmark-state")).to_have_text("看到第2场，共5场")
    page.goto(f"/scripts/{script}")
    expect(page.locator(".scene-curtain").first).to_contain_text("还没看到")
    assert_fits(page)
