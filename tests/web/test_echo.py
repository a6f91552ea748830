"""The mark beside a reply: which line of the script it echoes, and where that line stands."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.web.conftest import PHONE, OpenPage
from tests.web.test_talking import begin, say

pytestmark = pytest.mark.browser


def reply_that_echoes(page: Page) -> str:
    """Make the newest reply an own line of one of its examples; return that line."""
    address = begin(page)
    say(page, "Tell me about the horse.")
    expect(page.locator(".speech")).to_have_count(3)
    expect(page.locator(".is-live")).to_have_count(0)
    message: dict[str, Any] = page.request.get(address).json()["messages"][-1]
    own = [
        line.partition(": ")[2]
        for example in message["examples"]
        for line in example["lines"]
        if line.startswith("Ambrose: ")
    ]
    line: str = max(own, key=len)
    page.request.patch(f"{address}/messages/{message['id']}", data={"content": f"Well. {line}"})
    page.reload()
    page.wait_for_load_state("networkidle")
    return line


def test_a_hover_shows_the_line_and_a_click_opens_its_scene(page: Page) -> None:
    line = reply_that_echoes(page)
    mark = page.get_by_role("button", name="The line that this echoes").last
    note = page.locator(".echo-note").last
    expect(note).to_be_hidden()
    before = page.locator(".speech").last.bounding_box()
    mark.hover()
    expect(note).to_contain_text("Ambrose once said")
    expect(note.locator("blockquote")).to_have_text(re.sub(r"^\*|\*$", "", line))
    assert page.locator(".speech").last.bounding_box() == before, "nothing moves"
    page.mouse.move(5, 5)
    expect(note).to_be_hidden()
    mark.press("Enter")
    expect(mark).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Tab")
    expect(note.get_by_role("button")).to_be_focused()
    page.keyboard.press("Escape")
    expect(note).to_be_hidden()
    expect(mark).to_be_focused()

    mark.click()
    note.get_by_role("button", name="Read it in its scene").click()
    scene = page.get_by_role("dialog")
    expect(scene).to_contain_text("The Rear Was Adequate")
    expect(scene.locator(".is-echo")).to_contain_text(line)
    expect(scene.locator(".is-echo")).to_be_in_viewport()
    scene.get_by_role("link", name="The whole script").click()
    expect(page).to_have_url(re.compile("/scripts/"))


def test_who_may_not_read_scripts_sees_what_the_model_saw(open_page: OpenPage) -> None:
    page = open_page(viewport=PHONE, has_touch=True)

    def forbid(route: Any) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json={**answer.json(), "may_upload": False})

    page.route("**/api/status", forbid)
    page.route("**/examples/**", lambda route: pytest.fail("asks for what it may not read"))
    line = reply_that_echoes(page)
    page.get_by_role("button", name="The line that this echoes").last.tap()
    page.locator(".echo-note").last.get_by_role("button").tap()
    scene = page.get_by_role("dialog", name="As the model was shown it")
    expect(scene.locator(".is-echo")).to_contain_text(line)
    expect(scene.get_by_role("link")).to_have_count(0)


def test_the_nearest_line_is_found_and_chance_is_none(page: Page) -> None:
    page.goto("/")
    found = page.evaluate(
        """async () => {
          const { echoOf } = await import("/static/js/chat/echo.js");
          const lines = [
            "Bev: Who mended the van's exhaust?",
            "Ambrose: I mended it with a soup tin and hope.",
            "Bev: And the horse?",
            "Ambrose: The horse, dear heart, has never needed an exhaust.",
          ];
          const zh = ["柯干事：昨天的回声呢？", "阿应：都替你存着，一句也没有丢。"];
          const examples = [
            { kind: "example", lines, id: 1 },
            { kind: "example", lines: zh, id: 2 },
            { kind: "lore", lines: ["Ambrose: a soup tin and hope, mended"], id: 3 },
          ];
          const own = new Set(["Ambrose", "阿应"]);
          const of = (content) => {
            const echo = echoOf({ content, examples }, own);
            return echo && [echo.text, echo.example.id, echo.place];
          };
          return [
            of("Oh, with hope, mostly, and an old soup tin."),
            of("放心，我都替你存着呢。"),
            of("Good morning to you."),
            of("Who mended the van's exhaust?"),
            of(""), of("…"),
          ];
        }"""
    )
    assert found[:3] == [
        ["I mended it with a soup tin and hope.", 1, 1],
        ["都替你存着，一句也没有丢。", 2, 1],
        None,
    ]
    assert found[4:] == [None, None]
    assert found[3] is None or found[3][0] != "Who mended the van's exhaust?", "not an own line"
