from io import BytesIO
from itertools import islice

import pytest

from characters.errors import ScriptError
from characters.scripts import reader, registry
from characters.scripts.model import ParseLimits, Scene
from characters.scripts.reader import read_script
from characters.scripts.registry import ScriptFormat
from tests.characters.scripts.reading import open_script, rendered, split

TEXT = "第一场\nA: 一\nB: 二\n\nA: 三\n"
CSV = '序号,对话\n1,"A：一\nB：二"\n'


def refuse(content: str, **options: object) -> ScriptError:
    with pytest.raises(ScriptError) as refused:
        list(open_script(content, **options))  # type: ignore[arg-type]  # forwarded as given
    return refused.value


@pytest.mark.parametrize(
    ("content", "filename", "name"),
    [
        (TEXT, "a.txt", "text"),
        (TEXT, "a.csv", "text"),
        (CSV, "a.csv", "csv"),
        (CSV, "a.txt", "csv"),
        (CSV, "", "csv"),
        ("n,scene\n" + ',"A：一\nB：二\nC：三"\n' * 30, "x", "csv"),
        (
            "HAMLET: To be, or not to be: that is it\nOPHELIA: Good, my lord: good\n" * 9,
            "x",
            "text",
        ),
    ],
)
def test_formats_are_detected_by_content_first(content: str, filename: str, name: str) -> None:
    assert open_script(content, filename).format == name


def test_the_named_format_wins() -> None:
    assert open_script(CSV, "a.csv", format="text").format == "text"
    error = refuse(CSV, format="wordstar")
    assert (error.code, error.detail["known"]) == ("unknown_format", registry.names())
    assert ", ".join(registry.names()) in str(error)


@pytest.mark.parametrize("name", registry.names())
@pytest.mark.parametrize("head", ["", "\n\n", '"', "\0", "：", ",,,\n,,,", "x" * 70_000, '"' * 999])
def test_sniffing_takes_anything(name: str, head: str) -> None:
    script_format = registry.get(name)
    if isinstance(script_format, ScriptFormat):
        assert 0 <= script_format.sniff(head, "a.csv") <= 1
    assert registry.detect(head, "a.csv").name in registry.names()


def test_a_reading_can_be_iterated_again() -> None:
    reading = open_script(TEXT)
    assert list(reading) == list(reading)
    assert rendered(split(list(reading))[0]) == [["A: 一", "B: 二"], ["A: 三"]]


def test_limits() -> None:
    limits = ParseLimits(line_characters=10, lines=2)
    error = refuse("A: 1\nB: 1234567890\n", limits=limits)
    assert (error.code, error.detail) == ("line_too_long", {"row": 2, "limit": 10})
    assert "Row 2" in str(error)
    assert "10" in str(error)
    error = refuse("A: 1\nB: 2\n\nA: 3\n", limits=limits)
    assert (error.code, error.detail) == ("too_many_lines", {"row": 4, "limit": 2})
    assert len(list(open_script("A: 1234567\nB: 2", limits=limits))) == 1


def test_a_file_without_row_ends_is_refused_before_it_is_in_memory() -> None:
    class Endless(BytesIO):
        taken = 0

        def read(self, size: int | None = -1, /) -> bytes:
            data = super().read(size)
            self.taken += len(data)
            return data

    file = Endless(b"x" * 5_000_000)
    reading = read_script(file, "a.txt", format="text", limits=ParseLimits(line_characters=100))
    file.taken = 0
    with pytest.raises(ScriptError, match="longer than 100"):
        list(reading)
    assert file.taken <= 1 << 18


@pytest.mark.parametrize("chunk", [1, 2, 3])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_rows_may_straddle_chunks(chunk: int, end: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "CHUNK_BYTES", chunk)
    content = "\ufeff" + end.join(["三三：一", "二二：🤖", "", "三三：三"])
    scenes, rejections = split(list(open_script(content, format="text")))
    assert rendered(scenes) == [["三三：一", "二二：🤖"], ["三三：三"]]
    assert [line.row for scene in scenes for line in scene.lines] == [1, 2, 4]
    assert rejections == []


def test_no_dialogue_says_what_was_wrong_with_the_first_rows() -> None:
    error = refuse(": nothing\n" * 7, filename="a.txt")
    rejected = error.detail["rejected"]
    assert (error.code, error.detail["rejected_total"]) == ("no_dialogue", 7)
    assert isinstance(rejected, list)
    assert [row["row"] for row in rejected] == [1, 2, 3, 4, 5]
    assert "Row 1: Nobody is named before the colon." in str(error)
    assert "header row" in str(refuse("序号,对话\n1,\n", filename="a.csv"))


def test_a_table_of_unknown_columns_asks_for_them() -> None:
    quoted = 'id,who,said\n1,Mara,"Light the lamp."\n2,Tobin,"It is lit."\n'
    error = refuse(quoted, filename="a.csv")
    assert (error.code, error.detail["columns"]) == ("no_columns", ["id", "who", "said"])


def test_scenes_stream() -> None:
    reading = open_script("A: 1\nB: 2\n\n" * 50_000 + "x" * 200_000)
    first = list(islice(reading, 3))  # the row that is too long lies behind
    assert all(isinstance(item, Scene) for item in first)
