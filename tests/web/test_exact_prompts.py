"""What is shown beside a reply is what its prompt had; operators read the prompt itself."""

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import FilePayload, Locator, Page, expect

from tests.web.conftest import PHONE, Offbook, OpenPage, wait_for

pytestmark = pytest.mark.browser

KEY = "ob_the-key-of-these-tests"
SCENE = "\n".join(
    f"{'Anna' if at % 2 == 0 else 'Ben'}: Line number {at} of the long storm, told at the fire."
    for at in range(240)
)
PROFILE = (
    "Ben keeps the lighthouse of Ostend, as his father did. He mends nets when it is calm. "
    "He has a wooden leg, and a parrot that swears in Flemish. Nobody else talks to the parrot. "
    "On Sundays he climbs down to the village, buys tobacco and three lemons, and says nothing."
)


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("small")


@pytest.fixture(scope="module")
def server(data_dir: Path) -> Iterator[str]:
    """An Offbook of its own with a small chat model, which needs a key."""
    with Offbook(
        data_dir,
        module="tests.web.small_server",
        OFFBOOK_ENGINE__PROMPT_STYLE="chat",
        OFFBOOK_ACCESS__ADMIN_KEY=KEY,
        OFFBOOK_LOAD_SAMPLES="false",
    ) as offbook:
        yield offbook.address


def sign_in(page: Page) -> None:
    page.goto("/")
    answer = page.request.post("/api/admin/session", data={"key": KEY})
    assert answer.ok


def make_ben(page: Page) -> None:
    """Ben of one long scene, where there is none yet."""
    if page.request.get("/api/characters/ben").ok:
        return
    file: FilePayload = {"name": "Storm.txt", "mimeType": "text/plain", "buffer": SCENE.encode()}
    script = page.request.post("/api/scripts", multipart={"file": file}).json()
    wanted: dict[str, Any] = {"name": "Ben", "script_ids": [script["id"]], "profile": PROFILE}
    assert page.request.post("/api/characters", data=wanted).ok
    wait_for(page, "/api/characters/ben", lambda shown: shown["status"] == "ready")


def talk(page: Page) -> dict[str, Any]:
    """A conversation with one reply, which is returned; its page is open."""
    created = page.request.post("/api/conversations", data={"character": "ben"}).json()
    address = f"/api/conversations/{created['id']}/messages"
    turn = page.request.post(address, data={"content": "Tell me of the storm."})
    assert turn.ok, turn.text()
    reply: dict[str, Any] = turn.json()["reply"]
    page.goto(f"/conversations/{created['id']}")
    expect(page.locator(".speech")).to_have_count(2)
    return reply


def panel_of(page: Page) -> Locator:
    page.locator("[data-act=examples]").click()
    panel = page.locator(".lines-panel")
    expect(panel).to_be_visible()
    return panel


def test_the_panel_lists_the_lines_that_the_prompt_had(page: Page) -> None:
    sign_in(page)
    make_ben(page)
    talk(page)
    panel = panel_of(page)
    expect(panel.locator(".play-line")).to_have_count(2)
    expect(panel.locator(".play-line.is-own")).to_contain_text("Line number 239 of the long storm")
    expect(panel).to_contain_text("Scene 1, lines 239–240")
    expect(panel).to_contain_text("The 238 lines before are cut off.")
    beside = panel.locator(".lines-beside")
    expect(beside).to_contain_text("the opening of the profile")
    expect(beside).to_contain_text("1 line of this conversation")

    page.goto("/characters/ben")
    page.get_by_label("A line").fill("The storm?")
    page.get_by_role("button", name="Find lines").click()
    found = page.locator(".inspection")
    expect(found.locator(".play-line")).to_have_count(2)
    expect(found).to_contain_text("The 238 lines before are cut off.")
    page.goto("/admin/characters/ben")
    page.get_by_label("A line").fill("The storm?")
    page.get_by_role("button", name="Find lines").click()
    candidate = page.locator(".candidate")
    expect(candidate.locator(".play-line")).to_have_count(2)
    expect(candidate).to_contain_text("Scene 1, lines 239–240")


def test_operators_read_the_prompt_word_for_word(page: Page) -> None:
    sign_in(page)
    make_ben(page)
    reply = talk(page)
    page.get_by_role("button", name="Details").click()
    opener = page.locator(".speech-details").get_by_role("button", name="See the exact prompt")
    opener.focus()
    page.keyboard.press("Enter")
    sheet = page.get_by_role("dialog", name="The exact prompt")
    expect(sheet.get_by_role("heading", name="The exact prompt")).to_be_focused()

    shown = page.request.get(f"/api/admin/replies/{reply['id']}/prompt").json()
    written = sheet.locator(".part-seam, .part-text")
    expect(written).to_have_count(len(shown["parts"]))
    assert written.evaluate_all("all => all.map((one) => one.textContent)") == [
        part["text"] for part in shown["parts"]
    ]
    sections = [re.sub(r"\s+", " ", text) for text in sheet.locator(".part-head").all_inner_texts()]
    tokens = sum(part["tokens"] for part in shown["parts"] if part["kind"] == "example")
    assert f"Script {tokens} tokens" in sections
    legend = sheet.locator(".room-legend").first
    expect(legend.locator("div", has_text="Script")).to_have_text(f"Script{tokens}")
    usage = shown["usage"]
    cached = int(usage["prompt_tokens"] * 0.75)
    expect(sheet.locator(".room-text")).to_contain_text(
        f"{cached} of those (75%) were in its cache"
    )

    # What was left out is counted, and its text folded away.
    cut = sheet.locator(".left-out-group", has_text="238 lines of the script")
    expect(cut).to_contain_text("before the last exchange of a scene")
    expect(cut.locator(".play-line").first).to_be_hidden()
    cut.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(cut.locator(".play-line").last).to_contain_text("Line number 237")
    rest = sheet.locator(".left-out-group", has_text="The rest of the profile")
    expect(rest).to_contain_text("a small model gets only the opening")

    page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)
    expect(opener).to_be_focused()


def test_it_fits_a_small_phone_and_reads_chinese(open_page: OpenPage) -> None:
    page = open_page(viewport=PHONE, has_touch=True, locale="zh-CN")
    sign_in(page)
    make_ben(page)
    talk(page)
    panel = panel_of(page)
    expect(panel).to_contain_text("第 1 场，第 239–240 行")
    expect(panel).to_contain_text("人物小传的开头")
    panel.get_by_role("button", name="看完整提示词").click()
    sheet = page.get_by_role("dialog", name="完整提示词")
    expect(sheet.locator(".left-out")).to_contain_text("剧本台词 238 行")
    widths = sheet.locator(".prompt-body").evaluate("e => [e.scrollWidth, e.clientWidth]")
    assert widths[0] <= widths[1]
    box = sheet.bounding_box()
    assert box is not None
    assert (box["width"], box["height"]) == (PHONE["width"], PHONE["height"])
    sheet.get_by_role("button", name="关闭").click()
    expect(sheet).to_have_count(0)


def test_visitors_see_the_lines_and_not_the_prompt(open_page: OpenPage) -> None:
    operator = open_page()
    sign_in(operator)
    make_ben(operator)
    page = open_page()  # of a visitor, whom the first answer gives a cookie
    talk(page)
    panel = panel_of(page)
    expect(panel.locator(".play-line")).to_have_count(2)
    expect(panel.locator(".lines-beside")).to_contain_text("the opening of the profile")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Details").click()
    expect(page.locator(".is-assistant .speech-details")).to_contain_text("Tokens")
    expect(page.get_by_role("button", name="See the exact prompt")).to_have_count(0)


def test_a_reply_of_an_older_version_claims_nothing(page: Page, data_dir: Path) -> None:
    sign_in(page)
    make_ben(page)
    reply = talk(page)
    (file,) = data_dir.glob("*.sqlite3")
    with sqlite3.connect(file, timeout=20) as database:
        database.execute(
            "UPDATE messages SET prompt = NULL WHERE id = ?", (reply["id"].replace("-", ""),)
        )
    database.close()
    page.reload()
    panel = panel_of(page)
    expect(panel).to_contain_text("did not record how much of them the model was shown")
    expect(panel.locator(".lines-beside")).to_have_count(0)
