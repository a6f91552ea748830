import csv
from collections import Counter
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from characters.errors import ScriptError
from characters.scripts.tables.csv_records import RECORD_CHARACTERS
from characters.scripts.tables.reference_csv import ReferenceCsv
from tests.characters.reference import SANSAN, needs_reference
from tests.characters.scripts.reading import codes, open_script, read, rendered, split

HEADER = "序号,对话\r\n"


@needs_reference
def test_the_reference_corpus() -> None:
    reading = open_script(SANSAN.read_bytes(), "三三.csv")
    scenes, rejections = split(list(reading))
    speakers = Counter(line.speaker for scene in scenes for line in scene.lines)
    assert (reading.format, reading.encoding, reading.confidence) == ("csv", "utf-8", 1.0)
    assert (len(scenes), speakers["三三"], rejections) == (88, 125, [])
    assert sum(scene.episode is not None for scene in scenes) == 61  # says the reference page


@needs_reference
def test_row_numbers_of_the_reference_corpus_are_those_of_an_editor() -> None:
    rows = SANSAN.read_text(encoding="utf-8").split("\n")  # universal newlines
    scenes, _ = split(list(open_script(SANSAN.read_bytes(), "三三.csv")))
    for scene in scenes:
        for line in scene.lines:
            assert line.render() in rows[line.row - 1]


def test_each_record_is_a_scene_and_keeps_its_episode() -> None:
    scenes, rejections = read(HEADER + '2,"二二：一\r\n三三：二"\r\n,三三:三\r\n', "csv")
    assert rendered(scenes) == [["二二：一", "三三：二"], ["三三:三"]]
    assert [(scene.episode, scene.row) for scene in scenes] == [("2", 2), (None, 4)]
    assert [[line.row for line in scene.lines] for scene in scenes] == [[2, 3], [4]]
    assert rejections == []


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
def test_rows_without_a_colon_are_rejected_and_the_rest_is_kept(end: str, bom: str) -> None:
    content = bom + end.join(["number,scene", '"1', '2","A：一', "nobody", "", 'B:二"', "3,nobody"])
    scenes, rejections = read(content, "csv")
    assert rendered(scenes) == [["A：一", "B:二"]]
    assert [line.row for line in scenes[0].lines] == [3, 6]
    assert codes(rejections) == [(4, "no_colon"), (7, "no_colon")]


def test_the_first_record_is_skipped_but_dialogue_in_it_is_reported() -> None:
    scenes, rejections = read("1,A：一\n2,A：二\n", "csv")
    assert rendered(scenes) == [["A：二"]]
    assert codes(rejections) == [(1, "header_row")]


def test_quoted_quotes_and_commas() -> None:
    scenes, rejections = read(HEADER + '1,"A：他说""好"",走了"\n2,A：他说"好"\n', "csv")
    assert rendered(scenes) == [['A：他说"好",走了'], ['A：他说"好"']]
    assert rejections == []


def test_missing_extra_and_empty_columns() -> None:
    scenes, rejections = read(
        HEADER + 'alone\n1,\n,\n\n2,"A：一\nB：二","note\nmore",,x\n3,A：三,,\n', "csv"
    )
    assert rendered(scenes) == [["A：一", "B：二"], ["A：三"]]
    assert codes(rejections) == [
        (2, "missing_column"),
        (3, "empty_scene"),
        (7, "extra_column"),
        (8, "extra_column"),
    ]
    assert [rejection.text for rejection in rejections[2:]] == ["note\nmore", "x"]


def test_nothing_but_the_first_colon_decides_who_speaks() -> None:
    scenes, rejections = read(
        HEADER + '1,"Smith, John：hi\n三三（小声）：嗯\nA/../b：x\n：nobody\nA：\nA：\0"\n', "csv"
    )
    assert [line.speaker for line in scenes[0].lines] == ["Smith, John", "三三", "A/../b"]
    assert codes(rejections) == [(5, "no_speaker"), (6, "no_text"), (7, "control_character")]


def test_an_unclosed_quote_swallows_nothing() -> None:
    scenes, rejections = read(
        HEADER + '1,"A：一\nB：二\n2,"A：三\nB：四"\n3,A：五\n4,"A：六\nB：七"\n', "csv"
    )
    assert rendered(scenes) == [["A：三", "B：四"], ["A：五"], ["A：六", "B：七"]]
    assert codes(rejections) == [(2, "unterminated_quote"), (3, "unterminated_quote")]
    assert [scene.row for scene in scenes] == [4, 6, 7]


def test_a_quote_unclosed_to_the_end_of_the_file() -> None:
    scenes, rejections = read(HEADER + '1,A：一\n2,"A：二\n3,A：三\n4,A：四', "csv")
    assert rendered(scenes) == [["A：一"], ["A：三"], ["A：四"]]
    assert codes(rejections) == [(3, "unterminated_quote")]


def test_a_quote_unclosed_for_longer_than_a_scene_may_be() -> None:
    count = RECORD_CHARACTERS // 4
    scenes, rejections = read(HEADER + '1,"A：一\n' + "2,A：二\n" * count, "csv")
    assert codes(rejections) == [(2, "unterminated_quote")]
    assert (len(scenes), scenes[-1].row) == (count, count + 2)


def test_quotes_inside_quotes_reject_their_row() -> None:
    scenes, rejections = read(HEADER + '1,"A：他说"好"啊"\n2,A：二\n', "csv")
    assert rendered(scenes) == [["A：二"]]
    assert codes(rejections) == [(2, "misplaced_quote")]


def test_a_file_of_unclosed_quotes_is_refused_in_bounded_time() -> None:
    with pytest.raises(ScriptError) as refused:
        read(HEADER + 'a",b"c,"d\n' * 20_000, "csv")
    assert refused.value.code == "unterminated_quote"


def test_a_single_row_longer_than_the_field_limit_is_rejected() -> None:
    long = "x" * (RECORD_CHARACTERS + 10)
    items = list(ReferenceCsv().parse(["h,h", f"1,A：{long}", "2,A：二"]))
    scenes, rejections = split(items)
    assert codes(rejections) == [(2, "record_too_long")]
    assert rendered(scenes) == [["A：二"]]


cells = st.lists(
    st.text(st.sampled_from("三二A：:,\" 'x"), min_size=1, max_size=12), min_size=1, max_size=4
).map("\n".join)


@given(st.lists(st.tuples(st.sampled_from(["", "1", "a\nb"]), cells), max_size=6))
def test_every_row_of_every_scene_is_a_line_or_rejected_or_blank(
    records: list[tuple[str, str]],
) -> None:
    target = StringIO(newline="")
    csv.writer(target).writerows([("序号", "对话"), *records])
    physical = target.getvalue().replace("\r\n", "\n").split("\n")
    scenes, rejections = split(list(ReferenceCsv().parse(physical)))
    found = sum(len(scene.lines) for scene in scenes)
    found += sum(rejection.code != "empty_scene" for rejection in rejections)
    assert found == sum(bool(row.strip()) for _, cell in records for row in cell.split("\n"))
    for scene in scenes:
        for line in scene.lines:
            source = physical[line.row - 1].replace('""', '"')
            assert line.speaker in source
            assert line.text in source
