"""A table may begin far down its sheet."""

from characters.scripts.model import Header, NonDialogue, Rejection, Scene
from tests.characters.scripts.containers import make_workbook
from tests.characters.scripts.reading import open_script, rendered, split

TABLE: list[list[object]] = [["speaker", "line"], ["Anna", "Hello."], ["三三", "好。"]]


def test_blank_rows_above_a_table_do_not_hide_it() -> None:
    for blank in (1, 199, 200, 201, 3_000):
        rows: list[list[object]] = [[None]] * blank
        items = list(open_script(make_workbook({"A": [*rows, *TABLE]}), "a.xlsx"))
        scenes, rejections = split(items)
        assert rendered(scenes) == [["Anna: Hello.", "三三：好。"]]
        assert rejections == []
        assert [item.row for item in items if isinstance(item, Header)] == [blank + 1]
        assert scenes[0].row == blank + 2


def test_a_sheet_without_a_table_is_still_rejected_however_far_down_it_begins() -> None:
    rows: list[list[object]] = [[None]] * 300
    book = make_workbook({"A": [*rows, ["x", "y"], ["a", "b"]], "B": TABLE})
    items = list(open_script(book, "a.xlsx"))
    assert [(item.row, item.code, item.rows) for item in items if isinstance(item, Rejection)] == [
        (301, "no_columns", 2)
    ]
    assert [item for item in items if isinstance(item, Scene | NonDialogue)]


def test_plain_text_and_scenes_far_down_keep_their_row_numbers() -> None:
    for blank in (0, 250):
        rows: list[list[object]] = [[None]] * blank
        text = make_workbook({"A": [*rows, ["Anna: Hello."], ["三三：好。"]]})
        scenes, rejections = split(list(open_script(text, "a.xlsx")))
        assert rendered(scenes) == [["Anna: Hello.", "三三：好。"]]
        assert [line.row for line in scenes[0].lines] == [blank + 1, blank + 2]
        assert rejections == []
        reference = make_workbook({"A": [*rows, ["序号", "台词"], [1, "三三：好。\n二二：走。"]]})
        scenes, _ = split(list(open_script(reference, "a.xlsx")))
        assert rendered(scenes) == [["三三：好。", "二二：走。"]]
        assert scenes[0].row == blank + 2
