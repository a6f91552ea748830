"""Conversations found by title, character and what was said."""

import pytest

from app.conversations.searching import excerpt
from tests.app.running import Running, as_object

pytestmark = pytest.mark.anyio


async def test_what_was_said_is_found_with_the_words_around_it(stage: Running) -> None:
    await stage.make_character(greeting="你好，欢迎光临两面崖回声站。")
    await stage.make_character("Anna", greeting="")
    first, second, third = [await stage.open(slug) for slug in ("ben", "anna", "anna")]
    await stage.say(first, "Is the LIGHTHOUSE 100% dry?")
    await stage.say(second, "Where are the nets?")
    url = f"/api/conversations/{third['id']}"
    await stage.http.patch(url, json={"title": "豆腐与回声"})

    async def found(q: str) -> list[tuple[str, str | None]]:
        response = await stage.http.get("/api/conversations", params={"q": q})
        return [(item["id"], item["excerpt"]) for item in as_object(response)["items"]]

    [(id, shown)] = await found("lighthouse 100%")
    assert id == first["id"]
    assert (shown or "").startswith('"Is the LIGHTHOUSE 100% dry?", you say?')  # the reply
    assert await found("回声") == [
        (first["id"], "你好，欢迎光临两面崖回声站。"),
        (third["id"], None),
    ]
    assert [id for id, _ in await found("anna")] == [second["id"], third["id"]]
    assert await found("lighthouse_100") == []
    assert [each for each, _ in await found("  ")] == [second["id"], first["id"], third["id"]]
    await stage.http.delete(url)
    assert [id for id, _ in await found("回声")] == [first["id"]]


def test_an_excerpt_is_short_and_holds_what_was_sought() -> None:
    long = "a " * 100 + "Needle\n in " + "b " * 100
    cut = excerpt(long, "needle in")
    assert cut.startswith("…")
    assert cut.endswith("…")
    assert "Needle in b" in cut
    assert len(cut) == 122
    assert excerpt("Short.", "short") == "Short."
