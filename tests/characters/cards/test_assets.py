"""What a card's ``assets`` name: files beside it, data inside it, the picture it came in."""

from typing import Any

import pytest

from characters.cards.assets import Asset, find_avatar, picture_type, read_assets, resolve
from characters.cards.model import Card

PNG = b"\x89PNG\r\n\x1a\n main"
GIF = b"GIF89a other"
JPEG = b"\xff\xd8\xff carrier"


def card_of(*assets: Any, **fields: Any) -> Card:
    return Card("v3", {"name": "Vi", "assets": list(assets)}, **fields)


def icon(name: str, uri: str) -> dict[str, str]:
    return {"type": "icon", "name": name, "uri": uri, "ext": "png"}


@pytest.mark.parametrize(
    ("uri", "content"),
    [
        ("ccdefault:", JPEG),
        ("embeded://a/b.png", PNG),
        ("embedded://a/b.png", PNG),
        ("__ASSET:0", GIF),
        ("data:image/png;base64,QUJD", b"ABC"),
        ("data:;base64,QUJ%44", b"ABC"),
        ("data:text/plain,a%20b", b"a b"),
        ("data:no comma", b""),
        ("data:;base64,A", None),
        ("embeded://../a/b.png", None),
        ("a/B.png", PNG),
        ("https://example.org/a.png", None),
        ("file:///a/b.png", None),
        ("", None),
    ],
)
def test_what_a_uri_names(uri: str, content: bytes | None) -> None:
    card = card_of(picture=JPEG, files={"a/b.png": PNG, "__asset:0": GIF})
    assert resolve(card, uri) == content


def test_entries_of_another_type_are_left_out_and_their_fields_are_texts() -> None:
    card = card_of({"type": 1, "name": None, "uri": []}, "icon", None, icon("main", "data:,x"))
    assert read_assets(card) == [
        Asset("", "", "", None),
        Asset("icon", "main", "data:,x", b"x"),
    ]


@pytest.mark.parametrize("data", [{}, {"assets": None}, {"assets": {"type": "icon"}}])
def test_without_a_list_the_picture_is_the_icon(data: Any) -> None:
    assert read_assets(Card("v3", data, picture=GIF)) == [Asset("icon", "main", "ccdefault:", GIF)]


FILES = {"main.png": PNG, "other.gif": GIF, "notes.txt": b"text"}
MAIN, OTHER = icon("main", "embeded://main.png"), icon("other", "embeded://other.gif")


@pytest.mark.parametrize(
    ("assets", "avatar"),
    [
        ([OTHER, MAIN], PNG),
        ([OTHER], GIF),
        ([icon("main", "https://example.org/a.png"), OTHER], GIF),
        ([icon("main", "embeded://notes.txt"), OTHER], GIF),
        ([{**MAIN, "type": "background"}], JPEG),
        ([], JPEG),
    ],
)
def test_the_avatar_is_the_main_icon_or_the_next_best_picture(
    assets: list[Any], avatar: bytes
) -> None:
    assert find_avatar(card_of(*assets, files=FILES, picture=JPEG)) == avatar


@pytest.mark.parametrize(
    ("avatar", "found"),
    [
        ("data:image/gif;base64,R0lGODlh", b"GIF89a"),
        ("data:image/gif;base64,R", None),
        ("data:text/plain,no%20picture", None),
        ("https://example.org/a.gif", None),
        (7, None),
    ],
)
def test_agnai_keeps_the_avatar_beside_the_fields(avatar: object, found: bytes | None) -> None:
    assert find_avatar(card_of(envelope={"avatar": avatar})) == found


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (PNG, "png"),
        (GIF, "gif"),
        (b"GIF87a", "gif"),
        (JPEG, "jpg"),
        (b"RIFF\0\0\0\0WEBP", "webp"),
        (b"RIFF\0\0\0\0WAVE", None),
        (b"<svg/>", None),
        (b"\x89PNG", None),
        (b"", None),
    ],
)
def test_pictures_are_known_by_their_first_bytes(content: bytes, kind: str | None) -> None:
    assert picture_type(content) == kind
