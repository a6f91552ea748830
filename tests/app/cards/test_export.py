"""Characters go out as cards that other programs read, and nothing that came in is lost."""

import json
import zipfile
from io import BytesIO
from typing import Any

import pytest

from app.settings import Settings
from tests.app.cards.shelf import LI, export, import_card, picture, send_card
from tests.app.running import Json, Running, as_object, code_of, error_of, running
from tests.characters.cards.carriers import (
    FIXTURES,
    V3,
    V3_TEXT,
    archive,
    encode,
    png,
    text_chunk,
    texts_of,
)
from tests.characters.cards.rules import check_v2, check_v3

pytestmark = pytest.mark.anyio

BOOK = {
    "name": "渡口志",
    "extensions": {"x_book": 1},
    "x_unknown": [1],
    "entries": [
        {
            "keys": ["竹篙"],
            "content": "竹篙是祖父削的。",
            "extensions": {"depth": 4},
            "enabled": True,
            "insertion_order": 3,
            "x_entry": {"kept": True},
        }
    ],
}
WITH_BOOK = {**LI, "data": {**LI["data"], "character_book": BOOK}}


def charx_json(content: bytes) -> Json:
    with zipfile.ZipFile(BytesIO(content)) as opened:
        card: Json = json.loads(opened.read("card.json"))
    return card


async def test_v2_json_comes_back_as_it_was(stage: Running) -> None:
    await import_card(stage, WITH_BOOK)
    card = json.loads(await export(stage, "林晚", format="v2"))
    check_v2(card)
    assert card == WITH_BOOK


async def test_whatever_json_can_say_is_kept(stage: Running) -> None:
    odd: Json = {
        "nul": "a\0b",
        "half a pair": "\ud800",
        "\0": [2**70, -0.5, 1e300, True, None, {}, []],
        "deep": [[[[[[[[{"x": [{}]}]]]]]]]],
    }
    card = {**LI, "x": odd, "data": {**LI["data"], "extensions": odd, "y": odd}}
    await import_card(stage, encode(card))
    assert json.loads(await export(stage, "林晚", format="v2")) == card


@pytest.mark.one_database
@pytest.mark.parametrize(
    "name",
    ["cook.pygmalion.json", "ferry-clerk.v1.json", "gardener.agnai.json", "lantern-keeper.v3.json"],
)
async def test_other_programs_accept_every_export(stage: Running, name: str) -> None:
    made = (await import_card(stage, (FIXTURES / name).read_bytes()))["character"]
    slug = made["slug"]
    check_v2(json.loads(await export(stage, slug, format="v2")))
    check_v3(json.loads(await export(stage, slug, format="v3")))
    check_v3(charx_json(await export(stage, slug, format="charx")))
    (_, v2), (_, v3) = texts_of(await export(stage, slug, format="png"))
    check_v2(v2)
    check_v3(v3)


async def test_v3_json_comes_back_but_for_the_date_of_export(stage: Running) -> None:
    await import_card(stage, V3_TEXT)
    card = json.loads(await export(stage, "maud-tarn", format="v3"))
    check_v3(card)
    assert card["data"].pop("modification_date") > 1_700_000_001
    expected = json.loads(V3_TEXT)
    del expected["data"]["modification_date"]
    assert card == expected


async def test_a_png_has_v2_first_and_then_v3(stage: Running) -> None:
    await import_card(stage, png(text_chunk("ccv3", V3), text_chunk("Comment", "x")))
    content = await export(stage, "maud-tarn", format="png")
    (first, v2), (second, v3) = texts_of(content)
    assert (first, second) == ("chara", "ccv3")
    check_v2(v2)
    check_v3(v3)
    assert "@@depth" not in v2["data"]["character_book"]["entries"][0]["content"]
    assert v3["data"]["extensions"] == V3["data"]["extensions"]
    assert v3["data"]["assets"] == V3["data"]["assets"]
    from PIL import Image

    with Image.open(BytesIO(content)) as opened:
        assert (opened.format, opened.size) == ("PNG", (1, 1))


async def test_a_charx_keeps_every_file(stage: Running) -> None:
    files = {"x_meta/a.json": b"{}", "module.risum": b"\0\1", "assets/icon/image/m.png": picture()}
    icon = {
        "type": "icon",
        "uri": "embeded://assets/icon/image/m.png",
        "name": "main",
        "ext": "png",
    }
    card = {**V3, "data": {**V3["data"], "assets": [icon]}}
    await import_card(stage, archive({**files, "card.json": encode(card)}))
    content = await export(stage, "maud-tarn", format="charx")
    check_v3(charx_json(content))
    assert charx_json(content)["data"]["assets"] == [icon]
    with zipfile.ZipFile(BytesIO(content)) as opened:
        assert {name: opened.read(name) for name in files} == files
    again = await import_card(stage, content)
    assert again["character"]["avatar"] is not None


@pytest.mark.one_database
@pytest.mark.parametrize("format", ["v2", "v3", "png", "charx"])
async def test_every_format_can_be_imported_again(stage: Running, format: str) -> None:
    first = (await import_card(stage, WITH_BOOK))["character"]
    content = await export(stage, "林晚", format=format)
    second = (await import_card(stage, content))["character"]
    kept = ("name", "profile", "greeting", "alternate_greetings", "tags", "language", "examples")
    assert {name: second[name] for name in kept} == {name: first[name] for name in kept}
    card = json.loads(await export(stage, second["slug"], format="v2"))
    for name in ("extensions", "x_unknown", "character_book"):
        expected: Any = WITH_BOOK["data"][name]
        if name == "character_book" and format != "v2":
            more = {"use_regex": False, "constant": False}
            expected = {**BOOK, "entries": [{**BOOK["entries"][0], **more}]}  # type: ignore[index]
        assert card["data"][name] == expected
    assert card["x_beside"] == ["kept", 7]


async def test_edits_win_and_the_rest_survives(stage: Running) -> None:
    await import_card(stage, WITH_BOOK)
    url = "/api/admin/characters/林晚"
    edits = {"greeting": "上船。", "tags": ["河"], "alternate_greetings": []}
    assert (await stage.http.patch(url, json=edits)).status_code == 200
    data = json.loads(await export(stage, "林晚", format="v2"))["data"]
    edited = {"first_mes": "上船。", "tags": ["河"], "alternate_greetings": []}
    assert data == {**WITH_BOOK["data"], **edited}
    assert (await stage.http.patch(url, json={"profile": "新的人设"})).status_code == 200
    data = json.loads(await export(stage, "林晚", format="v2"))["data"]
    written = ("description", "personality", "scenario")
    assert [data[name] for name in written] == ["新的人设", "", ""]


async def test_fields_that_sillytavern_writes_twice_agree(stage: Running) -> None:
    both = {**LI, **{name: LI["data"][name] for name in ("name", "first_mes", "tags")}}
    await import_card(stage, both)
    await stage.http.patch("/api/admin/characters/林晚", json={"greeting": "上船。"})
    card = json.loads(await export(stage, "林晚", format="v2"))
    assert card["first_mes"] == card["data"]["first_mes"] == "上船。"


async def test_a_character_of_a_script_becomes_a_card(stage: Running) -> None:
    await stage.make_character(profile="Keeps a lamp.", greeting="Who is there?")
    v2 = json.loads(await export(stage, "ben", format="v2"))
    check_v2(v2)
    check_v3(json.loads(await export(stage, "ben", format="v3")))
    assert (v2["data"]["name"], v2["data"]["description"]) == ("Ben", "Keeps a lamp.")
    assert v2["data"]["mes_example"].startswith(
        "<START>\n{{user}}: Good morning, Ben. Did you bring the letter that I asked for?\n"
        "{{char}}: I brought the letter"
    )
    assert "Clara: Is the lighthouse" not in v2["data"]["mes_example"]
    assert "offbook" not in v2["data"]["extensions"]
    (_, chara), (_, ccv3) = texts_of(await export(stage, "ben", format="png"))
    check_v2(chara)
    check_v3(ccv3)


@pytest.mark.one_database
@pytest.mark.parametrize("format", ["v2", "png", "charx"])
async def test_a_card_carries_its_script_to_another_installation(
    stage: Running, settings: Settings, format: str
) -> None:
    made = await stage.make_character(
        profile="Keeps a lamp.", tagline="He waits.", aliases=["Clara"], sampling={"top_k": 7}
    )
    content = await export(stage, "ben", format=format, script=True)
    scenes = as_object(await stage.http.get(f"/api/scripts/{made['scripts'][0]['id']}/scenes"))
    await stage.http.delete("/api/admin/characters/ben")
    await stage.http.delete(f"/api/scripts/{made['scripts'][0]['id']}")
    result = await import_card(stage, content)
    assert result["card"]["carries_script"]
    moved = result["character"]
    kept = ("name", "profile", "tagline", "aliases", "speakers", "lines", "examples", "sampling")
    assert {name: moved[name] for name in kept} == {name: made[name] for name in kept}
    assert result["script"]["title"] == "play"
    url = f"/api/scripts/{result['script']['id']}/scenes"
    spoken = [
        [(line["speaker"], line["text"]) for line in scene["lines"]]
        for scene in as_object(await stage.http.get(url))["items"]
    ]
    assert spoken == [
        [(line["speaker"], line["text"]) for line in scene["lines"]] for scene in scenes["items"]
    ]


@pytest.mark.one_database
async def test_a_script_too_long_for_a_card_is_refused(settings: Settings) -> None:
    limits = settings.limits.model_copy(update={"card_json_bytes": 600})
    async with running(settings.model_copy(update={"limits": limits})) as stage:
        await stage.make_character()
        url = "/api/characters/ben/card"
        assert (await stage.http.get(url)).status_code == 200
        response = await stage.http.get(url, params={"script": True})
        assert code_of(response) == "413 card_too_large"
        assert "600 are allowed" in error_of(response)["message"]


@pytest.mark.one_database
async def test_a_damaged_script_in_a_card_is_refused(stage: Running) -> None:
    carried = {"version": 1, "scripts": [{"title": "x", "scenes": [{"lines": [["A", "b"]]}]}]}
    for value, code in ((carried, "damaged_script"), ({**carried, "version": 2}, "newer_version")):
        card = {**LI, "data": {**LI["data"], "extensions": {"offbook": value}}}
        assert code_of(await send_card(stage, card)) == f"422 {code}"


async def test_only_who_may_upload_may_export(database_url: str, settings: Settings) -> None:
    away = settings.model_copy(
        update={
            "server": settings.server.model_copy(update={"host": "0.0.0.0"}),
            "access": settings.access.model_copy(
                update={"admin_key": _secret("a-key-of-the-tests")}
            ),
        }
    )
    async with running(away) as stage:
        stage.http.headers["Authorization"] = "Bearer a-key-of-the-tests"
        await import_card(stage, png(text_chunk("chara", LI)))
        assert (await stage.http.get("/api/characters/林晚/card")).status_code == 200
        async with stage.client() as visitor:
            for path in ("/card", "/card?script=1"):
                response = await visitor.get(f"/api/characters/林晚{path}")
                assert code_of(response) == "403 uploads_closed"
            assert (await visitor.get("/api/characters/林晚/avatar")).status_code == 200
            await stage.http.post("/api/admin/characters/林晚/unpublish")
            hidden = await visitor.get("/api/characters/林晚/avatar")
            assert code_of(hidden) == "404 character_not_found"


def _secret(value: str) -> Any:
    from pydantic import SecretStr

    return SecretStr(value)


async def test_the_file_is_called_like_the_character(stage: Running) -> None:
    await import_card(stage, LI)
    response = await stage.http.get("/api/characters/林晚/card", params={"format": "v3"})
    name = "%E6%9E%97%E6%99%9A.v3.json"
    assert response.headers["content-disposition"] == f"attachment; filename*=UTF-8''{name}"
