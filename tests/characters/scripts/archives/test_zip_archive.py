import struct
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from characters.errors import ScriptError
from characters.scripts.model import ParseLimits, Scene
from characters.scripts.report import ParseReport
from tests.characters.scripts.containers import make_workbook, make_zip
from tests.characters.scripts.reading import open_script, split


def refuse(content: bytes, **limits: Any) -> ScriptError:
    with pytest.raises(ScriptError) as refused:
        list(open_script(content, "a.zip", limits=ParseLimits(**limits)))
    return refused.value


def test_members_are_read_in_the_order_of_their_numbers() -> None:
    content = make_zip({f"s/{n}.txt": f"三三：{n}" for n in ("10", "9", "02", "1")})
    reading = open_script(content, "a.zip")
    scenes = [item for item in reading if isinstance(item, Scene)]
    assert [(scene.episode, scene.member) for scene in scenes] == [
        (n, f"s/{n}.txt") for n in ("1", "02", "9", "10")
    ]
    assert list(reading) == list(reading)
    assert (reading.format, reading.encoding) == ("zip", "utf-8")


def test_documents_and_any_encoding_may_lie_inside() -> None:
    book = make_workbook({"Lines": [["speaker", "line"], ["A", "hi"]]})
    texts: dict[str, str | bytes] = {
        "gbk.txt": "掌柜：今天的茶是新到的，你们都来尝一尝。".encode("gbk"),
        "x.xlsx": book,
    }
    scenes, _ = split(list(open_script(make_zip(texts), "a.zip")))
    assert [(scene.member, scene.lines[0].speaker) for scene in scenes] == [
        ("gbk.txt", "掌柜"),
        ("x.xlsx: Lines", "A"),
    ]


@pytest.mark.parametrize(
    ("path", "encoding"),
    [
        ("说不得大师/第一章.txt", "gbk"),
        ("ひらがな/かのじょの手紙.txt", "shift_jis"),
        ("lettres/été.txt", "cp437"),
        ("故事/一.txt", "utf-8"),
    ],
)
def test_paths_are_shown_as_they_were_named(path: str, encoding: str) -> None:
    raw = path.encode(encoding)
    stand_in = "x" * len(raw)
    content = make_zip({stand_in: "A: hi"}).replace(stand_in.encode(), raw)
    scenes, _ = split(list(open_script(content, "a.zip")))
    assert [scene.member for scene in scenes] == [path]


def test_what_is_no_script_is_reported() -> None:
    files: dict[str, str | bytes] = {
        "a.txt": "A: hi",
        "b.png": b"\x89PNG\r\n\x1a\n",
        "c.txt": "",
        ".DS_Store": b"\0",
        "__MACOSX/._a.txt": b"\0",
        "d/Thumbs.db": b"\0",
        "e.csv": "item,price\npear,2\n",
    }
    _, rejections = split(list(open_script(make_zip(files), "a.zip")))
    assert {item.member: item.code for item in rejections} == {
        ".DS_Store": "system_file",
        "__MACOSX/._a.txt": "system_file",
        "b.png": "binary_file",
        "c.txt": "empty_file",
        "d/Thumbs.db": "system_file",
        "e.csv": rejections[-1].code,
    }


@pytest.mark.parametrize(
    "path", ["../a.txt", "/a.txt", "a/../../b.txt", "C:/a.txt", "a\\..\\b.txt", "a//b.txt"]
)
def test_paths_that_leave_the_archive_are_refused(path: str) -> None:
    error = refuse(make_zip({path: "A: hi"}))
    assert error.code == "unsafe_archive"
    assert "path" in str(error)


def test_links_encryption_and_damage_are_refused() -> None:
    content = make_zip({"a.txt": "A: hi"})
    directory = content.index(b"PK\x01\x02")
    link = bytearray(content)
    struct.pack_into("<I", link, directory + 38, 0o120777 << 16)
    assert "link" in str(refuse(bytes(link)))
    encrypted = bytearray(content)
    encrypted[directory + 8] |= 1
    assert "encrypted" in str(refuse(bytes(encrypted)))
    damaged = bytearray(content)
    damaged[content.index(b"a.txt") + 5] ^= 0xFF
    assert refuse(bytes(damaged)).code == "damaged_archive"


def test_limits_are_named() -> None:
    files = {f"{n}.txt": "A: hi" for n in range(3)}
    error = refuse(make_zip(files), archive_entries=2)
    assert (error.code, error.detail["limit"]) == ("too_large", 2)
    assert "2 is the most" in str(error)
    error = refuse(make_zip({"a.txt": "A: hi\n" * 1_000}), archive_bytes=1_000)
    assert (error.code, error.detail["limit"]) == ("too_large", 1_000)
    inner = make_zip({"a.txt": "A: hi"})
    error = refuse(make_zip({"a.txt": "A: hi", "b.zip": inner}))
    assert (error.code, error.detail["limit"]) == ("nested_archive", 1)
    assert list(open_script(make_zip({"b.zip": inner}), limits=ParseLimits(archive_nesting=2)))


def test_what_documents_inflate_counts() -> None:
    book = make_workbook({"Lines": [["speaker", "line"], ["A", "hi"]]})
    files = {f"{n}.xlsx": book for n in range(10)}
    assert refuse(make_zip(files), archive_bytes=60_000).code == "too_large"


def test_a_limit_inside_names_the_file() -> None:
    error = refuse(make_zip({"a.txt": "A: hi\n", "b.txt": "A: " + "x" * 50}), line_characters=20)
    assert error.code == "line_too_long"
    assert "In “b.txt”: Row 1" in str(error)


ROWS = st.lists(st.sampled_from(["A: hi", "三三：好", "", "---", "nobody", "A:"]), max_size=6)


@settings(max_examples=40, deadline=None)
@given(st.lists(ROWS, max_size=4))
def test_every_row_of_any_archive_is_accounted_for(members: list[list[str]]) -> None:
    texts = ["A: hi", *("\n".join(rows) for rows in members)]
    report = ParseReport()
    for item in open_script(make_zip({f"{n}.txt": text for n, text in enumerate(texts)})):
        report.add(item)
    assert report.rows.total == sum(1 for text in texts for row in text.split("\n") if row.strip())
