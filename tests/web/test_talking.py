"""What a newcomer does: find a character, talk, look behind the reply, come back."""

import re

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.web.conftest import OpenPage, wait_for

pytestmark = pytest.mark.browser


def begin(page: Page, name: str = "Ambrose Pettifer", user_name: str = "Robin") -> str:
    """Opens a new conversation and returns its address in the API."""
    cast = page.request.get("/api/characters", params={"q": name}).json()["items"]
    slug = cast[0]["slug"]
    wait_for(page, f"/api/characters/{slug}", lambda shown: shown["status"] == "ready")
    wanted = {"character": slug, "user_name": user_name}
    created = page.request.post("/api/conversations", data=wanted).json()
    page.goto(f"/conversations/{created['id']}")
    expect(page.locator(".speech")).to_have_count(1)
    return f"/api/conversations/{created['id']}"


def say(page: Page, text: str) -> None:
    box = page.get_by_role("textbox", name="Message to")
    box.fill(text)
    box.press("Enter")


def speaking(page: Page) -> None:
    """Until the first words of a reply are shown, which may then hold its breath."""
    expect(page.locator(".is-live .caret")).to_be_visible()


def breathe_out(server: str) -> None:
    """Have a reply that holds its breath go on to its end; the test's browser has no part in it."""
    with httpx.Client(base_url=server, timeout=60) as outside:
        cast = outside.get("/api/characters", params={"q": "Ambrose"}).json()["items"]
        made = outside.post("/api/conversations", json={"character": cast[0]["slug"]}).json()
        said = outside.post(
            f"/api/conversations/{made['id']}/messages", json={"content": "Now breathe out."}
        )
        assert said.status_code == 200


def test_a_newcomers_walk(page: Page, server: str) -> None:
    page.goto("/")
    page.get_by_role("list").get_by_role("link", name="Ambrose Pettifer", exact=True).click()
    page.get_by_label("What should they call you?").fill("Robin")
    page.get_by_role("button", name="Start a conversation").click()
    expect(page.locator(".speech")).to_have_count(1)
    expect(page.locator(".speech-text")).to_contain_text("hindquarters")
    expect(page).to_have_title("Ambrose Pettifer · Offbook")

    say(page, "Tell me of the horse; hold your breath.")
    live = page.locator(".speech.is-live")
    expect(live).to_contain_text("Tell me of the horse;")
    breathe_out(server)
    expect(live).to_have_count(0)
    reply = page.locator(".speech").nth(2)
    expect(reply).to_contain_text("Yes, I will remember it.")
    expect(page.locator(".speech").nth(1)).to_contain_text("Robin")
    expect(page.locator("[role=status]", has_text="I will remember it")).to_have_count(1)

    reply.get_by_role("button", name=re.compile("passages? behind this")).click()
    panel = page.get_by_role("dialog", name="Lines behind this reply")
    expect(panel.locator(".play-line.is-own").first).to_contain_text("Ambrose")
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()

    reply.get_by_role("button", name="Another reply").click()
    speaking(page)
    breathe_out(server)
    expect(page.locator(".alternatives-count")).to_have_text("2/2")
    page.get_by_role("button", name="Previous version").click()
    expect(page.locator(".alternatives-count")).to_have_text("1/2")
    page.reload()
    expect(page.locator(".alternatives-count")).to_have_text("1/2")
    expect(page.locator(".speech")).to_have_count(3)


def test_stop_keeps_what_was_said_and_continue_goes_on(page: Page, server: str) -> None:
    begin(page)
    say(page, "Tell me a story, and hold your breath.")
    speaking(page)
    page.keyboard.press("Escape")
    expect(page.get_by_text("Stopped.")).to_be_visible()
    page.reload()
    expect(page.get_by_text("Stopped.")).to_be_visible()
    partial = page.locator(".speech").nth(2).locator(".speech-text").inner_text()
    assert partial
    page.get_by_role("button", name="Continue").click()
    expect(page.locator(".is-live")).to_have_count(1)
    breathe_out(server)
    expect(page.locator(".is-live")).to_have_count(0)
    whole = page.locator(".speech").nth(2).locator(".speech-text").inner_text()
    assert whole.startswith(partial)
    assert len(whole) > len(partial)


def test_leaving_and_returning_finds_the_reply(page: Page, server: str) -> None:
    begin(page)
    say(page, "While I am away, hold your breath.")
    speaking(page)
    page.get_by_role("link", name="Back to all characters").click()
    expect(page).to_have_url(re.compile("/$"))
    page.go_back()
    speaking(page)
    breathe_out(server)
    expect(page.locator(".speech").nth(2)).to_contain_text("I will remember it.")
    expect(page.locator(".is-live")).to_have_count(0)


def test_editing_a_message_asks_again_and_keeps_the_old_branch(page: Page) -> None:
    begin(page)
    say(page, "One")
    mine = page.locator(".speech.is-user")
    expect(page.locator(".speech").nth(2)).to_contain_text("I will remember it.")
    mine.hover()
    mine.get_by_role("button", name="Edit").click()
    page.get_by_role("textbox", name="Edit").fill("Two")
    page.get_by_role("button", name="Save and ask again").click()
    expect(page.locator(".speech").nth(2)).to_contain_text('"Two", you say?')
    expect(page.locator(".is-live")).to_have_count(0)
    mine.hover()
    mine.get_by_role("button", name="Previous version").click()
    expect(page.locator(".speech").nth(2)).to_contain_text('"One", you say?')
    mine.hover()
    mine.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.locator(".speech").nth(2)).to_contain_text('"Two", you say?')


def test_a_refused_message_is_given_back_and_a_draft_survives(page: Page) -> None:
    begin(page)
    page.route(
        "**/messages",
        lambda route: route.fulfill(
            status=503,
            json={"error": {"code": "engine_overloaded", "message": "Busy.", "detail": None}},
        ),
    )
    say(page, "Are you there?")
    expect(page.get_by_role("alert")).to_contain_text("The model is busy")
    box = page.get_by_role("textbox", name="Message to")
    expect(box).to_have_value("Are you there?")
    page.reload()
    expect(box).to_have_value("Are you there?")


def test_enter_that_ends_an_input_method_does_not_send(page: Page) -> None:
    begin(page)
    box = page.get_by_role("textbox", name="Message to")
    box.fill("ni hao")
    box.dispatch_event("keydown", {"key": "Enter", "isComposing": True, "bubbles": True})
    box.dispatch_event("keydown", {"key": "Enter", "keyCode": 229, "bubbles": True})
    box.press("Shift+Enter")
    expect(box).to_have_value("ni hao\n")
    expect(page.locator(".speech")).to_have_count(1)


def test_a_conversation_is_renamed_deleted_and_brought_back(open_page: OpenPage) -> None:
    page = open_page()
    begin(page, "Bev Ruddock")
    say(page, "Soup?")
    expect(page.locator(".speech").nth(2)).to_contain_text("I will remember it.")
    page.get_by_role("link", name="Back to all characters").click()
    page.get_by_role("button", name="Rename “Soup?”").click()
    page.get_by_role("textbox", name="Title").fill("About soup")
    page.get_by_role("button", name="Save").click()
    entry = page.get_by_role("link", name="About soup")
    expect(entry).to_be_visible()
    page.get_by_role("button", name="Delete “About soup”").click()
    expect(entry).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(entry).to_be_visible()
    page.reload()
    expect(entry).to_be_visible()
