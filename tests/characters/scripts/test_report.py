from io import BytesIO

import pytest

from characters.scripts import report as module
from characters.scripts.model import Line, Rejection, Scene
from characters.scripts.reader import read_script
from characters.scripts.report import ParseReport
from characters.scripts.tables.columns import ColumnNames
from tests.characters.scripts.reading import open_script


def test_a_report_of_what_streamed_through() -> None:
    report = ParseReport(max_rejections=1)
    reading = open_script("A: 一二三\nB: 二\nA: 三\n\nA: 四\nx\ny\nA: 五\nC: " + "长" * 200)
    assert list(report.observe(reading)) == list(reading)
    assert (report.scenes, report.lines, report.rejected_total, report.language) == (2, 6, 2, "zh")
    assert [rejection.row for rejection in report.rejections] == [6]
    assert [(speaker.name, speaker.lines, speaker.scenes) for speaker in report.speakers] == [
        ("A", 4, 2),
        ("B", 1, 1),
        ("C", 1, 1),
    ]
    assert report.speakers[0].samples == ["一二三", "三", "四"]
    assert report.speakers[2].samples == ["长" * 120]
    assert report.speakers_complete


def test_speakers_beyond_the_bound_are_summed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SPEAKERS", 2)
    report = ParseReport()
    report.add(Scene([Line(name, "hi", 1) for name in "ABCAD"], 1))
    assert [(speaker.name, speaker.lines) for speaker in report.speakers] == [("A", 2), ("B", 1)]
    assert (report.lines, report.uncounted_lines, report.speakers_complete) == (5, 2, False)


def test_rejections_are_counted_by_code_also_beyond_those_that_are_kept() -> None:
    report = ParseReport(max_rejections=1)
    for code in ("no_speaker", "no_text", "no_speaker"):
        report.add(Rejection(1, "x", code, "It is so."))
    assert report.codes == {"no_speaker": 2, "no_text": 1}
    assert len(report.rejections) == 1


@pytest.mark.parametrize(
    ("script", "format"),
    [
        ("id,Role,said,part\n1,Mara,Light it.,I\n", "table"),
        ('{"id": 1, "Role": "Mara", "said": "Light it.", "part": "I"}\n', "jsonl"),
    ],
)
def test_the_columns_of_a_table_are_told(script: str, format: str) -> None:
    report = ParseReport()
    columns = ColumnNames(line="said", scene="part")
    list(report.observe(read_script(BytesIO(script.encode()), "a", columns=columns)))
    header = report.header
    assert header is not None
    assert header.names == ("id", "Role", "said", "part")
    assert (header.speaker, header.line, header.scene) == ("Role", "said", "part")
