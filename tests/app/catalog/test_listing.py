"""Lists of characters: searched, filtered by tag and favourites, in three orders."""

import pytest

from tests.app.cards.shelf import LI, import_card
from tests.app.running import Running, as_object, code_of

pytestmark = pytest.mark.anyio

CHINESE = "苏婶：下雨了，快收豆腐皮！\n老闻：登记了，雨三滴。\n"


async def names(stage: Running, **query: str | int | bool) -> list[str]:
    response = await stage.http.get("/api/characters", params=query)
    assert response.status_code == 200, response.text
    return [item["name"] for item in as_object(response)["items"]]


async def all_pages(stage: Running, **query: str | int | bool) -> list[str]:
    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        asked = {**query, "limit": 1, **({"cursor": cursor} if cursor else {})}
        page = as_object(await stage.http.get("/api/characters", params=asked))
        found += [item["name"] for item in page["items"]]
        cursor = page["next_cursor"]
        assert len(found) < 20
    return found


async def a_cast(stage: Running) -> None:
    """Clara, Ben, 林晚 (tags 渡口 and 雾) and 老闻, in the order of their making."""
    ids = [(await stage.upload())["id"]]
    await stage.make_character("Clara", script_ids=ids, aliases=["The Reader"])
    await stage.make_character("Ben", script_ids=ids)
    await import_card(stage, LI)
    chinese = [(await stage.upload(CHINESE, "两面崖.txt"))["id"]]
    await stage.make_character("老闻", script_ids=chinese)


async def test_a_search_finds_every_text_that_introduces_a_character(stage: Running) -> None:
    await a_cast(stage)
    assert await names(stage, q="READER") == ["Clara"]  # an alias
    assert await names(stage, q="口") == ["林晚"]  # in a tag, and in the profile
    assert await names(stage, q="面崖") == ["老闻"]  # the script's title
    assert await names(stage, q="竹") == []
    assert await names(stage, q="u6e21") == []  # how JSON would write 渡
    for wild in ("%", "_", "\\", '"', "]"):
        assert await names(stage, q=wild) == [], wild


async def test_a_tag_is_matched_whole(stage: Running) -> None:
    await a_cast(stage)
    assert await names(stage, tag="渡口") == ["林晚"]
    assert await names(stage, tag="渡") == []
    assert await names(stage, tag="渡口", q="Ben") == []


async def test_the_readers_language_comes_first_in_every_order(stage: Running) -> None:
    await a_cast(stage)
    assert await names(stage) == ["老闻", "林晚", "Ben", "Clara"]
    assert await names(stage, first="en") == ["Ben", "Clara", "老闻", "林晚"]
    assert await names(stage, sort="name") == ["Ben", "Clara", "林晚", "老闻"]
    assert await names(stage, sort="name", first="zh") == ["林晚", "老闻", "Ben", "Clara"]
    await stage.open("clara")
    await stage.open("林晚")
    assert await names(stage, sort="talked") == ["林晚", "Clara", "老闻", "Ben"]
    assert await names(stage, sort="talked", first="en") == ["Clara", "Ben", "林晚", "老闻"]


async def test_pages_follow_each_other_in_every_order(stage: Running) -> None:
    await a_cast(stage)
    await stage.open("clara")
    for sort in ("newest", "name", "talked"):
        for first in ("", "en", "zh"):
            query = {"sort": sort, **({"first": first} if first else {})}
            assert await all_pages(stage, **query) == await names(stage, **query), query
    unknown = "0197d4b4-0000-7000-8000-000000000000"
    gone = await stage.http.get("/api/characters", params={"sort": "name", "cursor": unknown})
    assert code_of(gone) == "422 invalid_cursor"


async def test_favourites_are_each_callers_own(stage: Running) -> None:
    await a_cast(stage)
    for slug in ("ben", "林晚", "ben"):
        liked = await stage.http.put(f"/api/characters/{slug}/favourite")
        assert liked.status_code == 204
    assert as_object(await stage.http.get("/api/favourites")) == {"items": ["林晚", "ben"]}
    assert await names(stage, favourites=True) == ["林晚", "Ben"]
    assert await all_pages(stage, favourites=True, sort="name") == ["Ben", "林晚"]
    assert (await stage.http.delete("/api/characters/ben/favourite")).status_code == 204
    assert (await stage.http.delete("/api/characters/ben/favourite")).status_code == 204
    assert as_object(await stage.http.get("/api/favourites")) == {"items": ["林晚"]}
    missing = await stage.http.put("/api/characters/nobody/favourite")
    assert code_of(missing) == "404 character_not_found"
    assert (await stage.http.delete("/api/admin/characters/林晚")).status_code == 204
    assert as_object(await stage.http.get("/api/favourites")) == {"items": []}


async def test_the_signature_is_a_line_of_the_character(stage: Running) -> None:
    await a_cast(stage)
    ben = as_object(await stage.http.get("/api/characters/ben"))
    assert ben["signature"] == "When winter comes I shall mend the nets and wait."
    assert (
        as_object(await stage.http.get("/api/characters/老闻"))["signature"] == "登记了，雨三滴。"
    )
