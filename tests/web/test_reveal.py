"""The script beside its cast, as it was read; several files, pasted text, and what is no script."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.web.conftest import PHONE, OpenPage, wait_for

pytestmark = pytest.mark.browser

LAMP = """# Act One: The Lamp Room

Night. Rain on the glass.

AGNES: Eleven winters, and not one of them was dry.
TOBIAS: You have been saying that for ten.
Nobody moves for a while

AGNES: That is not the buoy. The buoy has a cold.
TOBAIS: Then what is it?
McCOY: A ship, with nobody to ring it.
TOBIAS: Is anybody at the wheel?
AGNES: Somebody is always at the wheel.
TOBIAS: Who says so?
TOBIAS: Nobody.
"""

CODE = """class Lamp:
    def lit(self):
        try:
            return self.oil > 0
        except ValueError:
            print("error: dry")
        else:
            pass

lamp: Lamp = Lamp()
if lamp.lit():  # a comment: yes
    print("lit: yes")
"""


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def choose(page: Page, *paths: Path) -> None:
    page.goto("/upload")
    page.get_by_label("Drop a file here").set_input_files(paths)
    expect(page.locator(".sheet-line").first).to_be_visible()


def said_by(page: Page, name: str) -> Locator:
    return page.locator(f'.sheet-line[data-speaker="{name}"]')


def press_create(page: Page) -> None:
    page.locator(".act").last.locator(".button-primary").last.click()


def create(page: Page) -> None:
    press_create(page)
    expect(page.get_by_role("heading", name=re.compile("rehearsal$"))).to_be_visible()


def test_the_script_is_set_as_it_was_read(page: Page, tmp_path: Path) -> None:
    choose(page, write(tmp_path, "lamp room.txt", LAMP))
    sheet = page.get_by_label("The script as it was read")
    rows = sheet.locator(".sheet-page > *")
    expect(rows.nth(0)).to_have_text("Act One: The Lamp Room")
    expect(rows.nth(1)).to_have_text("Night. Rain on the glass.")
    expect(rows.nth(2)).to_have_text("Agnes Eleven winters, and not one of them was dry.")
    doubt = rows.nth(4)
    expect(doubt).to_contain_text("Nobody moves for a while")
    expect(doubt).to_contain_text("Row 7: The row has no colon")
    expect(sheet).to_contain_text("The end")
    expect(said_by(page, "McCOY")).to_contain_text("McCoy")


def test_speakers_light_up(page: Page, tmp_path: Path) -> None:
    choose(page, write(tmp_path, "lamp room.txt", LAMP))
    agnes = page.locator('.speaker[data-speaker="AGNES"]')
    lit = re.compile("is-lit")
    agnes.hover()
    expect(said_by(page, "AGNES").first).to_have_class(lit)
    expect(said_by(page, "TOBIAS").first).not_to_have_class(lit)
    page.get_by_role("heading", name="What was read").hover()
    expect(said_by(page, "AGNES").first).not_to_have_class(lit)
    tobias = page.get_by_role("checkbox", name=re.compile("^Tobias "))
    tobias.focus()
    expect(said_by(page, "TOBIAS").first).to_have_class(lit)
    tobias.press("Space")
    page.get_by_label("Title of the script").focus()
    expect(said_by(page, "TOBIAS").first).to_have_class(lit)
    said_by(page, "McCOY").hover()
    expect(page.locator('.speaker[data-speaker="McCOY"]')).to_have_class(re.compile("is-pointed"))


def test_a_slip_is_merged_into_the_name_with_most_lines(page: Page, tmp_path: Path) -> None:
    choose(page, write(tmp_path, "lamp room.txt", LAMP))
    slip = page.locator(".merge").filter(has_text="Only a slip of the pen")
    expect(slip.locator(".merge-names")).to_contain_text("TOBAIS")
    slip.get_by_role("button", name=re.compile("^Keep apart")).click()
    page.get_by_role("button", name="Tobias: same as…", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("combobox")).to_have_value("TOBAIS")
    dialog.get_by_role("button", name="Merge").click()
    expect(page.get_by_role("checkbox", name=re.compile("^Tobias 5 lines"))).to_be_visible()
    expect(said_by(page, "TOBIAS")).to_have_count(5)


def test_a_character_is_suggested_from_its_script(page: Page, tmp_path: Path) -> None:
    choose(page, write(tmp_path, "the lamp.txt", LAMP))
    page.get_by_role("checkbox", name=re.compile("^Agnes ")).check()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Agnes")
    own = (
        "Eleven winters, and not one of them was dry.",
        "That is not the buoy. The buoy has a cold.",
    )
    assert page.get_by_label("Greeting").input_value() in own
    openers = page.get_by_label("Openers").input_value().split("\n")
    assert "Is anybody at the wheel?" in openers
    create(page)
    wait_for(page, "/api/characters/agnes", lambda found: found["status"] == "ready")
    agnes = page.request.get("/api/characters/agnes").json()
    assert (agnes["name"], agnes["speakers"], agnes["lines"]) == ("Agnes", ["AGNES"], 3)
    assert agnes["openers"] == openers
    assert agnes["greeting"] in own


def test_what_is_no_script_must_be_confirmed(page: Page, tmp_path: Path) -> None:
    choose(page, write(tmp_path, "lamp.py", CODE))
    expect(page.get_by_role("alert")).to_contain_text("This looks like source code")
    page.get_by_role("checkbox", name=re.compile("^else ")).check()
    press_create(page)
    sure = page.get_by_role("checkbox", name="Make characters of it all the same")
    expect(sure).to_be_focused()
    expect(page.locator(".notice-bad").last).to_contain_text("Confirm above")
    assert "lamp" not in [s["title"] for s in page.request.get("/api/scripts").json()["items"]]
    sure.check()
    create(page)


def test_several_files_become_one_script_in_their_order(page: Page, tmp_path: Path) -> None:
    one = write(tmp_path, "night-ep1.txt", "ILSE: This is the first part.\nJAN: So it is.\n")
    two = write(tmp_path, "night-ep2.txt", "ILSE: This is the second part.\nJAN: I know.\n")
    three = write(tmp_path, "night-ep3.txt", "Nobody speaks in this one.\n")
    choose(page, one, two, three)
    expect(page.get_by_role("radio", name="One script, in this order")).to_be_checked()
    files = page.locator(".file")
    expect(files.nth(0)).to_contain_text("2 lines, 2 speakers")
    expect(files.nth(2)).to_contain_text(re.compile("dialogue", re.IGNORECASE))
    page.get_by_role("button", name="Leave out night-ep3.txt").click()
    page.get_by_role("button", name="Move night-ep2.txt up").click()
    expect(files.nth(0)).to_contain_text("night-ep2.txt")
    expect(said_by(page, "ILSE").first).to_contain_text("the second part")
    expect(page.get_by_label("Title of the script")).to_have_value("night")
    page.get_by_role("checkbox", name=re.compile("^Ilse ")).check()
    create(page)
    (stored,) = [
        s for s in page.request.get("/api/scripts").json()["items"] if s["title"] == "night"
    ]
    scenes = page.request.get(f"/api/scripts/{stored['id']}/scenes").json()["items"]
    assert [scene["lines"][0]["text"] for scene in scenes] == [
        "This is the second part.",
        "This is the first part.",
    ]


def test_several_files_become_a_script_each(page: Page, tmp_path: Path) -> None:
    pier = write(tmp_path, "pier at dawn.txt", "ILSE: Who moved the boats?\nJAN: The tide did.\n")
    mill = write(tmp_path, "old mill.txt", "UTE: Is it grinding?\nJAN: It never stops.\n")
    choose(page, pier, mill)
    expect(page.get_by_role("radio", name="A script of its own from each")).to_be_checked()
    expect(page.get_by_label("Title of the script")).to_have_value("pier at dawn")
    page.get_by_role("button", name="Show old mill.txt").click()
    expect(page.get_by_label("Title of the script")).to_have_value("old mill")
    page.get_by_role("checkbox", name=re.compile("^Ute ")).check()
    create(page)
    page.get_by_role("button", name="Next: pier at dawn.txt").click()
    expect(page.get_by_label("Title of the script")).to_have_value("pier at dawn")
    expect(page.locator(".file").nth(1)).to_contain_text("Its characters are made.")


def test_a_scene_can_be_pasted(page: Page) -> None:
    page.goto("/upload")
    page.get_by_text("Or paste a scene").click()
    page.get_by_label("The scene").fill(
        "# By the Well\n\nLENE: Is there water?\nPAUL: There was.\n"
    )
    page.get_by_role("button", name="Read it").click()
    expect(page.get_by_label("Title of the script")).to_have_value("By the Well")
    expect(said_by(page, "LENE")).to_have_text("Lene Is there water?")


def test_a_long_script_comes_in_pages(page: Page, tmp_path: Path) -> None:
    rows = (f"ILSE: Row {n} of a long night.\n" + "\n" * (n % 20 == 19) for n in range(9_000))
    choose(page, write(tmp_path, "a long night.txt", "".join(rows)))
    lines = page.locator(".sheet-line")
    assert lines.count() <= 4 * 320
    sheet = page.get_by_label("The script as it was read")
    for _ in range(6):
        sheet.evaluate("node => node.scrollTo(0, node.scrollHeight)")
        page.wait_for_timeout(50)
    more = page.get_by_role("button", name="Read on")
    expect(more).to_be_visible()
    assert lines.count() <= 4 * 320
    before = lines.count()
    more.click()
    expect(lines.nth(before)).to_be_attached()


def test_on_a_phone_and_in_chinese(open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page(viewport=PHONE, has_touch=True, locale="zh-CN")
    page.goto("/upload")
    page.get_by_label("把文件拖到这里").set_input_files(write(tmp_path, "灯塔.txt", LAMP))
    expect(page.locator(".sheet-line").first).to_be_visible()
    expect(page.locator(".sheet-doubt")).to_contain_text("第 7 行")
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
