import pytest

from characters.scripts import report as module
from characters.scripts.model import Line, Scene
from characters.scripts.report import ParseReport
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
