"""A part is learnt on the page: cue by cue, prompted, marked, gone over again, and printed."""

import io
import json
import re
from typing import Any

import pypdfium2
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.web.conftest import PHONE, OpenPage

pytestmark = pytest.mark.browser

TITLE = "The Rear Was Adequate"
CHINESE_TITLE = "两面崖回声站"
FIRST = (
    "Ah, and with shoulders! Ambrose Pettifer, hindquarters. You'll be driving from the front, "
    "dear heart, and I shall be what you are driving."
)
SECOND = "No advert worth answering has ever mentioned the horse."


def script_of(page: Page, title: str = TITLE, part: str = "Ambrose") -> str:
    """The sample's id; whatever another test learnt of its part is forgotten."""
    page.goto("/")
    expect(page.locator(".poster-name").first).to_be_visible()
    found = page.request.get("/api/scripts?limit=200").json()["items"]
    (script,) = [str(each["id"]) for each in found if each["title"] == title]
    page.request.delete(f"/api/scripts/{script}/parts/{part}/progress")
    return script


def lines_of(page: Page, script: str) -> list[dict[str, Any]]:
    path = f"/api/scripts/{script}/parts/Ambrose/lines?limit=12"
    items: list[dict[str, Any]] = page.request.get(path).json()["items"]
    return items


def open_part(page: Page) -> str:
    script = script_of(page)
    page.goto(f"/scripts/{script}/rehearse/Ambrose")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Ambrose")
    return script


def begin(page: Page) -> Locator:
    """Begin, and return the box that the line is typed into."""
    page.get_by_role("button", name="Places, please").click()
    box = page.get_by_label("Your line", exact=True)
    expect(box).to_be_focused()
    return box


def say(page: Page, text: str) -> None:
    """Type a line, and wait until it is marked."""
    box = page.get_by_label("Your line", exact=True)
    expect(box).to_be_editable()
    box.fill(text)
    box.press("Enter")
    expect(page.get_by_role("button", name="Next")).to_be_focused()


def test_twelve_lines_of_ambrose_are_learnt(page: Page) -> None:
    script = script_of(page)
    lines = lines_of(page, script)
    page.goto(f"/scripts/{script}")
    page.get_by_role("link", name="Learn a part").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Learn a part")
    page.get_by_role("link", name="Ambrose").click()
    expect(page.locator(".progress-text")).to_have_text(re.compile(r"^0 of \d+ known$"))
    box = begin(page)
    expect(page.locator(".learn-cue")).to_have_count(1)
    expect(page.locator(".learn-cue")).to_contain_text("Driver wanted, winter season")
    expect(page.locator(".learn-own")).not_to_contain_text("shoulders")

    learn_the_first_three(page, box, lines)
    for line in lines[3:]:
        expect(page.locator(".learn-own")).to_have_count(line["number"])
        say(page, line["text"])
        if line is not lines[-1]:
            page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", level=1)).to_have_text("Curtain")
    expect(page.locator(".learn-counts")).to_have_text("12 lines · 10 word perfect · 2 to go over")
    go_over_two(page, lines)
    # It goes on where something is not known yet.
    expect(page.get_by_label("Begin with")).not_to_have_value("1")

    page.get_by_role("button", name="Start over").click()
    page.get_by_role("dialog").get_by_role("button", name="Start over").click()
    expect(page.locator(".progress-text")).to_have_text(re.compile(r"^0 of \d+ known$"))


def learn_the_first_three(page: Page, box: Locator, lines: list[dict[str, Any]]) -> None:
    """One right, one wrong, one prompted."""
    say(page, FIRST.lower().replace(",", ""))
    expect(page.get_by_role("status").filter(has_text="Word perfect.")).to_be_visible()
    expect(page.locator(".learn-count")).to_have_text(re.compile(r"^1 of \d+ known$"))
    page.keyboard.press("Enter")

    say(page, "No advert ever mentioned a horse")  # four missed, "a" in place of one of them
    missed = page.locator(".learn-own").nth(1).locator(".learn-missed")
    expect(missed).to_have_text(
        ["missed: worth", "missed: answering", "missed: has", "missed: the"]
    )
    expect(page.locator(".learn-own").nth(1).locator(".learn-added")).to_contain_text("a")
    expect(page.get_by_role("status").filter(has_text="comes back soon")).to_contain_text(
        "4 words of 9"
    )
    expect(page.get_by_role("status").filter(has_text="in 10 minutes")).to_be_visible()
    page.keyboard.press("r")
    expect(box).to_be_focused()
    say(page, SECOND)  # having just read it, which does not count
    expect(page.get_by_role("status").filter(has_text="does not count")).to_be_visible()
    page.keyboard.press("Enter")

    expect(page.locator(".learn-heading").last).to_contain_text("SCENE 3")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".learn-prompt")).to_have_text(lines[2]["words"])
    box.press("Enter")  # an empty line calls for more
    expect(page.locator(".learn-prompt")).to_have_text(lines[2]["more"])
    say(page, lines[2]["text"])
    expect(page.get_by_role("status").filter(has_text="with some help")).to_be_visible()
    page.keyboard.press("Enter")


def go_over_two(page: Page, lines: list[dict[str, Any]]) -> None:
    """The lines that were stumbled over, until both are known."""
    page.get_by_role("button", name="Go over 2 lines again").click()
    expect(page.locator(".learn-own")).to_have_count(1)
    say(page, SECOND)
    page.keyboard.press("Enter")
    say(page, lines[2]["text"])
    page.keyboard.press("Enter")
    expect(page.locator(".learn-counts")).to_have_text("2 lines · 2 word perfect")
    page.get_by_role("button", name="Back to the part").click()
    expect(page.locator(".progress-text")).to_have_text(re.compile(r"^12 of \d+ known$"))


def test_of_many_missed_words_the_first_are_named(page: Page) -> None:
    open_part(page)
    said = page.evaluate(
        """async () => {
          const { resultText } = await import("/static/js/learning-lines/results.js");
          const pieces = [..."abcdefgh"].map((text) => ({ text, mark: "missed" }));
          const done = { rating: "again", wrong: 8, words: 8, progress: null, pieces };
          return resultText(done, { prompted: false, counts: false });
        }"""
    )
    assert said == (
        "This one comes back soon: 8 words of 8 wrong. Missed: a, b, c, d, e, f and 2 more."
    )


def test_lines_that_are_due_are_gone_over(page: Page) -> None:
    open_part(page)
    pattern = re.compile(r"/parts/Ambrose(/due\?.*)?$")

    def later(route: Any) -> None:
        response = route.fetch()
        body = response.json()
        if "items" in body:
            lines = page.request.get(route.request.url.replace("due?limit=100", "lines")).json()
            body = {"items": lines["items"][1:2], "total": 1}
        else:
            body["due"] = 1
        route.fulfill(response=response, body=json.dumps(body))

    page.route(pattern, later)
    page.reload()
    expect(page.locator(".progress-text")).to_contain_text("1 due")
    page.get_by_role("button", name="Go over one line").or_(
        page.get_by_role("button", name="Go over 1 line")
    ).click()
    say(page, SECOND)
    page.keyboard.press("Enter")
    expect(page.locator(".learn-counts")).to_have_text("One line · 1 word perfect")


def test_all_of_a_line_may_be_prompted_and_shown(page: Page) -> None:
    open_part(page)
    box = begin(page)
    for _ in range(3):
        page.get_by_role("button", name=re.compile("Line!|More!|All of it!")).click()
    expect(page.locator(".learn-prompt")).to_have_text(FIRST)
    box.press("Enter")
    expect(page.get_by_role("status").filter(has_text="comes back soon")).to_be_visible()
    page.keyboard.press("Enter")
    box.fill("line!")  # as one calls it out
    box.press("Enter")
    expect(page.locator(".learn-prompt")).to_have_text("No advert worth")

    page.locator(".learn-options summary").click()
    page.get_by_label("First letters").check()
    expect(page.locator(".learn-own").last.locator(".learn-words")).to_have_text(
        "N a w a h e m t h."
    )
    page.get_by_label("Shown", exact=True).check()
    expect(page.locator(".learn-own").last.locator(".learn-words")).to_have_text(SECOND)
    page.get_by_label("Hidden").check()  # what was seen stays seen
    say(page, SECOND)
    expect(page.get_by_role("status").filter(has_text="does not count")).to_be_visible()
    page.reload()
    expect(page.locator(".progress-text")).to_have_text(re.compile(r"^0 of \d+ known$"))


SPEECH = """
  window.said = [];
  const voice = (name, lang) => ({ name, lang, localService: true });
  const voices = [voice("Ann", "en-GB"), voice("Bob", "en-GB")];
  Object.defineProperty(window, "speechSynthesis", { value: Object.assign(new EventTarget(), {
    getVoices: () => voices,
    cancel: () => {},
    speak: (one) => {
      window.said.push([one.voice.name, one.text]);
      setTimeout(() => one.dispatchEvent(new Event("end")), 0);
    },
  }) });
  window.SpeechSynthesisUtterance = class extends EventTarget {
    constructor(text) { super(); this.text = text; }
  };
  window.SpeechRecognition = class extends EventTarget {
    start() {
      window.listeningIn = this.lang;
      setTimeout(() => {
        const heard = [Object.assign([{ transcript: "no advert worth" }], { isFinal: true })];
        this.dispatchEvent(Object.assign(new Event("result"), { results: heard }));
        this.dispatchEvent(new Event("end"));
      }, 0);
    }
    stop() {}
    abort() {}
  };
"""


def test_others_are_heard_and_a_line_is_spoken(page: Page) -> None:
    page.add_init_script(SPEECH)
    open_part(page)
    page.get_by_label("Have the others’ lines read aloud").check()
    begin(page)
    said = page.evaluate("window.said")
    assert said == [
        ["Ann", "I've come about the advert. Driver wanted, winter season, some lifting."]
    ]
    say(page, FIRST)
    page.keyboard.press("Enter")
    box = page.get_by_label("Your line", exact=True)
    expect(box).to_be_focused()
    page.get_by_role("button", name="Speak").click()
    expect(box).to_have_value("no advert worth")
    assert page.evaluate("window.listeningIn") == "en-GB"
    expect(box).to_be_focused()


def test_without_voices_and_recognition_there_are_no_controls_for_them(page: Page) -> None:
    page.add_init_script(
        "delete window.SpeechRecognition; delete window.webkitSpeechRecognition;"
        "Object.defineProperty(window, 'speechSynthesis', { value: undefined });"
    )
    open_part(page)
    expect(page.get_by_label("Have the others’ lines read aloud")).to_have_count(0)
    begin(page)
    expect(page.get_by_role("button", name="Speak")).to_have_count(0)
    expect(page.locator(".learn-cue")).to_have_count(1)


def test_a_phone_is_held_in_one_hand(open_page: OpenPage) -> None:
    page = open_page(viewport=PHONE, has_touch=True)
    open_part(page)
    begin(page)
    for name in ("Line!", "Check", "Stop"):
        box = page.get_by_role("button", name=name).bounding_box()
        assert box is not None
        assert box["height"] >= 48
        assert box["y"] > PHONE["height"] * 0.6
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= PHONE["width"]
    say(page, FIRST)
    marked, bar = page.locator(".learn-own").first, page.locator(".learn-bar")
    lower, upper = marked.bounding_box(), bar.bounding_box()
    assert lower is not None
    assert upper is not None
    assert lower["y"] + lower["height"] <= upper["y"] + 1
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_the_cue_script_is_printed_alone(page: Page) -> None:
    open_part(page)
    page.get_by_role("button", name="Show the cue script").click()
    expect(page.get_by_role("button", name="Print")).to_be_focused()
    rows = page.locator(".cue-line")
    expect(rows.nth(1)).to_contain_text("Bev")
    expect(rows.nth(1).locator(".cue-words")).to_contain_text("… never mentioned a horse.")
    expect(rows.nth(1).locator(".cue-own")).to_have_text(SECOND)
    page.emulate_media(media="print")
    expect(page.locator(".cue-script")).to_be_visible()
    expect(page.locator("h1")).to_be_hidden()
    expect(page.locator(".masthead")).to_be_hidden()
    expect(page.get_by_role("button", name="Print")).to_be_hidden()
    document = pypdfium2.PdfDocument(io.BytesIO(page.pdf(format="A4")))
    pages = [each.get_textpage().get_text_bounded() for each in document]
    assert len(pages) > 1
    assert all("Ambrose" in each and TITLE in each for each in pages)
    assert SECOND in pages[0]


def test_a_character_leads_to_its_part(page: Page) -> None:
    page.goto("/characters/ambrose-pettifer")
    page.get_by_role("link", name="Learn a part").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Learn Ambrose’s part")


def test_what_does_not_exist_is_said(page: Page) -> None:
    script = open_part(page)
    page.goto(f"/scripts/{script}/rehearse/Godot")
    expect(page.locator("main")).to_contain_text("Nothing is at this address.")


def test_an_attempt_that_does_not_arrive_is_not_lost(page: Page) -> None:
    open_part(page)
    box = begin(page)
    page.route("**/attempts", lambda route: route.abort())
    box.fill(FIRST)
    box.press("Enter")
    expect(page.get_by_role("alert").filter(visible=True).first).to_be_visible()
    expect(box).to_have_value(FIRST)
    expect(box).to_be_editable()
    page.unroute("**/attempts")
    say(page, FIRST)
    expect(page.get_by_role("status").filter(has_text="Word perfect.")).to_be_visible()


def test_chinese_parts_are_learnt_in_chinese(open_page: OpenPage) -> None:
    page = open_page(locale="zh-CN", viewport=PHONE, has_touch=True)
    script = script_of(page, CHINESE_TITLE, "阿应")
    page.goto(f"/scripts/{script}/rehearse")
    page.get_by_role("link", name="阿应").click()
    page.get_by_role("button", name="各就各位").click()
    box = page.get_by_label("你的台词", exact=True)
    expect(box).to_be_focused()
    box.fill("有人吗有两个一个在喝一个是我")
    box.press("Enter")
    expect(page.locator(".learn-missed")).to_have_text("漏了： 粥")
    expect(page.get_by_role("status").filter(has_text="差一点")).to_be_visible()
