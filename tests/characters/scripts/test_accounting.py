"""Nothing in a script disappears: dialogue + narration + rejected rows are all its rows."""

import re
import zipfile
import zlib
from itertools import chain
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from characters.scripts import registry
from characters.scripts.registry import ScriptFormat
from characters.scripts.report import ParseReport
from tests.characters.scripts.fixtures import FIXTURES, Fixture
from tests.characters.scripts.reading import open_script

FRAGMENTS = [
    "\n",
    "\r\n",
    " ",
    ",",
    "\t",
    '"',
    "“",
    "：",
    ":",
    "三三",
    "Anna",
    "好",
    "（笑）",
    "---",
    "第三场",
    "\0",
    "speaker,line\n",
    "角色\t台词\n",
    '{"speaker": "三三", "line": "好"}',
    '{"name": 1}',
    '"A：一\nB：二"',
    "三三说：“好。”",
    "**",
    "「",
    "」",
    "人物表",
]

BEGINNINGS = {
    "csv": "number,scene\n1,Anna: hello",
    "table": "speaker,line\nAnna,hello",
    "jsonl": '{"speaker": "Anna", "line": "hello"}',
    "json": '[{"speaker": "Anna", "line": "hello"},',
    "text": "Anna: hello",
    "prose": "“Hello,” said Anna.",
    "fountain": "\nANNA\nhello\n",
    "screenplay": "ANNA\nhello\n",
    "markdown": "| speaker | line |\n|---|---|\n| Anna | hello |",
    "play": "ANNA. Hello.\nBO [aside]. Ho.\nANNA.\nHello.\nBO. Oh.",
    "srt": "00:00:01,000 --> 00:00:02,000\nAnna: hello\n\n00:00:03,000 --> 00:00:04,000",
    "vtt": "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Anna>hello\n\n00:03.000 --> 00:04.000",
    "renpy": 'define a = Character("Anna")\nlabel start:\n    a "hello"',
    "microdvd": "{1}{24}Anna: hello\n{30}{50}",
    "ink": "=== start ===\nAnna: hello\n-> END",
    "yarn": "title: Start\n---\nAnna: hello",
    "twee": ":: Start\nAnna: hello",
    "kag": "#Anna\nhello[p]",
    "naninovel": "Anna: hello",
    "ass": "Dialogue: 0,0:00:01.00,0:00:02.00,Default,Anna,0,0,0,,hello",
}


_ROW = re.compile(r"<row .*?</row>", re.DOTALL)


def count_rows(text: str) -> int:
    """The rows that are not blank, counted without the code under test."""
    rows = re.split(r"\r\n|\r|\n", text.removeprefix("\ufeff"))
    return len([row for row in rows if row.strip()])


def count_rows_of_text(path: Path) -> int:
    return count_rows(path.read_text(encoding="utf-8"))


def count_rows_of_sheets(path: Path) -> int:
    """Rows with a value in any cell; openpyxl writes no cell without one."""
    with zipfile.ZipFile(path) as archive:
        sheets = [name for name in archive.namelist() if name.startswith("xl/worksheets/sheet")]
        rows = [_ROW.findall(archive.read(name).decode()) for name in sheets]
    return sum("<v>" in row or "<t>" in row for row in chain.from_iterable(rows))


def count_rows_of_members(path: Path) -> int:
    with zipfile.ZipFile(path) as archive:
        members = [name for name in archive.namelist() if not name.startswith("__MACOSX/")]
        texts = [name for name in members if name.endswith((".txt", ".csv"))]
        return sum(count_rows(archive.read(name).decode()) for name in texts)


def count_paragraphs(path: Path) -> int:
    """Paragraphs of an FDX file that hold text of their own, by another XML parser."""
    paragraphs = ElementTree.parse(path).getroot().iter("Paragraph")
    return sum(
        any((text.text or "").strip() for text in found.findall("Text")) for found in paragraphs
    )


def count_rows_of_document(path: Path) -> int:
    """Paragraphs with text and what breaks part in them; a row of a table is one."""
    word = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
    with zipfile.ZipFile(path) as archive:
        body = ElementTree.fromstring(archive.read("word/document.xml"))[0]
    rows = 0
    for block in chain.from_iterable(
        part.iter(f"{word}tr") if part.tag == f"{word}tbl" else [part] for part in body
    ):
        if any(text.text for text in block.iter(f"{word}t")):
            rows += 1 + len(list(block.iter(f"{word}br")))
    return rows


def count_rows_of_markup(markup: str) -> int:
    """The fixtures' pages have a row of the document in each row of the file."""
    body = re.sub(r"(?s)^.*<body>|<script>.*?</script>|</body>.*$", "", markup)
    return sum(bool(re.sub(r"<(?!hr)[^>]*>", "", row).strip()) for row in body.split("\n"))


def count_rows_of_page(path: Path) -> int:
    markup = path.read_text(encoding="utf-8")
    passages = re.findall(r"(?s)<tw-passagedata[^>]*>(.*?)</tw-passagedata>", markup)
    if passages:  # a passage's name counts as a row
        return sum(1 + count_rows(passage) for passage in passages)
    return count_rows_of_markup(markup)


def count_rows_of_book(path: Path) -> int:
    with zipfile.ZipFile(path) as archive:
        pages = [name for name in archive.namelist() if name.endswith(".xhtml")]
        return sum(count_rows_of_markup(archive.read(name).decode()) for name in pages)


def count_rows_of_pdf(path: Path) -> int:
    """The texts that the fixture's pages show below their running titles."""
    streams = re.findall(rb"stream\n(.*?)\nendstream", path.read_bytes(), re.DOTALL)
    shown = [text for stream in streams for text in re.findall(rb"Tm \(", zlib.decompress(stream))]
    return len(shown) - 2 * len(streams)


def count_records(path: Path) -> int:
    """The rows that a Parquet file's own footer names."""
    return int(pytest.importorskip("pyarrow.parquet").ParquetFile(path).metadata.num_rows)


def count_open_document(path: Path) -> int:
    """Paragraphs and headings with text; the fixture's have a row each."""
    with zipfile.ZipFile(path) as archive:
        body = ElementTree.fromstring(archive.read("content.xml"))
    texts = [each for each in body.iter() if each.tag.endswith(("}p", "}h"))]
    return sum(bool("".join(each.itertext()).strip()) for each in texts)


def count_speeches(path: Path) -> int:
    """Speeches, headings and the directions outside speeches."""
    root = ElementTree.parse(path).getroot()
    speeches = [each for each in root.iter() if each.tag.endswith("}sp")]
    inside = {id(each) for speech in speeches for each in speech.iter()}
    parts = [each for each in root.iter() if each.tag.endswith(("}head", "}stage"))]
    return len(speeches) + sum(id(each) not in inside for each in parts)


def count_paragraphs_of_markup(path: Path) -> int:
    return len(re.findall(r"<p\b", path.read_text(encoding="utf-8"), re.IGNORECASE))


ROWS_OF_CONTAINERS = {
    ".odt": count_open_document,
    ".tei": count_speeches,
    ".ttml": count_paragraphs_of_markup,
    ".smi": count_paragraphs_of_markup,
    ".pdf": count_rows_of_pdf,
    ".parquet": count_records,
    ".docx": count_rows_of_document,
    ".epub": count_rows_of_book,
    ".html": count_rows_of_page,
    ".fdx": count_paragraphs,
    ".xlsx": count_rows_of_sheets,
    ".zip": count_rows_of_members,
}


@pytest.mark.parametrize("fixture", FIXTURES, ids=lambda fixture: fixture.path.name)
def test_every_row_of_a_fixture_is_accounted_for(fixture: Fixture) -> None:
    rows = fixture.describe()["rows"]
    assert rows["dialogue"] + rows["narration"] + rows["rejected"] == rows["total"]
    count = ROWS_OF_CONTAINERS.get(fixture.path.suffix, count_rows_of_text)
    assert rows["total"] == count(fixture.path)


@pytest.mark.parametrize("fixture", FIXTURES, ids=lambda fixture: fixture.path.name)
def test_a_fixture_reads_as_its_golden_report_says(fixture: Fixture) -> None:
    assert fixture.describe() == fixture.expected


def test_every_format_has_a_fixture() -> None:
    assert {fixture.expected["format"] for fixture in FIXTURES} == set(registry.names())


def test_every_text_format_has_a_beginning() -> None:
    formats = {name: registry.get(name) for name in registry.names()}
    texts = {name for name, format in formats.items() if isinstance(format, ScriptFormat)}
    assert texts <= set(BEGINNINGS)


@pytest.mark.parametrize("format", BEGINNINGS)
@given(text=st.lists(st.sampled_from(FRAGMENTS), max_size=25).map("".join))
def test_every_row_of_anything_is_accounted_for(format: str, text: str) -> None:
    script = f"{BEGINNINGS[format]}\n{text}"
    report = ParseReport()
    for item in open_script(script, format=format):
        report.add(item)
    assert report.rows.total == count_rows(script)
