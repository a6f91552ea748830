"""A stage as a newcomer has it: three clicks, lines that run ahead, whispers, who knows what."""

import re
from itertools import pairwise

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.web.conftest import PHONE, OpenPage, wait_for

pytestmark = pytest.mark.browser

COMPANY = ["Ambrose Pettifer", "Bev Ruddock", "Kit"]
BACKGROUND = "button => getComputedStyle(button).backgroundColor"
SECRET = "The moths are in the wardrobe trunk."


def wait_for_samples(page: Page) -> None:
    wait_for(
        page,
        "/api/characters",
        lambda found: all(each["status"] == "ready" for each in found["items"][:6]),
    )


def raise_curtain(page: Page) -> None:
    """A scene of the English sample's three, in three clicks from the first page."""
    wait_for_samples(page)
    page.goto("/")
    page.get_by_role("link", name="Put a cast on stage").click()
    page.get_by_role("button", name="The whole company of The Rear Was Adequate").click()
    page.get_by_role("button", name="Curtain up").click()
    expect(page).to_have_url(re.compile("/conversations/"))
    expect(page.locator(".speech.is-direction")).to_have_count(1)


def settled(page: Page) -> None:
    expect(page.locator(".composer.is-busy")).to_have_count(0)
    expect(page.locator(".is-live")).to_have_count(0)


def speakers(page: Page) -> list[str]:
    """Who said the lines so far."""
    return page.locator(".speech:not(.is-direction) .speech-name > span").all_inner_texts()


def meant(page: Page) -> Locator:
    """Who is offered while a name is typed; the list of who speaks next has options as well."""
    return page.get_by_role("listbox", name="Who is meant")


def row(page: Page, name: str) -> Locator:
    return page.locator(".cast-row:visible").filter(has_text=name)


def open_member(page: Page, name: str) -> Locator:
    page.get_by_role("button", name=f"About {name}").click()
    sheet = page.get_by_role("dialog", name=name)
    expect(sheet).to_be_visible()
    return sheet


def say(page: Page, text: str) -> None:
    box = page.locator(".composer-input")
    box.fill(text)
    box.press("Enter")
    settled(page)


def test_a_newcomer_starts_a_scene_of_three_and_watches_five_lines(page: Page) -> None:
    raise_curtain(page)
    cast = page.get_by_role("region", name="The cast")
    for name in COMPANY:
        expect(cast.locator(".cast-row").filter(has_text=name)).to_contain_text("on stage")
    expect(page.locator(".speech-text")).to_contain_text("On stage:")
    page.get_by_role("button", name="Five more lines").click()
    expect(page.locator(".speech.is-assistant:not(.is-live)")).to_have_count(5)
    settled(page)
    said = speakers(page)
    assert set(said) <= set(COMPANY)
    assert all(one != other for one, other in pairwise(said))
    page.reload()
    expect(page.locator(".speech.is-assistant")).to_have_count(5)


def test_lists_name_the_cast(page: Page) -> None:
    raise_curtain(page)
    say(page, "Bev, how late are we?")
    page.goto("/")
    resumed = page.locator(".resumption").first.get_by_role("link")
    three = r"(?:Bev|Ambrose|Kit), (?:Bev|Ambrose|Kit) and (?:Bev|Ambrose|Kit)"
    expect(resumed).to_have_text(re.compile(f"Continue with {three}"))


def test_who_speaks_next_is_chosen_and_explained(page: Page) -> None:
    raise_curtain(page)
    row(page, "Kit").get_by_role("button").first.click()
    expect(row(page, "Kit")).to_contain_text("speaks next")
    expect(page.get_by_label("Next")).to_have_value(re.compile(".+"))
    expect(page.locator(".desk-go")).to_have_text("Kit speaks")
    page.locator(".desk-go").click()
    expect(page.locator(".speech.is-assistant:not(.is-live)")).to_have_count(1)
    settled(page)
    assert speakers(page) == ["Kit"]
    page.locator(".speech.is-last").get_by_role("button", name="Details").click()
    expect(page.locator(".why")).to_contain_text("was your choice")

    box = page.locator(".composer-input")
    box.press_sequentially("@Amb")
    expect(meant(page).get_by_role("option", name="Ambrose Pettifer", exact=True)).to_be_visible()
    box.press("Enter")
    expect(box).to_have_value("@Ambrose Pettifer ")
    box.press_sequentially("where is your knee?")
    box.press("Enter")
    settled(page)
    assert speakers(page)[-1] == "Ambrose Pettifer"

    say(page, "Bev, how late are we?")
    assert speakers(page)[-1] == "Bev Ruddock"
    page.locator(".speech.is-last").get_by_role("button", name="Details").click()
    expect(page.locator(".why").last).to_contain_text("Bev Ruddock was asked")
    expect(page.locator(".why-chances").last.locator("li")).to_have_count(3)


def test_a_whisper_reaches_one_alone(page: Page) -> None:
    raise_curtain(page)
    sheet = open_member(page, "Kit")
    sheet.get_by_role("button", name="Whisper to Kit").click()
    expect(page.locator(".desk-whisper")).to_contain_text("Whispering to Kit")
    say(page, SECRET)
    whisper = page.locator(".speech.is-user")
    expect(whisper).to_have_class(re.compile("is-whisper"))
    expect(whisper).to_contain_text("whispered to Kit")
    assert speakers(page)[-1] == "Kit"
    page.get_by_role("button", name="Speak aloud again").click()

    whisper.hover()
    whisper.get_by_role("button", name="Who knows this?").click()
    sheet = page.get_by_role("dialog", name="Who knows this?")
    expect(sheet.locator(".knowers").first).to_contain_text("heard the whisper")
    expect(sheet.locator(".is-ignorant .knower-name")).to_have_text(COMPANY[:2])
    page.keyboard.press("Escape")

    for name, knows in (("Ambrose Pettifer", False), ("Kit", True)):
        page.get_by_label("Next").select_option(name)
        page.locator(".desk-go").click()
        settled(page)
        assert speakers(page)[-1] == name
        reply = page.locator(".speech.is-last")
        reply.get_by_role("button", name="Details").click()
        reply.get_by_role("button", name="exact prompt").click()
        prompt = page.get_by_role("dialog")
        expect(prompt).to_contain_text("Kit")
        assert (SECRET in prompt.inner_text()) is knows, name
        page.keyboard.press("Escape")
        expect(prompt).to_be_hidden()

    page.locator(".speech.is-last").get_by_role("button", name="How do you know that?").click()
    known = page.get_by_role("dialog", name="How do you know that?")
    line = known.locator(".known-line").filter(has_text=SECRET)
    expect(line).to_contain_text("heard the whisper")
    page.keyboard.press("Escape")

    whisper.hover()
    whisper.get_by_role("button", name="Who knows this?").click()
    page.get_by_role("button", name="Tell Bev Ruddock").click()
    expect(page.locator(".speech.is-told")).to_contain_text("reaches Bev Ruddock")
    whisper.hover()
    whisper.get_by_role("button", name="Who knows this?").click()
    told = page.locator(".knower").filter(has_text="Bev Ruddock")
    expect(told).to_contain_text("was told later")


def test_another_answers_instead(page: Page) -> None:
    raise_curtain(page)
    say(page, "Kit, is it raining?")
    assert speakers(page) == ["Visitor", "Kit"]
    page.locator(".speech.is-last").get_by_role("button", name="Let another answer").click()
    page.get_by_role("dialog").get_by_role("button", name="Ambrose Pettifer").click()
    expect(page.locator(".alternatives-count")).to_have_text("2/2")
    settled(page)
    assert speakers(page) == ["Visitor", "Ambrose Pettifer"]
    page.get_by_role("button", name="Previous version").click()
    expect(page.locator(".alternatives-count")).to_have_text("1/2")
    assert speakers(page) == ["Visitor", "Kit"]


def test_the_cast_comes_and_goes_and_keeps_secrets(page: Page) -> None:
    raise_curtain(page)
    sheet = open_member(page, "Bev Ruddock")
    sheet.get_by_label("What Bev Ruddock hides, wants or plans").fill("She has sold the van.")
    sheet.get_by_role("button", name="Save").click()
    expect(row(page, "Bev Ruddock")).to_contain_text("has a secret")

    sheet = open_member(page, "Bev Ruddock")
    expect(sheet.get_by_label("What Bev Ruddock hides")).to_have_value("She has sold the van.")
    sheet.get_by_label("How? (optional)").fill("Bev goes to look for the van.")
    sheet.get_by_role("button", name="Leaves the stage").click()
    expect(page.locator(".is-leaves .speech-text")).to_have_text("Bev goes to look for the van.")
    expect(row(page, "Bev Ruddock")).to_contain_text("off stage")
    expect(page.get_by_label("Next").locator("option")).to_have_count(3)

    page.get_by_role("region", name="The cast").get_by_role("button", name="Let someone").click()
    enters = page.get_by_role("dialog", name="Who enters?")
    enters.get_by_role("searchbox").fill("阿应")
    enters.get_by_role("button", name="阿应").click()
    expect(page.locator(".speech.is-enters")).to_contain_text("阿应")
    expect(row(page, "阿应")).to_contain_text("on stage")


def test_stop_ends_all_that_would_follow(page: Page) -> None:
    raise_curtain(page)
    box = page.locator(".composer-input")
    box.fill("Kit, hold your breath.")  # its answer stops in the middle
    box.press("Enter")
    expect(page.locator(".is-live .caret")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text("Stopped.")).to_have_count(1)
    settled(page)
    page.get_by_role("button", name="Five more lines").click()
    expect(page.locator(".is-live .caret")).to_be_visible()
    expect(page.locator(".desk-to-come")).to_have_text("4 more lines to come")
    page.keyboard.press("Escape")
    expect(page.get_by_text("Stopped.")).to_have_count(2)
    settled(page)
    count = page.locator(".speech").count()
    page.reload()
    expect(page.locator(".speech")).to_have_count(count)
    settled(page)


def test_a_refused_line_is_explained_and_given_back(page: Page) -> None:
    raise_curtain(page)
    box = page.locator(".composer-input")
    say(page, "/sing loudly")
    expect(page.get_by_role("alert")).to_contain_text("/whisper Name:")
    expect(box).to_have_value("/sing loudly")
    box.fill("")
    page.route(
        "**/go-on",
        lambda route: route.fulfill(
            status=503, json={"error": {"code": "engine_overloaded", "message": "Busy."}}
        ),
    )
    page.get_by_role("button", name="Three more lines").click()
    expect(page.get_by_role("alert")).to_contain_text("The model is busy")
    settled(page)


def test_a_line_that_nobody_sent_is_not_said_to_be_on_its_way(page: Page) -> None:
    raise_curtain(page)
    say(page, "Evening, all.")
    page.route(re.compile("/(go-on|regenerate)$"), lambda _: None)  # it is never answered
    waiting = page.locator(".is-live .waiting")
    page.get_by_role("button", name="Go on", exact=True).click()
    expect(waiting).to_have_text("(The prompter gives the cue.)")
    page.reload()
    page.get_by_role("button", name="Another reply").click()
    expect(waiting).to_have_text("(The prompter gives the cue.)")


def test_directions_and_the_audience(page: Page) -> None:
    raise_curtain(page)
    direct = page.get_by_role("button", name="Direction", exact=True)
    direct.click()
    expect(page.locator(".composer-input")).to_be_focused()
    direct.hover()
    expect(direct).not_to_have_css("color", direct.evaluate(BACKGROUND))
    say(page, "The lights go out.")
    expect(page.locator(".is-direction .speech-text").last).to_have_text("The lights go out.")
    page.get_by_role("region", name="The cast").get_by_role("button", name="Change").click()
    page.get_by_role("dialog").get_by_label("The audience").check()
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    expect(page.locator(".desk-audience")).to_contain_text("You are watching.")
    expect(page.locator(".composer-input")).to_be_hidden()
    before = page.locator(".speech").count()
    page.get_by_role("button", name="Three more lines").click()
    expect(page.locator(".speech:not(.is-live)")).to_have_count(before + 3)
    settled(page)


def test_the_curtain_falls_and_rises(page: Page) -> None:
    raise_curtain(page)
    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("menuitem", name="Curtain down").click()
    bill = page.get_by_role("dialog", name="The end")
    for name in COMPANY:
        expect(bill).to_contain_text(name)
    bill.get_by_role("button", name="Curtain up again").click()
    expect(bill).to_be_hidden()
    expect(page.locator(".composer-input")).to_be_visible()


def test_a_conversation_becomes_a_stage(page: Page) -> None:
    wait_for_samples(page)
    wanted = {"character": "ambrose-pettifer", "user_name": "Robin"}
    made = page.request.post("/api/conversations", data=wanted).json()
    page.goto(f"/conversations/{made['id']}")
    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("menuitem", name="Let someone enter").click()
    page.get_by_role("dialog").get_by_role("button", name="Bev Ruddock").click()
    expect(page.locator(".speech.is-enters")).to_contain_text("Bev Ruddock enters.")
    expect(row(page, "Ambrose Pettifer")).to_contain_text("on stage")


def test_a_characters_page_brings_others_on(page: Page) -> None:
    wait_for_samples(page)
    page.goto("/characters/ambrose-pettifer")
    page.get_by_role("link", name="Bring others on").click()
    expect(page.get_by_role("button", name="Ambrose Pettifer", pressed=True)).to_be_visible()
    page.get_by_role("button", name="阿应", pressed=False).click()
    page.get_by_label("A part of the script").check()
    page.get_by_label("Your part").select_option("Gerald")
    page.get_by_role("button", name="Curtain up").click()
    expect(page.locator(".cast-you:visible")).to_contain_text("You play Gerald.")


def test_everything_goes_by_keyboard(page: Page) -> None:
    wait_for_samples(page)
    page.goto("/stage")
    page.get_by_role("button", name="The whole company of The Rear Was Adequate").press("Space")
    page.get_by_label("Your name").press("Enter")
    expect(page).to_have_url(re.compile("/conversations/"))
    expect(page.locator(".composer-input")).to_be_focused()
    page.keyboard.press("Enter")  # an empty box lets them play on
    expect(page.locator(".speech.is-assistant:not(.is-live)")).to_have_count(1)
    settled(page)
    page.keyboard.type("/whisper Ki")
    expect(meant(page).get_by_role("option", name="Kit", exact=True)).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.type("mind the step")
    page.keyboard.press("Enter")
    expect(page.locator(".speech.is-whisper")).to_have_count(2)
    settled(page)
    row(page, "Bev").get_by_role("button", name="About").press("Enter")
    page.get_by_role("dialog").get_by_role("button", name="Let Bev speak next").press("Enter")
    expect(row(page, "Bev")).to_contain_text("speaks next")
    page.locator(".desk-go").press("Enter")
    expect(page.locator(".speech.is-assistant:not(.is-live)")).to_have_count(3)
    settled(page)
    expect(page.locator(".desk-go")).to_be_focused()
    assert speakers(page)[-1] == "Bev Ruddock"


@pytest.mark.parametrize(
    ("locale", "company", "act"),
    [
        ("en-GB", "The whole company of The Rear Was Adequate", "Curtain up"),
        ("zh-CN", "两面崖回声站全班登台", "开幕"),
    ],
)
def test_on_a_phone(open_page: OpenPage, locale: str, company: str, act: str) -> None:
    page = open_page(locale=locale, viewport=PHONE, has_touch=True)
    wait_for_samples(page)
    page.goto("/stage")
    page.get_by_role("button", name=company).tap()
    page.get_by_role("button", name=act).tap()
    strip = page.locator(".cast-strip")
    expect(strip.locator(".cast-row")).to_have_count(3)
    third = strip.locator(".cast-row").nth(2)
    third.locator(".cast-choose").tap()
    expect(third).to_have_class(re.compile("is-next"))
    page.locator(".desk-go").tap()
    expect(page.locator(".speech.is-assistant:not(.is-live)")).to_have_count(1)
    settled(page)
    assert speakers(page) == [third.locator(".cast-who").inner_text()]
    strip.locator(".cast-whole").tap()
    expect(page.locator(".dialog-sheet-cast .cast-row")).to_have_count(3)
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
