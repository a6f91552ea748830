import base64
import io
import json
import struct
import zipfile
from typing import Any

import pytest

from characters.cards.assets import find_avatar, read_assets
from characters.cards.model import CardLimits
from characters.cards.reader import read_card
from characters.errors import CardError
from tests.characters.cards import carriers
from tests.characters.cards.carriers import FIXTURES, V1, V3, V3_TEXT, encode, png, text_chunk, v2


def refuse(content: bytes, limits: CardLimits | None = None) -> CardError:
    with pytest.raises(CardError) as refused:
        read_card(content, limits or CardLimits())
    return refused.value


def streamed(files: dict[str, bytes]) -> bytes:
    """An archive whose sizes stand behind the data, as a program that streams writes it."""

    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self.content = bytearray()

        def writable(self) -> bool:
            return True

        def write(self, data: Any) -> int:
            self.content += data
            return len(data)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as opened:
        for path, content in files.items():
            opened.writestr(path, content)
    return bytes(pipe.content)


ICON = png()
CHARX = {"assets/icon/image/main.png": ICON, "module.risum": b"\0risu", "card.json": V3_TEXT}
CARRIERS = {
    "json": V3_TEXT,
    "json with a byte order mark": b"\xef\xbb\xbf" + V3_TEXT,
    "json in UTF-16": V3_TEXT.decode().encode("utf-16"),
    "png": png(text_chunk("ccv3", V3)),
    "png, keyword in capitals": png(text_chunk("CCV3", V3)),
    "png, both versions": png(text_chunk("chara", v2(name="old")), text_chunk("ccv3", V3)),
    "png, card before the pixels": png(before=text_chunk("ccv3", V3)),
    "apng": carriers.apng(text_chunk("ccv3", V3)),
    "webp": carriers.webp(V3_TEXT),
    "webp, character code named": carriers.webp(b"ASCII\0\0\0" + encode(V3)),
    "charx": carriers.archive(CHARX),
    "charx, stored": carriers.archive(CHARX, zipfile.ZIP_STORED),
    "charx, streamed": streamed(CHARX),
    "charx after a program": b"MZ program" + carriers.archive(CHARX),
    "jpeg and charx": carriers.jpeg() + carriers.archive(CHARX),
}


@pytest.mark.parametrize("carrier", CARRIERS)
def test_the_same_card_comes_out_of_every_carrier(carrier: str) -> None:
    card = read_card(CARRIERS[carrier])
    assert card.origin == "v3"
    assert card.data == V3["data"]
    assert card.envelope == {"x_beside": 7}
    assert (card.name, card.spoken_name) == ("Maud Tarn", "Maud")
    assert card.texts("alternate_greetings") == ("You again.", "灯还亮着。")
    assert card.warnings == ()


@pytest.mark.parametrize(
    ("file", "origin", "fields"),
    [
        ("ferry-clerk.v1.json", "v1", {"name": "Olin", "first_mes": "One way or undecided?"}),
        (
            "gardener.agnai.json",
            "agnai",
            {
                "description": "trade: gardener\nlikes: rain, moss",
                "creator_notes": "A note for people.",
                "first_mes": "Mind the seedlings.",
                "mes_example": "{{user}}: Hello.\n{{char}}: Softly.",
            },
        ),
        (
            "cook.pygmalion.json",
            "pygmalion",
            {"name": "Bram", "description": "A cook of one dish.", "scenario": "A kitchen at sea."},
        ),
        (
            "watch.yaml",
            "yaml",
            {
                "name": "No",
                "description": "Watches the gate; answers to No.\n",
                "first_mes": "Halt.",
            },
        ),
    ],
)
def test_older_shapes(file: str, origin: str, fields: dict[str, str]) -> None:
    card = read_card((FIXTURES / file).read_bytes())
    assert card.origin == origin
    assert {name: card.text(name) for name in fields} == fields


@pytest.mark.parametrize(
    ("data", "field", "expected"),
    [
        ({"alternate_greetings": "Hm, yes."}, "alternate_greetings", ["Hm, yes."]),
        ({"alternate_greetings": None}, "alternate_greetings", []),
        ({"tags": "a, b,,c "}, "tags", ["a", "b", "c"]),
        ({"tags": None}, "tags", []),
        ({"character_version": 1.5}, "character_version", "1.5"),
        ({"extensions": None}, "extensions", {}),
        ({"description": None}, "description", ""),
        ({}, "post_history_instructions", ""),
    ],
)
def test_what_other_programs_put_in_a_field(
    data: dict[str, Any], field: str, expected: object
) -> None:
    card = read_card(encode(v2(**data)))
    assert card.data[field] == expected
    assert card.warnings == ()


def test_a_book_that_is_null_is_no_book() -> None:
    assert read_card(encode(v2(character_book=None))).lorebook is None


def test_data_counts_before_what_stands_beside_it() -> None:
    document = {**v2(first_mes="in"), "first_mes": "beside", "scenario": "only beside"}
    card = read_card(encode(document))
    assert (card.text("first_mes"), card.text("scenario")) == ("in", "only beside")


@pytest.mark.parametrize(
    ("version", "warned"), [("3.0", 0), (3, 0), ("3.1", 1), ("x", 1), (10**400, 1), (None, 0)]
)
def test_newer_versions_are_read_and_said(version: object, warned: int) -> None:
    card = read_card(encode({**V3, "spec_version": version}))
    assert (card.name, len(card.warnings)) == ("Maud Tarn", warned)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("name: &a [x, x]\nb: &b [*a, *a]\ncontext: [*b, *b]", "aliases"),
        (f"name: Maud\ncontext: {'[' * 40_000}", "32,768 bytes"),
        (f"name: Maud\ncontext: {'[' * 20_000}", "levels deep"),
    ],
)
def test_yaml_that_would_swell_is_refused(text: str, problem: str) -> None:
    error = refuse(text.encode())
    assert (error.code, problem in str(error)) == ("not_json", True)


def test_what_cannot_be_kept_is_said() -> None:
    card = read_card(encode(v2(description=["x"], extensions="x", character_book=[], tags={})))
    assert len(card.warnings) == 4
    assert card.data["extensions"] == {}


def test_assets_in_png_chunks_are_found_by_their_uri() -> None:
    entries = [{"type": "icon", "uri": f"__asset:{n}", "name": n, "ext": "png"} for n in "01"]
    document = {**V3, "data": {**V3["data"], "assets": entries}}
    content = png(
        carriers.chunk(b"tEXt", b"chara-ext-asset_:0\0" + base64.b64encode(ICON)),
        carriers.chunk(b"tEXt", b"chara-ext-asset_1\0" + base64.b64encode(b"GIF89a")),
        text_chunk("ccv3", document),
    )
    assert [a.content for a in read_assets(read_card(content))] == [ICON, b"GIF89a"]


@pytest.mark.parametrize("prefix", ["embeded://", "embedded://"])
def test_the_main_icon_of_an_archive_is_the_avatar(prefix: str) -> None:
    entries = [
        {"type": "icon", "uri": f"{prefix}a/other.png", "name": "other", "ext": "png"},
        {"type": "icon", "uri": f"{prefix}a/b.png", "name": "main", "ext": "png"},
    ]
    document = {**V3, "data": {**V3["data"], "assets": entries}}
    files = {"a/other.png": b"GIF89a", "a/b.png": ICON, "card.json": encode(document)}
    assert find_avatar(read_card(carriers.archive(files))) == ICON


def test_a_picture_is_its_own_avatar_without_the_card() -> None:
    avatar = find_avatar(read_card(png(text_chunk("chara", v2()))))
    assert avatar == ICON


@pytest.mark.parametrize(
    ("content", "code", "says"),
    [
        (png(), "no_card", "ccv3"),
        (png(carriers.chunk(b"tEXt", b"parameters\0cat")), "no_card", "parameters"),
        (png(carriers.chunk(b"tEXt", b"ccv3\0rcc||secret")), "encrypted_card", "RisuAI"),
        (png(carriers.chunk(b"tEXt", b"chara\0%%%%")), "damaged_picture", "damaged"),
        (png(text_chunk("chara", v2()))[:-20], "damaged_picture", "chunk"),
        (png(text_chunk("chara", v2())).replace(b"IDAT", b"IDAX"), "damaged_picture", "IDAX"),
        (carriers.jpeg(), "no_card", "JPEG"),
        (carriers.webp(b""), "no_card", "EXIF"),
        (b"RIFF\x04\0\0\0WEBP", "damaged_picture", "WebP"),
        (carriers.archive({"a.json": b"{}"}), "no_card", "card.json"),
        (b"{", "not_json", "not JSON"),
        (b'{"name": NaN}', "not_json", "NaN"),
        (b'{"name": 1e999}', "not_json", "1e999"),
        (b"[" * 100_000, "not_json", "nested"),
        (b'{"a":' * 500 + b"1" + b"}" * 500, "not_json", "nested"),
        (b"", "not_a_card", "neither"),
        (b"\xff\xfe\xfd", "not_json", "JSON"),
        (b"[]", "not_a_card", "object"),
        (encode({"hello": 1, "there": 2}), "not_a_card", "hello, there"),
        (encode({"spec": "chara_card_v2", "data": []}), "not_a_card", "data"),
        (encode({"spec": "lorebook_v3", "data": {}}), "not_a_card", "lorebook"),
        (encode(v2(name=" ")), "no_name", "name"),
    ],
)
def test_what_is_refused_and_why(content: bytes, code: str, says: str) -> None:
    error = refuse(content)
    assert error.code == code
    assert says in str(error)


@pytest.mark.parametrize("path", ["/etc/x", "../x", "a/../../x", "C:/x", "a\\x", "a//x", "./x"])
def test_paths_that_leave_an_archive(path: str) -> None:
    content = carriers.archive({"card.json": V3_TEXT, "p" * len(path): b""})
    content = content.replace(b"p" * len(path), path.encode())
    assert refuse(content).code == "unsafe_archive"


def test_links_and_encryption_and_doubles_in_an_archive() -> None:
    link = zipfile.ZipInfo("link")
    link.external_attr = 0o120777 << 16
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as opened:
        opened.writestr(link, "card.json")
    assert "link" in str(refuse(buffer.getvalue()))

    content = bytearray(carriers.archive({"card.json": V3_TEXT}))
    content[content.rfind(b"PK\x01\x02") + 8] |= 1
    assert "encrypted" in str(refuse(bytes(content)))

    double = carriers.archive({"card.json": V3_TEXT, "dard.json": b"{}"})
    assert "twice" in str(refuse(double.replace(b"dard", b"card")))


def test_sizes_are_counted_while_inflating() -> None:
    bomb = carriers.archive({"card.json": V3_TEXT, "zeros": b"\0" * 3_000_000})
    assert len(bomb) < 20_000
    assert refuse(bomb, CardLimits(entry_bytes=2_000_000)).code == "too_large"
    assert refuse(bomb, CardLimits(inflated_bytes=2_000_000)).code == "too_large"
    assert refuse(bomb, CardLimits(entries=1)).code == "too_large"


def test_files_and_texts_have_limits() -> None:
    assert refuse(V3_TEXT, CardLimits(file_bytes=100)).code == "too_large"
    assert refuse(png(text_chunk("ccv3", V3)), CardLimits(json_bytes=100)).code == "too_large"


def test_a_directory_of_names_too_long_to_read_is_refused_unread() -> None:
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 5 * 1024 * 1024, 0, 0)
    assert refuse(b"\0" * 100 + end).code == "too_large"


def test_a_v1_card_keeps_what_it_had_beside_its_fields() -> None:
    card = read_card(json.dumps(V1).encode())
    assert card.envelope == {"metadata": {"tool": "hand", "version": 1}}
