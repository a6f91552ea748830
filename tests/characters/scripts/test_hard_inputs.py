"""Small files that once took long, or a lot of memory: 64 KB must take less than a second."""

import time
import zipfile
from io import BytesIO

import pytest

from characters.errors import FileError
from characters.scripts.documents.layout import DocumentRows
from characters.scripts.model import ParseLimits, Scene
from tests.characters.scripts.containers import make_workbook, make_zip, replace_part
from tests.characters.scripts.reading import open_script
from tests.characters.scripts.test_documents import CONTAINER, word

INPUT_BYTES = 1 << 16
SECONDS = 1.0
LONG_COMMENT = f"<a><!-- {'>' * 20_000_000} --></a>"


def refuse(content: bytes, filename: str = "a") -> FileError:
    with pytest.raises(FileError) as refused:
        list(open_script(content, filename))
    return refused.value


@pytest.mark.parametrize(
    ("format", "row"),
    [
        ("json", "[\n"),
        ("json", '{"a":\n'),
        ("fountain", "ANNA\nHello.\n\n# " + " " * 15_000 + ".\n\n"),
        ("screenplay", "ANNA\n( ( (\n\n"),
        ("srt", "00:00:01,000 --> 00:00:02,000\n[*[*(*\n"),
        ("csv", '1,"Anna: Hello.\n'),
        ("text", "Anna: (Hello (\n*“\n"),
    ],
)
def test_repeated_rows_take_no_longer_than_others(format: str, row: str) -> None:
    content = (row * (INPUT_BYTES // len(row))).encode()
    started = time.process_time()
    try:
        for _ in open_script(content, format=format):
            pass
    except FileError:
        pass
    assert time.process_time() - started < SECONDS


GAP = " " * 60_000


@pytest.mark.parametrize(
    ("format", "script"),
    [
        ("text", "Mira: Hi.\n" + "<!--" * 15_000),
        ("text", "'''Mira:''' Hi.\n'''Toby:''' Ho.\n" + "<ref>" * 12_000),
        ("text", f"'''Mira:''' Hi.\n'''Toby:''' Ho.\n== a{GAP}b\n"),
        ("play", f"MIRA. Hi.\nTOBY. Ho.\nMIRA. So{GAP}x\n"),
        ("play", f"MIRA. Hi.\nTOBY. Ho.\nMIRA. Hm.\nTOBY. Ha.\nMIRA{GAP}x\n"),
        ("renpy", 'label a:\n    "Mira" "Hi."\n    e' + "  a" * 40 + '( "Ho."\n'),
        ("renpy", f'label a:\n    "Mira" "Hi."\n    label b{GAP}c\n'),
        ("ink", f"=== a ===\nMira: Hi.{GAP}Ho.\n"),
        ("ink", "=== a ===\nMira: Hi.\n" + "/*" * 30_000),
        ("yarn", f"title: A\n---\nMira: Hi.\nMira: Hi.{GAP}Ho.\n"),
        ("twee", f":: A\nMira: Hi.\n::{GAP}[\n"),
        ("twee", ":: A\nMira: Hi.\n" + "<!--" * 15_000),
        ("twee", f':: A\nMira: Hi.\n<<say "{GAP}\n'),
        ("kag", "#Mira\nHi.[p]\n" + "@name " * 10_000),
        (None, "Mira: Hi.\n" + "[l " * 20_000),
        ("text", f"05/10/2020, 00:14 - Mira: Hi.\n05/10/2020, 00:15 - Toby: Ho{GAP}x\n"),
        ("markdown", f"| speaker | line |\n|---|---|\n| Mira | Hi.{GAP}Ho. |\n"),
    ],
)
def test_one_long_row_takes_no_longer_than_many(format: str | None, script: str) -> None:
    limits = ParseLimits(line_characters=100_000)
    reading = open_script(script, format=format, limits=limits)
    started = time.process_time()
    assert any(isinstance(item, Scene) for item in list(reading))
    assert time.process_time() - started < SECONDS


def test_a_chat_page_is_read_in_linear_time() -> None:
    message = '<div class="message default"><div class="from_name">Mira</div><div class="text">Hi.'
    page = f"<html><body>{message}</div></div>"
    started = time.process_time()
    assert [item for item in open_script(page + "<script" * 60_000) if isinstance(item, Scene)]
    assert refuse(f"<html><body>{message * 4_000}".encode()).code == "nested_too_deeply"
    assert time.process_time() - started < 2 * SECONDS


def test_passages_of_a_story_that_never_end_are_read_once() -> None:
    passage = '<tw-passagedata pid="1" name="Start">Mira: The quay is dark.\nToby: And cold.\n'
    started = time.process_time()
    items = list(open_script(f"<html><tw-storydata>{passage * 2_000}", "a.html"))
    assert sum(len(item.lines) for item in items if isinstance(item, Scene)) == 4_000
    assert time.process_time() - started < 2 * SECONDS


@pytest.mark.parametrize(
    ("format", "head", "row"),
    [
        ("json", '[{"speaker":"Anna","line":"Hello."},\n', '{"speaker":x}\n'),
        ("html", "<p>Anna: Hello.</p>", "<a><b>"),
        ("table", "speaker,line" + "," * 19_000 + "\n", "A,b\n"),
    ],
)
def test_a_megabyte_takes_no_longer_than_others(format: str, head: str, row: str) -> None:
    megabyte = (head + row * ((1 << 20) // len(row))).encode()
    started = time.process_time()
    assert [item for item in open_script(megabyte, format=format) if isinstance(item, Scene)]
    assert time.process_time() - started < 5 * SECONDS


def test_a_long_comment_is_not_read_over_and_over() -> None:
    book = replace_part(make_workbook({"A": []}), "xl/worksheets/sheet1.xml", LONG_COMMENT)
    bombs = {
        "docx": make_zip({"word/document.xml": LONG_COMMENT}),
        "epub": make_zip({"META-INF/container.xml": LONG_COMMENT}),
        "xlsx": book,
        "fdx": f"<FinalDraft>{LONG_COMMENT}</FinalDraft>".encode(),
    }
    started = time.process_time()
    assert {refuse(content).code for content in bombs.values()} == {"invalid_xml"}
    assert time.process_time() - started < len(bombs) * SECONDS


@pytest.mark.parametrize(
    "files",
    [
        {"word/document.xml": "<a/>", "word/styles.xml": f"<a>{'<b/>' * 600_000}</a>"},
        {"META-INF/container.xml": CONTAINER, "book.opf": f"<a>{'<b/>' * 600_000}</a>"},
    ],
)
def test_what_is_held_in_memory_is_bounded(files: dict[str, str]) -> None:
    assert refuse(make_zip(files)).code == "page_too_large"


def test_the_parts_of_a_workbook_are_bounded() -> None:
    book = make_workbook({"A": [["speaker", "line"], ["Anna", "Hello."]]})
    with zipfile.ZipFile(BytesIO(book)) as archive:
        main = archive.read("xl/workbook.xml").decode()
    names = '<definedName name="a">b</definedName>' * 300_000
    swollen = main.replace("</sheets>", f"</sheets><definedNames>{names}</definedNames>")
    assert len(swollen) > len(names)
    assert refuse(replace_part(book, "xl/workbook.xml", swollen)).code == "damaged_workbook"


def test_a_row_of_endless_cells_goes_on_as_another() -> None:
    rows = DocumentRows()
    rows.begin_table()
    for number in range(2_500):
        rows.begin_cell()
        rows.add([str(number)])
    rows.end_table()
    told = [row for row in rows.complete if row]
    assert [len(row.split("\t")) for row in told] == [1_000, 1_000, 500]


def test_long_cells_are_paragraphs() -> None:
    rows = DocumentRows()
    rows.begin_table()
    for _ in range(3):
        rows.begin_cell()
        rows.add(["x" * 400_000])
    assert [len(row) for row in rows.complete if row] == [400_000] * 3
    rows.begin_cell()
    rows.add(["Anna"])
    rows.begin_cell()
    rows.add(["Hello."])
    rows.end_table()
    assert rows.complete[-2] == "Anna: Hello."


def test_a_document_of_one_endless_row_is_read() -> None:
    cells = "<w:tc><w:p><w:r><w:t>a</w:t></w:r></w:p></w:tc>" * 1_200
    assert refuse(word(f"<w:tbl><w:tr>{cells}</w:tr></w:tbl>")).code == "no_dialogue"
