"""What the form of an upload says, and what a file is called."""

from io import BytesIO
from typing import Any

import pytest
from fastapi import UploadFile
from hypothesis import given
from hypothesis import strategies as st

from app.errors import InvalidError
from app.scripts.forms import name_columns, read_aliases, to_upload
from app.scripts.upload import Upload, file_stem
from app.text import has_control_characters
from characters.scripts.tables.columns import ColumnNames


@pytest.mark.parametrize("text", [None, ""])
def test_a_form_without_aliases_has_none(text: str | None) -> None:
    assert read_aliases(text) == {}


def test_aliases_are_names_by_their_alias() -> None:
    assert read_aliases('{"阿 宁": "阿宁", "MARY (V.O.)": "MARY"}') == {
        "阿 宁": "阿宁",
        "MARY (V.O.)": "MARY",
    }


@pytest.mark.parametrize(
    "text",
    [
        "MARY=Mary",
        "[]",
        "null",
        '"Mary"',
        '{"MARY": 7}',
        '{"MARY": ["Mary"]}',
        '{"MARY": null}',
        '{"MARY": "Ma\\nry"}',
        '{"MA\\u0000RY": "Mary"}',
        '{"MARY": "\\ud83c"}',
        '{"MARY": "Mary"',
        "[" * 100_000,
    ],
)
def test_other_json_is_refused_with_its_problem(text: str) -> None:
    with pytest.raises(InvalidError, match="must be a JSON object") as caught:
        read_aliases(text)
    assert caught.value.code == "invalid_aliases"
    assert len(caught.value.message) < 400


def test_columns_are_named_where_one_is() -> None:
    assert name_columns() is None
    assert name_columns("", "", "") is None
    assert name_columns("who", "") == ColumnNames("who", None, None)
    assert name_columns(scene_column="场") == ColumnNames(None, None, "场")


def test_empty_fields_count_as_absent() -> None:
    file = UploadFile(BytesIO(b"Anna: One."), size=10, filename="play.txt")
    upload = to_upload(file, "", "", "", None)
    assert (upload.title, upload.format, upload.encoding) == (None, None, None)
    assert (upload.filename, upload.size, upload.aliases) == ("play.txt", 10, {})
    nameless = to_upload(UploadFile(BytesIO()), "A Play", None, None, None, {"a": "b"})
    assert (nameless.filename, nameless.size, nameless.aliases) == ("", 0, {"a": "b"})


def upload(filename: str = "play.txt", content: bytes = b"", **fields: Any) -> Upload:
    return Upload(BytesIO(content), filename, len(content), **fields)


@pytest.mark.parametrize(
    ("filename", "stem"),
    [
        ("play.txt", "play"),
        ("雷雨.第一幕.docx", "雷雨.第一幕"),
        (r"C:\plays\Hamlet.csv", "Hamlet"),
        ("../../etc/passwd", "passwd"),
        ("a/b\\c.txt", "c"),
        (" play .txt", "play"),
        (".hidden", ".hidden"),
        ("", ""),
        ("/", ""),
    ],
)
def test_a_files_name_is_for_people_and_never_a_path(filename: str, stem: str) -> None:
    assert file_stem(filename) == stem


def test_a_title_is_the_given_one_or_the_files() -> None:
    assert upload(title=" A\tPlay \n of  words ").read_title() == "A Play of words"
    assert upload("雷雨.txt").read_title() == "雷雨"
    assert upload("").read_title() == "script"
    assert upload(title="x" * 200).read_title() == "x" * 200


@pytest.mark.parametrize(
    ("title", "code"),
    [
        ("x" * 201, "title_too_long"),
        ("a\x00b", "invalid_title"),
        ("a\x1bb", "invalid_title"),
        ("\ud83c", "invalid_title"),
    ],
)
def test_a_title_is_one_line_of_two_hundred_characters(title: str, code: str) -> None:
    with pytest.raises(InvalidError) as caught:
        upload(title=title).read_title()
    assert caught.value.code == code


@given(st.text(max_size=300))
def test_a_stored_name_is_one_line_without_folders(filename: str) -> None:
    name = upload(filename).own_name()
    assert not has_control_characters(name)
    assert len(name) <= 255
    assert "/" not in name


def test_only_what_was_wished_for_makes_another_reading() -> None:
    assert upload().options() == {}
    assert upload(aliases={"a": "b"}, title="A Play").options() == {}
    wished = upload(format="table", encoding="gbk", columns=ColumnNames("who", None, "场"))
    assert wished.options() == {
        "format": "table",
        "encoding": "gbk",
        "speaker_column": "who",
        "scene_column": "场",
    }


def test_the_hash_is_of_the_whole_file_wherever_it_was_read_to() -> None:
    opened = upload(content=b"abc")
    opened.file.read(2)
    # FIPS 180-2, appendix B.1
    assert opened.sha256() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
