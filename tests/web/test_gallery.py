"""The gallery: companies, posters, the shelf, favourites, order, tags and search."""

import re
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.web.conftest import DESKTOP, PHONE, OpenPage, wait_for

pytestmark = pytest.mark.browser

PLAY = """\
Hester: The tide never asks me. The tide is my whole trade, and I keep it.
Odd: Then keep it for me, Hester, and keep the lantern too.
Hester: The tide keeps itself, Odd. I only keep the tide company.
"""


@pytest.fixture
def hester(page: Page) -> Iterator[Page]:
    """A window, and a character with a tag and without a picture, gone afterwards."""
    page.goto("/")
    file = FilePayload(name="tide.txt", mimeType="text/plain", buffer=PLAY.encode())
    made = page.request.post("/api/scripts", multipart={"file": file, "title": "Low Tide"})
    wanted = {"name": "Hester", "script_ids": [made.json()["id"]], "tags": ["潮汐"]}
    page.request.post("/api/characters", data=wanted)
    wait_for(page, "/api/characters/hester", lambda shown: shown["status"] == "ready")
    yield page
    page.request.delete("/api/admin/characters/hester")
    page.request.delete(f"/api/scripts/{made.json()['id']}")


def names(page: Page) -> list[str]:
    return page.locator(".poster-name").all_inner_texts()


def test_companies_stand_together_the_readers_language_first(
    open_page: OpenPage, page: Page
) -> None:
    page.goto("/")
    companies = page.locator(".company-name")
    expect(companies).to_have_text(["The company of The Rear Was Adequate", re.compile("两面崖")])
    first = page.locator(".company").first
    assert sorted(first.locator(".poster-name").all_inner_texts()) == [
        "Ambrose Pettifer",
        "Bev Ruddock",
        "Kit",
    ]
    drawn = first.locator(".poster img").first
    drawn.scroll_into_view_if_needed()
    expect(drawn).to_have_js_property("complete", True)
    assert drawn.evaluate("picture => picture.naturalWidth") > 0
    chinese = open_page(locale="zh-CN")
    chinese.goto("/")
    expect(chinese.locator(".company-name")).to_have_text(
        ["《两面崖回声站》剧组", "《The Rear Was Adequate》剧组"]
    )


def test_a_character_without_a_picture_gets_a_poster_with_a_line_of_its_own(hester: Page) -> None:
    hester.goto("/")
    poster = hester.locator(".card", has=hester.get_by_role("link", name="Hester", exact=True))
    expect(poster.locator(".poster-type")).to_be_visible()
    expect(poster.locator(".poster-title")).to_have_text("Low Tide")
    line = poster.locator(".poster-line")
    assert line.inner_text() in PLAY
    for width in (1280, 360):
        hester.set_viewport_size({"width": width, "height": 800})
        for composition in ("spot", "bill", "drape", "voice", "spine"):
            poster.locator(".poster").evaluate(
                """async (sheet, name) => {
                  sheet.className = `poster poster-type is-${name}`;
                  sheet.getBoundingClientRect();
                  await Promise.allSettled(document.getAnimations().map((each) => each.finished));
                }""",
                composition,
            )
            sheet = poster.locator(".poster").bounding_box()
            assert sheet is not None
            for part in (".poster-name", ".poster-line"):
                box = poster.locator(part).bounding_box()
                assert box is not None
                inside = (
                    box["x"] >= sheet["x"] - 1
                    and box["y"] >= sheet["y"] - 1
                    and box["x"] + box["width"] <= sheet["x"] + sheet["width"] + 1
                    and box["y"] + box["height"] <= sheet["y"] + sheet["height"] + 1
                )
                assert inside, (width, composition, part, box, sheet)


def test_the_hearts_are_kept_by_the_server(open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/")
    heart = page.get_by_role("button", name="Favourite: Bev Ruddock")
    expect(heart).to_have_attribute("aria-pressed", "false")
    with page.expect_response("**/favourite"):
        heart.click()
    page.evaluate("localStorage.clear()")
    page.reload()
    expect(heart).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Favourites", exact=True).click()
    expect(page.locator(".poster-name")).to_have_text(["Bev Ruddock"])
    with page.expect_response("**/favourite"):
        heart.click()
    expect(page.get_by_text("No favourites here yet.")).to_be_visible()


def test_the_order_is_chosen_and_remembered(page: Page) -> None:
    page.goto("/")
    page.get_by_role("combobox", name="Order").select_option("By name")
    expect(page.locator(".poster-name")).to_have_text(
        ["Ambrose Pettifer", "Bev Ruddock", "Kit", "春分", "闻其详", "阿应"]
    )
    page.reload()
    expect(page.get_by_role("combobox", name="Order")).to_have_value("name")
    expect(page.locator(".poster-name").first).to_have_text("Ambrose Pettifer")


def test_a_tag_narrows_the_cast_and_is_let_go_again(hester: Page) -> None:
    hester.goto("/")
    chip = hester.get_by_role("button", name="潮汐", exact=True)
    chip.click()
    expect(hester.locator(".poster-name")).to_have_text(["Hester"])
    expect(chip).to_be_focused()
    expect(chip).to_have_attribute("aria-pressed", "true")
    chip.press("Enter")
    expect(hester.locator(".poster-name")).to_have_count(7)


def test_talking_puts_the_character_on_the_shelf_and_words_find_it_again(page: Page) -> None:
    wanted = {"character": "阿应", "user_name": "Mara"}
    made = page.request.post("/api/conversations", data=wanted).json()
    sent = {"content": "请把豆腐担子的声音捎给我。"}
    page.request.post(f"/api/conversations/{made['id']}/messages", data=sent)
    page.goto("/")
    shelf = page.get_by_role("region", name="Go on talking")
    resumption = shelf.locator(".resumption").first
    expect(resumption.get_by_role("link")).to_have_text("Continue with 阿应")
    expect(resumption.locator(".resumption-line")).to_contain_text("好，这句话我记住了")
    search = page.get_by_role("searchbox")
    search.fill("豆腐担子")
    found = page.get_by_role("region", name="Found in conversations")
    expect(found.locator(".conversation")).to_have_count(1)
    expect(found.locator(".conversation-preview")).to_contain_text("豆腐担子")
    expect(shelf).to_be_hidden()
    page.reload()
    expect(found.locator(".conversation")).to_have_count(1)
    search.fill("")
    expect(shelf).to_be_visible()
    resumption.get_by_role("link").click()
    expect(page).to_have_url(re.compile(f"/conversations/{made['id']}$"))
    page.request.delete(f"/api/conversations/{made['id']}")


def test_nothing_moves_while_the_gallery_comes(open_page: OpenPage) -> None:
    for viewport in (DESKTOP, PHONE):
        page = open_page(viewport=viewport)
        page.add_init_script(
            """window.moved = [];
            const note = (list) => moved.push(...list.getEntries().map((entry) => entry.value));
            new PerformanceObserver(note).observe({ type: "layout-shift", buffered: true });"""
        )
        page.goto("/")
        expect(page.locator(".poster-name").first).to_be_visible()
        page.wait_for_load_state("networkidle")
        assert page.evaluate("moved.reduce((sum, value) => sum + value, 0)") < 0.02


@pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])
def test_the_first_view_takes_little_script(open_page: OpenPage, locale: str) -> None:
    page = open_page(locale=locale)
    sizes: dict[str, int] = {}
    page.on(
        "response",
        lambda response: (
            sizes.update({response.url: len(response.body())})
            if response.url.endswith(".js")
            else None
        ),
    )
    page.goto("/")
    expect(page.locator(".poster-name").first).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert len(sizes) > 10
    assert sum(sizes.values()) < 120_000
    assert not any("/chat/" in url or "/upload/" in url for url in sizes)


def test_a_character_is_seen_large_before_its_place(page: Page) -> None:
    page.goto(f"/characters/{quote('闻其详')}")
    for picture, least in ((".persona-backdrop", 900), (".persona-portrait img", 150)):
        box = page.locator(picture).bounding_box()
        assert box is not None
        assert box["width"] >= least
    page.goto("/characters/bev-ruddock")
    expect(page.locator("h1")).to_have_text("Bev Ruddock")
