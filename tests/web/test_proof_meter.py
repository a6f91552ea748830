"""How an operator has it measured whether a character's lines help, and what visitors see of it."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import FilePayload, Page, Route, expect

from tests.web.conftest import PHONE, OpenPage
from tests.web.slow_server import REQUEST
from tests.web.test_choosing_lines import SCRIPT
from tests.web.test_reaching_everyone import assert_fits

pytestmark = pytest.mark.browser


@pytest.fixture
def keeper(open_page: OpenPage) -> Iterator[str]:
    """The address of a character that has lines enough."""
    page = open_page()
    page.goto("/")
    file: FilePayload = {"name": "老周.txt", "mimeType": "text/plain", "buffer": SCRIPT.encode()}
    made = page.request.post("/api/characters/import", multipart={"file": file}).json()
    address = f"/characters/{made['character']['slug']}"
    yield address
    page.request.delete(f"/api/admin{address}")


def difference(value: float, low: float, high: float) -> dict[str, Any]:
    bits = {"value": value, "low": low, "high": high}
    return {
        "bits_a_reply": bits,
        "nats_a_token": {name: one / 10 for name, one in bits.items()},
        "is_significant": low > 0 or high < 0,
    }


def result(**changes: Any) -> dict[str, Any]:
    return {
        "rag": difference(14, 9, 19),
        "lift": difference(3, -1, 7),
        "voice": difference(6.5, 2.1, 10),
        "own": difference(11, 7, 15),
        "other": difference(4.5, 1, 8),
        "without_copied": difference(12, 7, 17),
        "copied": 3,
        "replies": 40,
        "scenes": 21,
        "example_tokens": {"none": 0, "other": 900, "random": 950, "selector": 940},
        "mode": "selector",
        "model": "index-1.9b-character",
        "prompt_style": "completion",
        "embedder": "bundled",
        "selector": "k9",
        **changes,
    }


def measurement(**changes: Any) -> dict[str, Any]:
    return {
        "status": "done",
        "progress": None,
        "minutes_left": None,
        "error": None,
        "cost": {"replies": 40, "scores": 160, "tokens": 152_345, "minutes": 12.4},
        "finished_at": "2026-05-01T12:00:00Z",
        "result": result(),
        **changes,
    }


def answer(page: Page, shown: dict[str, Any]) -> None:
    """Every question for the measurement has this answer."""

    def fulfil(route: Route) -> None:
        route.fulfill(json=shown)

    page.route("**/audition/likelihood", fulfil)


def test_it_is_measured_stopped_and_taken_up_again(open_page: OpenPage, keeper: str) -> None:
    page = open_page(viewport=PHONE, has_touch=True)
    page.goto("/")
    page.request.patch(f"/api/admin{keeper}", data={"profile": f"Speaks {REQUEST}."})
    page.goto(f"/admin{keeper}")
    meter = page.get_by_role("region", name="Proof meter")
    expect(meter).to_contain_text("168 readings: 42 hidden replies behind four prompts each")
    expect(meter).to_contain_text("is known after the first readings")
    button = meter.get_by_role("button", name="Measure")
    button.focus()
    page.keyboard.press("Enter")
    expect(meter.get_by_role("progressbar")).to_be_visible()
    stop = meter.get_by_role("button", name="Stop")
    expect(stop).to_be_focused()
    assert_fits(page)
    page.keyboard.press("Enter")
    expect(meter).to_contain_text("Stopped. What was measured is kept")
    page.request.patch(f"/api/admin{keeper}", data={"profile": "Speaks."})
    meter.get_by_role("button", name="Go on measuring").click()
    expect(meter.get_by_role("button", name="Measure again")).to_be_visible(timeout=30_000)
    expect(meter).to_contain_text("老周’s own lines make the real replies easier to guess")
    expect(meter).to_contain_text("That is like narrowing")
    meter.get_by_text("What was compared").click()
    expect(meter.get_by_role("rowheader", name="老周’s lines at random")).to_be_visible()
    expect(meter).to_contain_text("does not measure taste")
    assert_fits(page)
    page.goto(keeper)
    expect(
        page.get_by_text("老周’s own lines make the real replies easier to guess")
    ).to_be_visible()


def test_figures_are_put_in_words(page: Page) -> None:
    answer(page, measurement())
    page.goto("/admin/characters/bev-ruddock")
    meter = page.get_by_role("region", name="Proof meter")
    expect(meter.locator(".audition-verdict")).to_have_text(
        "Bev Ruddock’s own lines make the real replies easier to guess: 14 bits a reply (between 9"
        " and 19). That is like narrowing 16,000 possible next lines to one."
    )
    expect(meter).to_contain_text("about 150,000 tokens to read")
    expect(meter).to_contain_text("about 12 min")
    meter.get_by_text("What was compared").click()
    chosen = meter.get_by_role("row", name="Lines chosen for the moment")
    expect(chosen).to_contain_text("+14 (between 9 and 19)")
    expect(meter.locator("dd").nth(0)).to_have_text(
        "+3.0 (between -1 and 7) – no difference can be shown"
    )


@pytest.mark.parametrize(
    ("rag", "said"),
    [
        (
            difference(2.25, -1, 5),
            "No difference can be shown yet with 40 replies: 2.3 bits a reply (between -1 and 5).",
        ),
        (
            difference(-3, -5, -1),
            "Bev Ruddock’s own lines make the real replies harder to guess here: 3 bits a reply"
            " (between 1 and 5).",
        ),
    ],
)
def test_it_is_honest_where_the_lines_do_not_help(
    page: Page, rag: dict[str, Any], said: str
) -> None:
    answer(page, measurement(result=result(rag=rag)))
    page.goto("/admin/characters/bev-ruddock")
    expect(page.locator(".proof .audition-verdict")).to_have_text(said)
    line = {
        "bits_a_reply": rag["bits_a_reply"],
        "is_significant": rag["is_significant"],
        "replies": 40,
        "finished_at": "2026-05-01T12:00:00Z",
    }
    page.route("**/proof", lambda route: route.fulfill(json={"proof": line}))
    page.goto("/characters/bev-ruddock")
    expect(page.locator(".persona-proof")).to_have_text(f"Proof meter {said}")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("engine_cannot_score", "cannot say how likely a given one is"),
        ("engine_unavailable", "The model does not answer. Start it, then go on"),
        ("internal", "the server says: KeyError"),
    ],
)
def test_a_failure_says_what_to_do(page: Page, code: str, said: str) -> None:
    failed = measurement(
        status="failed", result=None, finished_at=None, error={"code": code, "message": "KeyError"}
    )
    answer(page, failed)
    page.goto("/admin/characters/bev-ruddock")
    meter = page.get_by_role("region", name="Proof meter")
    expect(meter.get_by_role("status")).to_contain_text(said)
    expect(meter.get_by_role("button", name="Go on measuring")).to_be_enabled()


def test_too_few_lines_are_not_measured(page: Page) -> None:
    answer(page, measurement(status="never", result=None, finished_at=None, cost=None))
    page.goto("/admin/characters/bev-ruddock")
    meter = page.get_by_role("region", name="Proof meter")
    expect(meter).to_contain_text("at least ten are needed")
    expect(meter.get_by_role("button")).to_have_count(0)


def test_the_page_of_a_character_does_without_what_it_cannot_read(page: Page) -> None:
    page.route("**/proof", lambda route: route.abort())
    page.goto("/characters/bev-ruddock")
    expect(page.get_by_role("heading", name="Bev Ruddock", level=1)).to_be_visible()
    expect(page.locator(".persona-proof")).to_have_count(0)
