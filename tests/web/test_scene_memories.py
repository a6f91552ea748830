"""What a character remembers of its scenes: written, read, corrected and forgotten on its page."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.web.conftest import PHONE, Offbook, OpenPage, wait_for
from tests.web.slow_server import MEMORY, REQUEST

pytestmark = pytest.mark.browser

_THINGS = ["lamp", "ferry", "anchor", "compass", "barrel", "stove"]
SCRIPT = "\n".join(
    f"# The {thing}\nAnna: Where is the {thing}, Ben?\nBen: The {thing} is behind the boathouse.\n"
    for thing in _THINGS * 4
)
"""Six scenes, four times: what is said twice is remembered once."""
MINE = "I hid the lamp behind the boathouse, and Anna looked for it."


@pytest.fixture
def ben(page: Page) -> Iterator[str]:
    """The slug of a character with six scenes to remember."""
    page.goto("/")
    file: FilePayload = {"name": "Ben.txt", "mimeType": "text/plain", "buffer": SCRIPT.encode()}
    made = page.request.post("/api/characters/import", multipart={"file": file}).json()
    slug = str(made["character"]["slug"])
    wait_for(page, f"/api/characters/{slug}", lambda shown: shown["status"] == "ready")
    yield slug
    page.request.delete(f"/api/admin/characters/{slug}")


def memories_of(page: Page, slug: str) -> list[str | None]:
    answer = page.request.get(f"/api/admin/characters/{slug}/scene-memories").json()
    return [item["text"] for item in answer["items"]]


def unfold(page: Page) -> None:
    page.locator(".scene-memory-list > summary").click()


def test_they_are_written_corrected_and_forgotten(page: Page, ben: str) -> None:
    page.goto(f"/admin/characters/{ben}")
    section = page.locator(".scene-memory-section")
    rows = section.get_by_role("listitem")
    expect(section.get_by_role("heading", name="Scene memories")).to_be_visible()
    expect(section).to_contain_text("OFFBOOK_RETRIEVAL__SCENE_MEMORIES=true")
    expect(section.get_by_role("status")).to_contain_text("6 scenes without a memory.")
    unfold(page)
    expect(rows).to_have_count(6)
    expect(rows.first).to_contain_text("Scene 1")
    expect(rows.first).to_contain_text("The lamp")
    expect(rows.first).to_contain_text("Nothing is remembered of this scene.")

    # By hand, with the keyboard alone.
    rows.first.get_by_role("button").focus()
    page.keyboard.press("Enter")
    expect(rows.first.get_by_role("textbox")).to_be_focused()
    page.keyboard.type(MINE)
    page.keyboard.press("Enter")
    expect(rows.first.get_by_text(MINE)).to_be_visible()
    expect(rows.first.get_by_text("by hand")).to_be_visible()
    expect(rows.first.get_by_role("button", name="Edit what is remembered")).to_be_focused()

    section.get_by_role("button", name="Write the missing ones").click()
    expect(section.get_by_role("status")).to_contain_text("Of 1 scene the model wrote nothing")
    expect(rows.nth(5)).to_contain_text("Nothing is remembered of this scene.")
    rows.nth(5).get_by_role("button").click()
    rows.nth(5).get_by_role("textbox").fill("I sat by the stove.")
    rows.nth(5).get_by_role("button", name="Save").click()
    expect(section.get_by_role("status")).to_contain_text("Every scene is remembered: 6 in all.")
    expect(rows.nth(1).get_by_role("button", name="Forget scene 2")).to_be_visible()
    written = memories_of(page, ben)
    assert written == [MINE, *[f"I{MEMORY}"] * 4, "I sat by the stove."]
    assert section.get_by_role("button", name="Write").count() == 0

    # Escape leaves it as it was.
    rows.nth(1).get_by_role("button", name="Edit what is remembered of scene 2").click()
    rows.nth(1).get_by_role("textbox").fill("Something else.")
    page.keyboard.press("Escape")
    expect(rows.nth(1).get_by_text(str(written[1]))).to_be_visible()

    rows.nth(1).get_by_role("button", name="Forget scene 2").click()
    expect(rows.nth(1)).to_contain_text("Nothing is remembered of this scene.")
    assert memories_of(page, ben)[1] is None
    page.get_by_role("button", name="Undo").click()
    expect(rows.nth(1).get_by_text(str(written[1]))).to_be_visible()
    assert memories_of(page, ben) == written

    section.get_by_role("button", name="Forget all").click()
    page.get_by_role("dialog").get_by_role("button", name="Forget them all").click()
    expect(section.get_by_role("status")).to_contain_text("6 scenes without a memory.")
    assert memories_of(page, ben) == [None] * 6


def test_the_writing_can_be_followed_and_stopped(page: Page) -> None:
    page.goto("/")
    slow = SCRIPT.replace("behind", f"{REQUEST} drifting behind")
    file: FilePayload = {"name": "Anna.txt", "mimeType": "text/plain", "buffer": slow.encode()}
    made = page.request.post("/api/characters/import", multipart={"file": file}).json()
    slug = str(made["character"]["slug"])
    page.goto(f"/admin/characters/{slug}")
    section = page.locator(".scene-memory-section")
    section.get_by_role("button", name="Write the memories").click()
    expect(section.get_by_role("progressbar")).to_be_visible()
    expect(section.get_by_text(re.compile("[1-5] of 6 scenes"))).to_be_visible()
    section.get_by_role("button", name="Stop").click()
    expect(section.get_by_role("button", name="Write the missing ones")).to_be_focused()
    expect(section.get_by_role("progressbar")).to_have_count(0)
    address = f"/api/admin/characters/{slug}/scene-memories"
    assert page.request.get(address).json()["run"]["status"] == "stopped"
    page.request.delete(f"/api/admin/characters/{slug}")


def test_a_refusal_is_shown_where_it_happened(page: Page, ben: str) -> None:
    page.goto(f"/admin/characters/{ben}")
    unfold(page)
    rows = page.locator(".scene-memory-section").get_by_role("listitem")
    rows.first.get_by_role("button").click()
    rows.first.get_by_role("textbox").fill(MINE)
    page.request.delete(f"/api/admin/characters/{ben}")
    rows.first.get_by_role("button", name="Save").click()
    expect(rows.first.get_by_role("alert")).to_be_visible()
    expect(rows.first.get_by_role("textbox")).to_have_value(MINE)


@pytest.fixture(scope="module")
def slow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Offbook]:
    """An Offbook whose turns show memories, and whose samples are its own."""
    with Offbook(
        tmp_path_factory.mktemp("memories"),
        OFFBOOK_RETRIEVAL__SCENE_MEMORIES="true",
        OFFBOOK_RETRIEVAL__MODE="selector",
    ) as offbook:
        yield offbook


def test_long_lists_come_in_pages_on_a_phone_in_chinese(open_page: OpenPage, slow: Offbook) -> None:
    page = open_page(base_url=slow.address, locale="zh-CN", viewport=PHONE, has_touch=True)
    page.goto("/")
    items = page.request.get("/api/characters").json()["items"]
    slug = next(each["slug"] for each in items if each["name"] == "阿应")
    page.goto(f"/admin/characters/{slug}")
    section = page.locator(".scene-memory-section")
    rows = section.get_by_role("listitem")
    expect(section.get_by_role("heading", name="场景记忆")).to_be_visible()
    expect(section).not_to_contain_text("OFFBOOK_RETRIEVAL__SCENE_MEMORIES")
    unfold(page)
    expect(rows).to_have_count(20)
    section.get_by_role("button", name="更多场景").click()
    expect(rows).to_have_count(40)
    expect(rows.nth(20).get_by_role("button")).to_be_focused()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_what_a_reply_remembered_is_shown_with_it(open_page: OpenPage, slow: Offbook) -> None:
    page = open_page(base_url=slow.address)
    page.goto("/")
    file: FilePayload = {"name": "Ben.txt", "mimeType": "text/plain", "buffer": SCRIPT.encode()}
    made = page.request.post("/api/characters/import", multipart={"file": file}).json()
    slug = made["character"]["slug"]
    wait_for(page, f"/api/characters/{slug}", lambda shown: shown["selection_ready"])
    address = f"/api/admin/characters/{slug}/scene-memories"
    anchor = page.request.get(address).json()["items"][2]
    remembered = "I painted a purple anchor for the mayor of Ostend."
    page.request.put(f"{address}/{anchor['id']}", data={"text": remembered})
    said = "Did you paint a purple anchor for the mayor of Ostend?"
    query = f"/api/characters/{slug}/examples?query={said}"
    wait_for(page, query, lambda shown: shown["scene_memories"])
    page.goto(f"/characters/{slug}")
    page.get_by_label("A line").fill(said)
    page.get_by_role("button", name="Find lines").click()
    found = page.locator(".inspection")
    expect(found.get_by_role("heading", name="Remembered of scenes")).to_be_visible()
    expect(found.get_by_role("listitem").filter(has_text=remembered)).to_contain_text("The anchor")

    conversation = page.request.post("/api/conversations", data={"character": slug}).json()
    page.request.post(f"/api/conversations/{conversation['id']}/messages", data={"content": said})
    page.goto(f"/conversations/{conversation['id']}")
    page.get_by_role("button", name="behind this").click()
    shown = page.locator(".lines-panel").get_by_role("listitem").filter(has_text=remembered)
    expect(shown).to_contain_text("Remembered")
    expect(shown).to_contain_text("The anchor")
