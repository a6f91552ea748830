"""What the pages say of their own state is true and well formed, and does not outlive its cause."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.web.conftest import Offbook, OpenPage, dictionaries
from tests.web.test_talking import begin, breathe_out, say, speaking

pytestmark = pytest.mark.browser

OFFLINE = "The server cannot be reached."


@pytest.fixture(scope="module")
def unsteady(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Offbook]:
    """An Offbook that goes away and comes back."""
    with Offbook(tmp_path_factory.mktemp("unsteady")) as offbook:
        yield offbook


def learn(page: Page) -> None:
    """Load what several views say, as those views do."""
    page.evaluate(
        """async () => {
          const { operatorSentences } = await import("/static/js/admin/sentences.js");
          const { chatSentences } = await import("/static/js/chat/sentences.js");
          const { readingSentences } = await import("/static/js/upload/sentences.js");
          const { viewSentences } = await import("/static/js/views/sentences.js");
          const all = [operatorSentences, chatSentences, readingSentences, viewSentences];
          await Promise.all(all.map((each) => each()));
        }"""
    )


def sentence(page: Page, key: str, **params: object) -> Any:
    return page.evaluate(
        """async ([key, params]) => (await import("/static/js/i18n.js")).t(key, params)""",
        [key, params],
    )


def test_numbers_and_their_nouns_agree(page: Page) -> None:
    page.goto("/")
    learn(page)
    assert sentence(page, "scripts.size", scenes=1, lines=1) == "1 scene, 1 line"
    assert sentence(page, "scripts.size", scenes=0, lines=1_200) == "0 scenes, 1,200 lines"
    assert sentence(page, "proof.hours", n=1.5).startswith("At this model’s pace: about 1.5 hours,")
    assert sentence(page, "chat.earlier_loaded", n=1_200) == "1,200 earlier lines above."
    assert sentence(page, "upload.ready", lines=1) == "1 line learned. Off book."
    assert sentence(page, "memory.covered", n=1) == "Stands for the oldest message."
    assert sentence(page, "memory.covered", n=4) == "Stands for the oldest 4 messages."
    page.get_by_role("button", name="切换到中文").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    assert sentence(page, "scripts.size", scenes=1, lines=1_200) == "1 场，1,200 句"


def test_numbers_and_their_nouns_agree_for_operators(page: Page) -> None:
    page.goto("/admin")
    expect(page.get_by_role("heading", name="Administration")).to_be_visible()
    usage = sentence(page, "admin.usage", examples=2, conversations=1, messages=1)
    assert usage == "2 examples, 1 conversation, 1 message"


def test_no_sentence_has_a_number_beside_a_noun_in_the_plural_alone(page: Page) -> None:
    """A noun after a number is written ``{n, scene|scenes}``; limits and decimals are never one."""
    page.goto("/")
    found = page.evaluate(
        """async (files) => {
          const parts = await Promise.all(files.map((file) => import(file)));
          const en = Object.assign({}, ...parts.map(({ en }) => en));
          const limit = /^docs[.]limit|_too_long$|^chat[.]counter$|^audition[.]tokens$/;
          const decimal = /^adapters[.](likelihood|speakers)[.]/;
          const plain = /[{](?!name|title|alias|model)\\w+[}] (?!(?:is|was|does|has)\\b)[a-z]+s\\b/;
          const texts = Object.entries(en).filter(([, entry]) => typeof entry === "string");
          const counted = texts.filter(([key]) => !limit.test(key) && !decimal.test(key));
          const faulty = counted.filter(([, text]) => plain.test(text));
          return faulty.map(([key]) => key);
        }""",
        dictionaries("en"),
    )
    assert found == []


def test_separators_stand_alone(page: Page) -> None:
    """Each is drawn by the style sheet, before or behind an item but not both."""
    for address, least in (("/scripts", 4), ("/", 2)):
        page.goto(address)
        items = page.locator(".card-meta").first
        expect(items).to_be_visible()
        drawn = items.evaluate(
            """(meta) => [...meta.children].map((item) => ["::before", "::after"]
              .map((part) => getComputedStyle(item, part).content)
              .map((content) => (content.includes("·") ? 1 : 0)))"""
        )
        parts = [mark for pair in drawn for mark in pair]
        assert len(parts) >= least
        assert sum(parts) == len(parts) // 2 - 1, drawn  # one between each two items


def test_nothing_seems_to_answer_while_the_server_is_away(
    open_page: OpenPage, unsteady: Offbook
) -> None:
    page = open_page(base_url=unsteady.address)
    page.goto("/")
    strip = page.locator(".answering")
    expect(strip).to_contain_text("answers")
    expect(page.locator(".cast .card").first).to_be_visible()
    unsteady.stop()
    page.get_by_label("Search characters").fill("Ruddock")
    expect(page.locator(".lost")).to_contain_text(OFFLINE)
    expect(strip).to_be_hidden()
    unsteady.start()
    expect(strip).to_be_visible()
    expect(page.locator(".lost")).to_be_hidden()
    # What was searched for meanwhile is found now, and nothing says that it cannot be.
    expect(page.get_by_text(OFFLINE)).to_have_count(1)  # the alert, hidden
    expect(page.locator(".cast .card")).to_have_count(1)


def test_a_complaint_goes_when_the_server_is_back(open_page: OpenPage, unsteady: Offbook) -> None:
    page = open_page(base_url=unsteady.address)
    begin(page)
    unsteady.stop()
    say(page, "Are you there?")
    complaint = page.locator(".composer-complaint")
    expect(complaint).to_contain_text(OFFLINE)
    unsteady.start()
    expect(complaint).to_be_hidden()
    expect(page.get_by_role("textbox", name="Message to")).to_have_value("Are you there?")


def answering(status: int, body: str) -> Callable[[Route], None]:
    return lambda route: route.fulfill(status=status, body=body)


def test_a_proxy_without_its_server_is_no_answer(page: Page) -> None:
    page.goto("/")
    expect(page.locator(".answering")).to_contain_text("answers")
    for body in ("<html>Bad gateway</html>", json.dumps({"error": {"code": "service_away"}})):
        page.route("**/api/**", answering(502, body))
        page.get_by_label("Search characters").fill(body[:6])
        expect(page.locator(".lost")).to_contain_text(OFFLINE)
        expect(page.locator(".answering")).to_be_hidden()
        page.unroute("**/api/**")
        expect(page.locator(".lost")).to_be_hidden()
        expect(page.locator(".answering")).to_be_visible()


def test_a_model_that_failed_is_asked_after_at_once(page: Page) -> None:
    begin(page)
    away = page.request.get("/api/status").json()
    away["engine"] |= {"state": "unavailable", "detail": "Gone."}
    error = {"code": "engine_unavailable", "message": "No model answers."}
    page.route("**/api/status", lambda route: route.fulfill(json=away))
    page.route("**/messages", lambda route: route.fulfill(status=503, json={"error": error}))
    say(page, "Are you there?")
    expect(page.locator(".answering.is-away")).to_be_visible()
    complaint = page.locator(".composer-complaint")
    expect(complaint).to_contain_text("No model answers at the moment.")
    page.unroute("**/api/status")
    expect(page.locator(".answering.is-away")).to_have_count(0)
    expect(complaint).to_be_hidden()


def announced(page: Page) -> Any:
    return page.locator(".stage > [role=status]")


def test_the_waiting_line_is_not_read_once_the_reply_is_spoken(page: Page, server: str) -> None:
    begin(page)
    say(page, "Tell me a story, and hold your breath.")
    speaking(page)
    expect(announced(page)).to_have_text("")
    breathe_out(server)
    expect(announced(page)).to_contain_text("Ambrose Pettifer:")


def test_the_waiting_line_is_not_read_after_a_turn_without_a_reply(page: Page) -> None:
    address = begin(page)
    greeting = page.request.get(address).json()["messages"][0]

    def fail(route: Route) -> None:
        error = {"error": {"code": "engine_error", "message": "The model failed."}}
        sent = greeting | {"id": "1", "role": "user", "content": "Hello"}
        events = [
            f"event: message\ndata: {json.dumps(sent)}",
            f"event: error\ndata: {json.dumps(error)}",
        ]
        body = "".join(f"{event}\n\n" for event in events)
        route.fulfill(content_type="text/event-stream", body=body)

    page.route("**/messages", fail)
    say(page, "Hello")
    expect(page.locator(".composer-complaint")).to_contain_text("The model failed.")
    expect(announced(page)).to_have_text("")
