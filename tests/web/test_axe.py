"""What axe finds on every page, in both languages and themes, on a desktop and a phone; and whether
anything moves while a reply streams.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.web.conftest import DESKTOP, PHONE, OpenPage, PageOptions
from tests.web.test_talking import begin, say

pytestmark = pytest.mark.browser

AXE = Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SCRIPT = "Scene 1. A boat\n\nMara: Is anyone there?\nFerryman: Always.\nMara: Good.\n"

WINDOWS: dict[str, PageOptions] = {
    "desktop-light": {"viewport": DESKTOP, "locale": "en-GB"},
    "desktop-dark": {"viewport": DESKTOP, "locale": "zh-CN", "color_scheme": "dark"},
    "phone-light": {"viewport": PHONE, "locale": "zh-CN", "has_touch": True},
    "phone-dark": {
        "viewport": PHONE,
        "locale": "en-GB",
        "has_touch": True,
        "color_scheme": "dark",
    },
}


def violations(page: Page) -> list[str]:
    """What axe finds: the rule, and the first elements."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    found: dict[str, Any] = page.evaluate(
        "(tags) => axe.run(document, { runOnly: tags, resultTypes: ['violations'] })", RULES
    )
    return [
        f"{page.url}: {each['id']}: {[node['html'][:160] for node in each['nodes'][:3]]}"
        for each in found["violations"]
    ]


def see(path: str, landmark: str) -> Callable[[Page], None]:
    """Opens a page and waits for what it is about."""

    def visit(page: Page) -> None:
        page.goto(path)
        expect(page.locator(landmark).first).to_be_visible()

    return visit


def talk(page: Page) -> None:
    begin(page)
    box = page.locator(".composer textarea")
    box.fill("*Hello*, is **anybody** there?")
    box.press("Enter")
    expect(page.locator(".speech")).to_have_count(3)
    expect(page.locator(".is-live")).to_have_count(0)


def rate(page: Page) -> None:
    """A bad reply: the question for consent, then the one for the reason."""
    talk(page)
    page.locator(".is-last [data-act=bad]").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    missing = violations(page)
    page.keyboard.press("Escape")
    expect(page.locator(".rating-why")).to_be_visible()
    assert not missing, "\n".join(missing)


def read_a_script(page: Page) -> None:
    page.goto("/upload")
    file = {"name": "boat.txt", "mimeType": "text/plain", "buffer": SCRIPT.encode()}
    page.locator("input[type=file]").first.set_input_files(file)  # type: ignore[arg-type]
    expect(page.locator(".sheet-line").first).to_be_visible()


def script_of(page: Page) -> str:
    scripts = page.request.get("/api/scripts", params={"limit": 100}).json()["items"]
    [script] = [str(each["id"]) for each in scripts if each["title"] == "The Rear Was Adequate"]
    return script


def choose_a_part(page: Page) -> None:
    page.goto(f"/scripts/{script_of(page)}")
    page.locator(".step-in").first.click()
    expect(page.locator(".scene-part").first).to_be_visible()


def play_a_scene(page: Page) -> None:
    wanted = {"scene": {"script": script_of(page), "scene": 12, "as": "Bev"}}
    opened = page.request.post("/api/conversations", data=wanted).json()
    page.goto(f"/conversations/{opened['id']}")
    expect(page.locator(".scene-bar")).to_be_visible()


def read_half(page: Page) -> None:
    """A script with a bookmark, and the dialog that moves it."""
    file = {"name": "half.txt", "mimeType": "text/plain", "buffer": SCRIPT.encode() * 2}
    script = page.request.post("/api/scripts", multipart={"file": file}).json()  # type: ignore[dict-item]
    page.request.put(f"/api/scripts/{script['id']}/bookmark", data={"scene": 1})
    page.goto(f"/scripts/{script['id']}")
    expect(page.locator(".scene-curtain")).to_be_visible()
    page.locator(".bookmark-button").click()
    expect(page.get_by_role("dialog")).to_be_visible()


def parts(page: Page) -> None:
    script = page.request.get("/api/scripts").json()["items"][-1]["id"]
    page.goto(f"/scripts/{script}/rehearse")
    expect(page.locator(".learn-part").first).to_be_visible()


def learn(page: Page) -> None:
    """A line is learnt, the cue script is shown, and a rehearsal goes on."""
    parts(page)
    page.locator(".learn-part a").first.click()
    begin_button = page.locator(".learn-now .learn-ends button").last
    begin_button.click()
    box = page.locator(".learn-input")
    expect(box).to_be_focused()
    box.fill("I've got a horse")
    box.press("Enter")
    expect(page.locator(".is-wrong")).to_be_visible()
    missing = violations(page)
    page.locator(".learn-stop").click()
    expect(page.locator(".learn-summary")).to_be_visible()
    missing += violations(page)
    page.locator(".learn-ends button").first.click()
    page.locator(".learn-paper button").first.click()
    expect(page.locator(".cue-script")).to_be_visible()
    missing += violations(page)
    begin_button.click()
    page.locator(".learn-options summary").click()
    expect(page.locator(".learn-choices")).to_be_visible()
    assert not missing, "\n".join(missing)


def set_a_stage(page: Page) -> None:
    page.goto("/stage")
    page.locator(".opening-company .button").first.click()
    expect(page.locator(".tile[aria-pressed=true]")).to_have_count(3)


def play(page: Page) -> None:
    """A stage with a whisper, an exit and replies; then its cast, and who knows a line."""
    cast = ["bev-ruddock", "ambrose-pettifer", "kit"]
    made = page.request.post("/api/conversations", data={"characters": cast, "user_name": "Robin"})
    address = f"/api/conversations/{made.json()['id']}"
    whisper = {"content": "Mind the *step*.", "whisper_to": ["kit"]}
    assert page.request.post(f"{address}/messages", data=whisper).ok
    assert page.request.post(f"{address}/participants/bev-ruddock/leave", data={}).ok
    assert page.request.post(f"{address}/go-on", data={"turns": 1}).ok
    page.goto(address.removeprefix("/api"))
    expect(page.locator(".speech")).to_have_count(5)


def know(page: Page) -> None:
    play(page)
    page.locator(".is-last [data-act=witnesses]").click()
    expect(page.locator(".knower")).to_have_count(3)


def meet_one(page: Page) -> None:
    play(page)
    whole = page.locator(".cast-whole:visible")
    if whole.count():
        whole.click()
    page.locator(".cast-more:visible").last.click()
    expect(page.locator(".member-head")).to_be_visible()


VISITS: dict[str, Callable[[Page], None]] = {
    "gallery": see("/", ".card"),
    "character": see("/characters/bev-ruddock", ".persona"),
    "talk": talk,
    "rate": rate,
    "data": see("/my-data", "#learning"),
    "stage": set_a_stage,
    "play": play,
    "knowledge": know,
    "member": meet_one,
    "upload": see("/upload", ".drop"),
    "reveal": read_a_script,
    "scripts": see("/scripts", ".script-row"),
    "part": choose_a_part,
    "scene": play_a_scene,
    "bookmark": read_half,
    "learn": learn,
    "parts": parts,
    "nowhere": see("/nowhere", ".blank"),
    "api": see("/api/docs", "main h1"),
    "admin": see("/admin", ".admin-character"),
    "admin-character": see("/admin/characters/bev-ruddock", "main h1"),
    "edit": see("/admin/characters/bev-ruddock/edit", "form"),
    "models": see("/admin/models", ".model"),
    "adapters": see("/admin/adapters", ".adapter-upload"),
}


@pytest.mark.skipif(not AXE.exists(), reason="npm install was not run")
@pytest.mark.timeout(400)  # it visits every page
@pytest.mark.parametrize("window", WINDOWS)
def test_axe_finds_nothing(open_page: OpenPage, window: str) -> None:
    page = open_page(**WINDOWS[window])
    found: list[str] = []
    for visit in VISITS.values():
        visit(page)
        found += violations(page)
    assert not found, "\n".join(found)


FORGET_SHIFTS = """async () => {
  // A frame's shifts are known once it was drawn.
  for (let frame = 0; frame < 2; frame += 1) await new Promise(requestAnimationFrame);
  window.observer.takeRecords();
  window.shifts.length = 0;
}"""


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_nothing_shifts_while_a_reply_streams(open_page: OpenPage, viewport: Any) -> None:
    page = open_page(viewport=viewport)
    begin(page)
    page.evaluate(
        """() => {
          window.shifts = [];
          window.observer = new PerformanceObserver((list) => {
            for (const each of list.getEntries()) {
              const moved = each.sources.map((one) => one.node?.className ?? "");
              window.shifts.push([each.value, each.hadRecentInput, moved]);
            }
          });
          window.observer.observe({ type: "layout-shift" });
        }"""
    )
    say(page, "Tell me about the horse, slowly.")
    expect(page.locator(".composer.is-busy")).to_have_count(1)
    page.evaluate(FORGET_SHIFTS)  # what sending itself moved
    expect(page.locator(".speech").nth(2)).to_contain_text("remember")
    expect(page.locator(".is-live")).to_have_count(0)
    shifts = page.evaluate("window.shifts")
    # Under 0.1 a page counts as still; the lines above make room for the growing one.
    assert sum(value for value, _, _ in shifts) < 0.1, shifts
