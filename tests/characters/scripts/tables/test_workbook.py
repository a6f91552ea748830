from datetime import date, datetime, time
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from characters.errors import ScriptError
from characters.scripts.model import ParseLimits, Rejection, Scene
from characters.scripts.reader import read_script
from characters.scripts.report import ParseReport
from characters.scripts.tables.columns import ColumnNames
from tests.characters.scripts.containers import make_workbook, make_zip, replace_part
from tests.characters.scripts.reading import codes, open_script, rendered, split

HEADER = ["speaker", "line", "scene"]
SHEET = "xl/worksheets/sheet1.xml"


def read_sheet(*rows: list[Any], **options: Any) -> tuple[list[Scene], list[Rejection]]:
    return split(list(open_script(make_workbook({"Sheet": rows}), "a.xlsx", **options)))


def test_cells_are_read_as_they_would_be_typed() -> None:
    values = [3, 3.0, 3.5, True, date(2031, 5, 4), datetime(2031, 5, 4, 6, 7), time(6, 7), "a\r\nb"]  # noqa: DTZ001  # a sheet has no time zones
    scenes, _ = read_sheet(HEADER, *(["A", value] for value in values))
    assert [line.text for line in scenes[0].lines] == [
        *("3", "3", "3.5", "TRUE", "2031-05-04", "2031-05-04 06:07:00", "06:07:00", "a b"),
    ]


def test_a_formula_gives_the_value_stored_with_it() -> None:
    book = make_workbook({"Sheet": [HEADER, ["A", "x"], ["B", "y"]]})
    cells = {
        "A": '<c r="B2" t="str"><f>"a"&amp;"b"</f><v>ab</v></c>',
        "B": '<c r="B3"><f>1+1</f></c>',
    }
    rows = "".join(
        f'<row r="{row}"><c r="A{row}" t="inlineStr"><is><t>{name}</t></is></c>{cell}</row>'
        for row, (name, cell) in enumerate(cells.items(), 2)
    )
    header = "".join(
        f'<c r="{c}1" t="inlineStr"><is><t>{t}</t></is></c>'
        for c, t in zip("AB", HEADER, strict=False)
    )
    xml = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        f'<row r="1">{header}</row>{rows}</sheetData></worksheet>'
    )
    scenes, rejections = split(list(open_script(replace_part(book, SHEET, xml))))
    assert rendered(scenes) == [["A: ab"]]
    assert codes(rejections) == [(3, "no_text")]


def test_columns_can_be_named_in_any_row_of_the_head() -> None:
    content = make_workbook(
        {"Notes": [["a", "b"]], "Lines": [["Season 1"], ["who?", "what?"], ["A", "hi"]]}
    )
    columns = ColumnNames(speaker="who?", line="what?")
    reading = read_script(BytesIO(content), "a.xlsx", columns=columns)
    scenes, rejections = split(list(reading))
    assert [(scene.member, scene.lines[0].row) for scene in scenes] == [("Lines", 3)]
    assert [(item.member, item.code) for item in rejections] == [
        ("Notes", "unknown_column"),
        ("Lines", "above_header"),
    ]


def test_a_single_column_is_plain_text() -> None:
    scenes, rejections = read_sheet(["Anna: one"], [], ["Bo: two"], ["Bo: three\nfour"])
    lines = [line for scene in scenes for line in scene.lines]
    assert [(line.row, line.text) for line in lines] == [(1, "one"), (3, "two"), (4, "three four")]
    assert rejections == []


def test_a_workbook_without_a_script_says_what_its_sheets_have() -> None:
    with pytest.raises(ScriptError, match=r"The columns are: item, price\.") as refused:
        read_sheet(["item", "price"], ["pear", 2])
    assert refused.value.code == "no_dialogue"


def test_what_a_sheet_says_of_its_size_is_not_believed() -> None:
    book = make_workbook({"Sheet": [HEADER, ["A", "hi"]]})
    row = '<row r="{}"><c r="XFD{}"><v>1</v></c></row>'
    start = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    dimension = '<dimension ref="A1:XFD1048576"/>'
    far = "".join(row.format(number, number) for number in range(1, 50))
    xml = f"{start}{dimension}<sheetData>{far}</sheetData></worksheet>"
    limits = ParseLimits(table_cells=100_000)
    with pytest.raises(ScriptError, match="100,000 cells") as refused:
        list(open_script(replace_part(book, SHEET, xml), limits=limits))
    assert (refused.value.code, refused.value.detail) == ("too_many_cells", {"limit": 100_000})


def test_a_forgotten_cell_far_below_ends_the_sheet_and_is_told() -> None:
    book = make_workbook({"Sheet": [HEADER, ["A", "hi"]]})
    start = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    rows = [
        '<row r="1"><c t="str"><v>speaker</v></c><c t="str"><v>line</v></c></row>',
        '<row r="2"><c t="str"><v>Anna</v></c><c t="str"><v>Hello.</v></c></row>',
        '<row r="{}"><c t="str"><v>Ben</v></c><c t="str"><v>Too far.</v></c></row>',
    ]
    for far, told in ((5_000, []), (1_048_576, [(3, "far_rows")]), (10**15, [(3, "far_rows")])):
        xml = f"{start}<sheetData>{''.join(rows).format(far)}</sheetData></worksheet>"
        items = list(open_script(replace_part(book, SHEET, xml)))
        scenes, rejected = split(items)
        assert codes(rejected) == told
        spoken = [line.speaker for scene in scenes for line in scene.lines]
        assert spoken == (["Anna"] if told else ["Anna", "Ben"])


def test_entities_and_damage_are_refused() -> None:
    book = make_workbook({"Sheet": [HEADER, ["A", "hi"]]})
    bomb = '<!DOCTYPE a [<!ENTITY b "bbbb">]><worksheet>&b;</worksheet>'
    for content in (
        replace_part(book, SHEET, bomb),
        replace_part(book, SHEET, "<worksheet"),
        replace_part(book, "[Content_Types].xml", ""),
        make_zip({"xl/workbook.xml": "<workbook/>"}),
    ):
        with pytest.raises(ScriptError) as refused:
            list(open_script(content))
        assert refused.value.code == "damaged_workbook"


def test_a_bomb_is_refused_before_it_is_opened() -> None:
    book = make_workbook({"Sheet": [HEADER, ["A", "hi"]]})
    content = replace_part(book, "xl/sharedStrings.xml", b" " * 5_000_000)
    with pytest.raises(ScriptError, match="1,000,000 bytes") as refused:
        open_script(content, limits=ParseLimits(archive_bytes=1_000_000))
    assert refused.value.code == "too_large"


CELLS = st.sampled_from(
    [None, "", " ", "A", "speaker", "line", "A：一\nB：二", "\n好", 0, 4.5, True]
)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(CELLS, max_size=4), max_size=8))
def test_every_row_of_any_sheet_is_accounted_for(rows: list[list[Any]]) -> None:
    sheets = {"First": [HEADER, ["A", "hi"]], "Second": rows}
    report = ParseReport()
    for item in open_script(make_workbook(sheets), "a.xlsx"):
        report.add(item)
    filled = [row for row in rows if any(str("" if c is None else c).strip() for c in row)]
    assert report.rows.total == 2 + len(filled)
