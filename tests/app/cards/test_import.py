"""A card becomes a character that can be talked to."""

import json

import pytest
from sqlalchemy import func, select

from app.db.models import Avatar, CardFile, StoredCard, StoredLorebook
from tests.app.cards.shelf import LI, import_card, picture, send_card
from tests.app.running import Running, as_object, code_of, error_of, texts
from tests.characters.cards.carriers import (
    FIXTURES,
    V3,
    V3_TEXT,
    apng,
    archive,
    encode,
    jpeg,
    png,
    text_chunk,
    v2,
    webp,
)

pytestmark = pytest.mark.anyio


async def test_a_chinese_card_becomes_a_character(stage: Running) -> None:
    result = await import_card(stage, LI)
    character = result["character"]
    assert character["name"] == "林晚"
    assert character["profile"] == (
        "{{char}}在渡口撑船二十年，认得每一道水纹。\n\n性格：话少，心软\n\n"
        "场景：夜里起雾，{{user}}要过河。"
    )
    assert character["greeting"] == "{{user}}，今晚雾大，船不开。"
    assert character["alternate_greetings"] == LI["data"]["alternate_greetings"]
    assert (character["tags"], character["creator_notes"]) == (["渡口", "雾"], "为测试而写。")
    assert (character["language"], character["card"]) == ("zh", "v2")
    assert (character["lines"], character["examples"]) == (2, 2)
    assert result["script"]["title"] == "林晚（角色卡）"
    assert [one["name"] for one in result["script"]["speakers"]] == ["{{user}}", "林晚"]
    assert result["card"]["example_scenes"] == 2


async def test_greetings_are_alternatives_of_the_first_message(stage: Running) -> None:
    await import_card(stage, LI)
    conversation = await stage.open("林晚", user_name="小周")
    (first,) = conversation["messages"]
    assert first["content"] == "小周，今晚雾大，船不开。"
    assert len(first["alternatives"]) == 3
    said = []
    for id in first["alternatives"]:
        url = f"/api/conversations/{conversation['id']}/messages/{id}/activate"
        said += texts(as_object(await stage.http.post(url)))
    assert said == ["小周，今晚雾大，船不开。", "上来吧，小周，坐稳。", "渡口没有别人了。"]
    turn = await stage.say(conversation, "我要过河")
    assert turn["message"]["parent_id"] == first["alternatives"][2]


async def test_macros_are_expanded_where_a_prompt_is_made(stage: Running) -> None:
    await import_card(stage, LI)
    conversation = await stage.open("林晚", user_name="小周")
    turn = await stage.say(conversation, "这条河有多深？")
    prompt = stage.engine.calls[-1].prompt
    assert "{{" not in str(prompt)
    assert "林晚在渡口撑船二十年" in str(prompt)
    assert "场景：夜里起雾，小周要过河。" in str(prompt)
    assert "小周: 这条河有多深？\n林晚: 我的竹篙有两丈，小周，碰不到底。" in str(prompt)
    lines = turn["reply"]["examples"][0]["lines"]
    assert lines == ["小周: 这条河有多深？", "林晚: 我的竹篙有两丈，小周，碰不到底。"]


async def test_the_inspector_shows_lines_as_the_prompt_does(stage: Running) -> None:
    await import_card(stage, LI)
    query = {"query": "这条河有多深？", "user_name": "小周"}
    url = "/api/characters/林晚/examples"
    items = as_object(await stage.http.get(url, params=query))["items"]
    assert items[0]["lines"] == ["小周: 这条河有多深？", "林晚: 我的竹篙有两丈，小周，碰不到底。"]
    assert items[0]["shown"]


async def test_a_card_without_example_dialogue_can_be_talked_to(stage: Running) -> None:
    result = await import_card(stage, v2(first_mes="Hm?", mes_example="<START>\nNobody speaks."))
    assert result["script"] is None
    character = result["character"]
    assert (character["examples"], character["scripts"]) == (0, [])
    turn = await stage.say(await stage.open("vi"), "Hello there")
    assert turn["reply"]["content"]
    assert turn["reply"]["examples"] == []
    changed = await stage.http.patch("/api/admin/characters/vi", json={"name": "Violet"})
    assert changed.status_code == 200
    assert (await stage.indexed("vi"))["status"] == "ready"


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("content", "name", "origin"),
    [
        (png(text_chunk("chara", v2())), "Vi", "v2"),
        (png(text_chunk("chara", v2()), text_chunk("ccv3", V3)), "Maud Tarn", "v3"),
        (apng(text_chunk("chara", v2())), "Vi", "v2"),
        (webp(b"ASCII\0\0\0" + encode(v2())), "Vi", "v2"),
        (archive({"assets/x.txt": b"x", "card.json": V3_TEXT}), "Maud Tarn", "v3"),
        (jpeg() + archive({"card.json": V3_TEXT}), "Maud Tarn", "v3"),
        (V3_TEXT, "Maud Tarn", "v3"),
        (b"\xef\xbb\xbf" + V3_TEXT, "Maud Tarn", "v3"),
        ((FIXTURES / "ferry-clerk.v1.json").read_bytes(), "Olin", "v1"),
        ((FIXTURES / "cook.pygmalion.json").read_bytes(), "Bram", "pygmalion"),
        ((FIXTURES / "gardener.agnai.json").read_bytes(), "Ines", "agnai"),
    ],
    ids=["png", "png-both", "apng", "webp", "charx", "jpeg", "v3", "bom", "v1", "ooba", "agnai"],
)
async def test_every_carrier_and_shape(
    stage: Running, content: bytes, name: str, origin: str
) -> None:
    result = await import_card(stage, content)
    assert (result["character"]["name"], result["card"]["origin"]) == (name, origin)


@pytest.mark.one_database
async def test_yaml_is_told_by_its_name_or_asked_for(stage: Running) -> None:
    content = (FIXTURES / "watch.yaml").read_bytes()
    by_name = await send_card(stage, content, filename="watch.yaml")
    asked = await send_card(stage, content, filename="watch.txt", format="card")
    assert [r.json()["card"]["origin"] for r in (by_name, asked)] == ["yaml", "yaml"]


async def test_what_the_form_says_goes_before_the_card(stage: Running) -> None:
    result = await import_card(stage, LI, name="船娘", tagline="夜渡", language="en")
    character = result["character"]
    assert (character["name"], character["tagline"]) == ("船娘", "夜渡")
    assert character["language"] == "en"
    assert character["examples"] == 2


async def test_an_import_again_is_another_character_of_the_same_script(stage: Running) -> None:
    one = await import_card(stage, LI)
    other = await import_card(stage, LI)
    assert (one["character"]["slug"], other["character"]["slug"]) == ("林晚", "林晚-2")
    assert one["script"]["id"] == other["script"]["id"]
    changed = {**LI, "data": {**LI["data"], "mes_example": "{{char}}: 别的话，另一条河。"}}
    assert (await import_card(stage, changed))["script"]["title"] == "林晚（角色卡） (2)"


async def test_a_script_of_the_same_name_leaves_the_cards_alone(stage: Running) -> None:
    await import_card(stage, v2(mes_example="{{char}}: Mine alone."))
    await stage.upload("Vi: Another line.\nTom: And another.", "Vi.txt")
    turn = await stage.say(await stage.open("vi"), "Whose?")
    assert turn["reply"]["examples"][0]["lines"] == ["Vi: Mine alone."]


async def test_all_of_it_goes_with_the_character(stage: Running) -> None:
    book: dict[str, object] = {"extensions": {}, "entries": []}
    card = {**V3, "data": {**V3["data"], "character_book": book}}
    await import_card(
        stage, archive({"x.bin": b"x", "p.png": picture(), "card.json": encode(card)})
    )
    await stage.http.put(
        "/api/admin/characters/maud-tarn/avatar", files={"file": ("a.png", picture())}
    )
    await stage.open("maud-tarn")
    tables = (StoredCard, CardFile, Avatar, StoredLorebook)

    async def rows() -> list[int]:
        async with stage.services.database.read() as session:
            counts = [select(func.count()).select_from(table) for table in tables]
            return [await session.scalar(count) or 0 for count in counts]

    assert await rows() == [1, 2, 1, 1]
    response = await stage.http.delete("/api/admin/characters/maud-tarn")
    assert response.status_code == 204
    assert await rows() == [0, 0, 0, 0]


async def test_the_picture_is_made_our_own(stage: Running) -> None:
    large = picture(3000, 2000, "JPEG")
    card = {**V3, "data": {**V3["data"], "assets": [asset("embeded://p.jpg")]}}
    content = archive({"p.jpg": large, "card.json": encode(card)})
    avatar = (await import_card(stage, content))["character"]["avatar"]
    response = await stage.http.get(avatar)
    assert response.headers["content-type"] == "image/png"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in response.headers["content-security-policy"]
    assert "immutable" in response.headers["cache-control"]
    assert size_of(response.content) == (1024, 683)
    etag = response.headers["etag"]
    again = await stage.http.get(avatar.partition("?")[0], headers={"If-None-Match": etag})
    assert (again.status_code, again.headers["cache-control"]) == (304, "no-cache")


async def test_a_picture_that_is_none_is_a_warning(stage: Running) -> None:
    broken = b"\x89PNG\r\n\x1a\nnot really"
    card = {**V3, "data": {**V3["data"], "assets": [asset("embeded://p.png")]}}
    result = await import_card(stage, archive({"p.png": broken, "card.json": encode(card)}))
    assert result["character"]["avatar"] is None
    assert "picture" in result["card"]["warnings"][0]


async def test_pictures_can_be_changed_and_taken_away(stage: Running) -> None:
    await import_card(stage, LI)
    url = "/api/admin/characters/林晚/avatar"
    given = await stage.http.put(url, files={"file": ("a.gif", picture(5, 5, "GIF"))})
    assert size_of((await stage.http.get(given.json()["avatar"])).content) == (5, 5)
    refused = await stage.http.put(url, files={"file": ("a.txt", b"words")})
    assert code_of(refused) == "422 bad_picture"
    assert (await stage.http.delete(url)).json()["avatar"] is None
    assert code_of(await stage.http.get("/api/characters/林晚/avatar")) == "404 no_avatar"


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("content", "code"),
    [
        (png(), "422 no_card"),
        (jpeg(), "422 no_card"),
        (encode({**v2(), "data": {"name": " "}}), "422 no_name"),
        (archive({"card.json": V3_TEXT, "../x": b""}), None),
        (encode(v2(description="x" * 40_001)), "422 invalid_request"),
    ],
    ids=["png", "jpeg", "nameless", "unsafe", "long"],
)
async def test_refusals_store_nothing(stage: Running, content: bytes, code: str | None) -> None:
    response = await send_card(stage, content, filename="Vi.png")
    assert response.status_code == 422
    assert code is None or code_of(response) == code
    stats = as_object(await stage.http.get("/api/admin/stats"))
    assert (stats["scripts"], stats["characters"]) == (0, 0)


@pytest.mark.one_database
async def test_a_card_over_the_limit_is_told_the_limit(stage: Running) -> None:
    content = encode(v2(description="x" * 11 * 1024**2))
    response = await send_card(stage, content, format="card")
    assert code_of(response) == "413 too_large"
    assert "10 MiB" in error_of(response)["message"]


async def test_a_play_is_still_a_play(stage: Running) -> None:
    play = b"Vi: {{user}} is a word here, and this line is long enough.\nTom: So it is.\n"
    response = await send_card(stage, play, filename="Vi.txt")
    assert response.json()["card"] is None
    await stage.indexed("vi")
    turn = await stage.say(await stage.open("vi", user_name="Ann"), "Hello")
    assert "{{user}} is a word here" in turn["reply"]["examples"][0]["lines"][0]


def asset(uri: str) -> dict[str, str]:
    return {"type": "icon", "uri": uri, "name": "main", "ext": uri.rpartition(".")[2]}


def size_of(content: bytes) -> tuple[int, int]:
    """Width and height as the PNG's own header has them."""
    assert content[12:16] == b"IHDR"
    return int.from_bytes(content[16:20], "big"), int.from_bytes(content[20:24], "big")


@pytest.mark.one_database
async def test_inspection_tells_what_a_card_holds(stage: Running) -> None:
    response = await stage.http.post("/api/files/inspect", files={"file": ("x", V3_TEXT)})
    report = response.json()
    assert report["kind"] == "card"
    assert report["card"]["lorebook_entries"] == 1
    assert json.dumps(report["card"]["tags"]) == '["harbour", "weather"]'
