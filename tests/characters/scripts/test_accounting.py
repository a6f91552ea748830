"""Nothing in a script disappears: dialogue + narration + rejected rows are all its rows."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from characters.scripts import registry
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
]

BEGINNINGS = {
    "csv": "number,scene\n1,Anna: hello",
    "table": "speaker,line\nAnna,hello",
    "jsonl": '{"speaker": "Anna", "line": "hello"}',
    "text": "Anna: hello",
}


def count_rows(text: str) -> int:
    """The rows that are not blank, counted without the code under test."""
    rows = re.split(r"\r\n|\r|\n", text.removeprefix("\ufeff"))
    return len([row for row in rows if row.strip()])


@pytest.mark.parametrize("fixture", FIXTURES, ids=lambda fixture: fixture.path.name)
def test_every_row_of_a_fixture_is_accounted_for(fixture: Fixture) -> None:
    rows = fixture.describe()["rows"]
    assert rows["dialogue"] + rows["narration"] + rows["rejected"] == rows["total"]
    assert rows["total"] == count_rows(fixture.path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("fixture", FIXTURES, ids=lambda fixture: fixture.path.name)
def test_a_fixture_reads_as_its_golden_report_says(fixture: Fixture) -> None:
    assert fixture.describe() == fixture.expected


def test_every_format_has_a_fixture() -> None:
    assert {fixture.expected["format"] for fixture in FIXTURES} == set(registry.names())


@pytest.mark.parametrize("format", registry.names())
@given(text=st.lists(st.sampled_from(FRAGMENTS), max_size=25).map("".join))
def test_every_row_of_anything_is_accounted_for(format: str, text: str) -> None:
    script = f"{BEGINNINGS[format]}\n{text}"
    report = ParseReport()
    for item in open_script(script, format=format):
        report.add(item)
    assert report.rows.total == count_rows(script)
