"""Scripts inside a card are stored under titles of their own, whatever the card says."""

from typing import Any

import pytest

from tests.app.cards.shelf import import_card, send_card
from tests.app.running import Json, Running, as_object, code_of
from tests.characters.cards.carriers import v2

pytestmark = pytest.mark.anyio


def carrying(title: object, **scene: Any) -> Json:
    """A card of Vi that carries a script in which she says a line."""
    said: Json = {"lines": [["Vi", "One.", ": ", None]], **scene}
    script = {"title": title, "scenes": [said]}
    packed = {"version": 1, "character": {}, "scripts": [script]}
    return v2(extensions={"offbook": packed})


async def titles(stage: Running) -> list[str]:
    listed = as_object(await stage.http.get("/api/scripts"))["items"]
    return sorted(script["title"] for script in listed)


HOSTILE = "a\x00 \ud83c"


@pytest.mark.parametrize("where", ["heading", "episode"])
async def test_a_heading_that_no_database_stores_is_stored_without_it(
    stage: Running, where: str
) -> None:
    imported = await import_card(stage, carrying("A Play", **{where: HOSTILE}))
    url = f"/api/scripts/{imported['script']['id']}/scenes"
    [scene] = as_object(await stage.http.get(url))["items"]
    assert scene[where] == "a ?"


async def test_a_title_that_no_database_stores_is_stored_without_it(stage: Running) -> None:
    await import_card(stage, carrying(f"{HOSTILE}\x1b[2J\u0085b"))
    assert await titles(stage) == ["a ? [2J b"]
    await import_card(stage, carrying("\x00 \x1b"))
    assert await titles(stage) == ["a ? [2J b", "script"]


@pytest.mark.one_database
@pytest.mark.parametrize(
    "line",
    [
        ["Vi", "One.", ": ", HOSTILE],
        ["Vi", HOSTILE, ": ", None],
        [HOSTILE, "One.", ": ", None],
        ["Vi", "One.", "\ud83c", None],
        ["Vi", "One.", ": ", 7],
    ],
)
async def test_a_damaged_line_is_named(stage: Running, line: list[object]) -> None:
    response = await send_card(stage, carrying("A Play", lines=[["Vi", "0", ": ", None], line]))
    assert code_of(response) == "422 damaged_script"
    assert "line 2" in response.text
    assert await titles(stage) == []


@pytest.mark.one_database
async def test_titles_are_numbered_where_they_are_taken_by_other_lines(stage: Running) -> None:
    await import_card(stage, carrying("  雷雨 \n 第一幕 "))
    await import_card(stage, carrying("雷雨 第一幕"))
    assert await titles(stage) == ["雷雨 第一幕"]
    for said in ("Two.", "Three.", "Two."):
        await import_card(stage, carrying("雷雨 第一幕", lines=[["Vi", said, ": ", None]]))
    assert await titles(stage) == ["雷雨 第一幕", "雷雨 第一幕 (2)", "雷雨 第一幕 (3)"]
    long = "x" * 300
    for said in ("One.", "Two."):
        await import_card(stage, carrying(long, lines=[["Vi", said, ": ", None]]))
    assert (await titles(stage))[:2] == ["x" * 192, "x" * 192 + " (2)"]
