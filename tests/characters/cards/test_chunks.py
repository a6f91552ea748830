"""The containers of cards by themselves: PNG chunks, EXIF comments, archives, loose fields."""

import struct
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from characters.cards.archive import has_card, read_archive, write_archive
from characters.cards.model import CardLimits
from characters.cards.png import TextChunk, read_texts, with_texts
from characters.cards.tolerances import normalise
from characters.cards.webp import read_user_comment
from characters.errors import CardError
from characters.json_values import JsonValue, storable
from tests.characters.cards.carriers import archive, chunk, png, webp

keywords = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=9)


@given(st.lists(st.tuples(keywords, st.binary(max_size=20)), max_size=4))
def test_texts_are_read_as_they_were_written(texts: list[tuple[str, bytes]]) -> None:
    written = with_texts(png(chunk(b"tEXt", b"old\0x")), texts)
    assert read_texts(written) == [TextChunk(keyword.lower(), value) for keyword, value in texts]
    assert with_texts(written, texts) == written
    assert with_texts(written, []) == png()


def test_the_value_of_a_text_begins_behind_the_first_nul() -> None:
    content = png(chunk(b"tEXt", b"a\0b\0c"), chunk(b"tEXt", b"none"), chunk(b"tEXt", b"\0"))
    assert read_texts(content) == [
        TextChunk("a", b"b\0c"),
        TextChunk("none", b""),
        TextChunk("", b""),
    ]


def test_compressed_and_international_texts_of_other_programs_are_taken_out() -> None:
    content = png(chunk(b"zTXt", b"a\0\0x"), chunk(b"iTXt", b"b\0\1\0\0\0x"))
    assert read_texts(content) == []
    assert with_texts(content, []) == png()


def test_what_follows_the_end_is_no_part_of_the_picture() -> None:
    behind = chunk(b"tEXt", b"chara\0e30=")
    assert read_texts(png() + behind) == []
    assert with_texts(png() + behind + b"\0", []) == png()


@given(st.integers(0, len(png()) - 1))
def test_a_picture_cut_off_is_refused_unless_it_is_whole_chunks(length: int) -> None:
    whole = [8, 33, len(png()) - 12]  # the signature, with the header, with the pixels
    if length in whole:
        assert read_texts(png()[:length]) == []
        return
    with pytest.raises(CardError) as refused:
        read_texts(png()[:length])
    assert refused.value.code == "damaged_picture"


def test_a_chunk_that_claims_four_gibibytes_is_refused() -> None:
    with pytest.raises(CardError, match="middle of a chunk"):
        read_texts(png()[:33] + b"\xff\xff\xff\xfftEXt" + b"x" * 100)


@pytest.mark.parametrize(
    ("comment", "text"),
    [
        (b'ASCII\0\0\0{"a": 1}\0\0', b'{"a": 1}'),
        (b'\0\0\0\0\0\0\0\0 {"a": 1} ', b'{"a": 1}'),
        (b"UNICODE\0" + "{灯}".encode("utf-16-le"), "{灯}".encode("utf-16-le")),
        (b'JIS\0\0\0\0\0{"a": 1}', b'JIS\0\0\0\0\0{"a": 1}'),
        (b'{"a": 1}', b'{"a": 1}'),
    ],
)
def test_a_comment_is_read_without_the_name_of_its_character_code(
    comment: bytes, text: bytes
) -> None:
    assert read_user_comment(webp(comment)) == text


def test_a_comment_of_the_wrong_type_is_read_all_the_same() -> None:
    as_bytes = struct.pack("<HHI", 37_510, 7, 9)
    as_text = struct.pack("<HHI", 37_510, 2, 9)
    content = webp(b'{"a": 1}\0')
    assert content.count(as_bytes) == 1
    assert read_user_comment(content.replace(as_bytes, as_text)) == b'{"a": 1}'


names = st.text(st.sampled_from("ab灯 .-"), min_size=1, max_size=6).filter(
    lambda name: name not in (".", "..")
)


@given(st.dictionaries(names, st.binary(max_size=30), max_size=4))
def test_an_archive_holds_what_was_written_whenever_it_was(files: dict[str, bytes]) -> None:
    written = write_archive(files)
    assert read_archive(written, CardLimits()) == files
    assert written == write_archive(files)


def test_an_archive_that_cannot_be_read_has_no_card() -> None:
    double = archive({"card.json": b"{}", "dard.json": b"{}"}).replace(b"dard", b"card")
    assert not has_card(BytesIO(double), CardLimits())
    assert not has_card(BytesIO(b"PK\x05\x06"), CardLimits())
    assert has_card(BytesIO(archive({"card.json": b""})), CardLimits())


def test_fields_get_their_types_and_the_rest_stays_in_its_order() -> None:
    data: dict[str, JsonValue] = {"x": [1], "tags": [1, None, " a "], "y": None, "name": 7}
    normal, warnings = normalise(data)
    assert list(normal)[:4] == ["x", "tags", "y", "name"]
    assert (normal["x"], normal["y"]) == ([1], None)
    assert (normal["tags"], normal["name"], warnings) == (["1", " a "], "7", [])
    assert "group_only_greetings" not in normal


@pytest.mark.parametrize(
    ("data", "name", "value", "warned"),
    [
        ({"description": True}, "description", "", 1),
        ({"tags": [["a"], "b"]}, "tags", ["", "b"], 1),
        ({"tags": " , "}, "tags", [], 0),
        ({"tags": 7}, "tags", [], 1),
        ({"alternate_greetings": "a, b"}, "alternate_greetings", ["a, b"], 0),
        ({"group_only_greetings": None}, "group_only_greetings", [], 0),
        ({"extensions": []}, "extensions", {}, 0),
        ({"extensions": 1}, "extensions", {}, 1),
    ],
)
def test_what_is_of_another_type_is_left_out_and_said(
    data: dict[str, JsonValue], name: str, value: JsonValue, warned: int
) -> None:
    normal, warnings = normalise(data)
    assert (normal[name], len(warnings)) == (value, warned)


@given(st.text())
def test_any_text_can_be_made_storable(text: str) -> None:
    stored = storable(text + "\0\ud83d")
    stored.encode()
    assert "\0" not in stored
    assert storable(stored) == stored
    assert storable("灯👩‍👧é") == "灯👩‍👧é"
