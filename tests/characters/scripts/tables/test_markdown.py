"""Tables in Markdown."""

import pytest

from tests.characters.scripts.reading import codes, open_script, rendered, split


@pytest.mark.parametrize("header", ["| 角色 | 台词 |", "| Speaker | Line |", "| X | Y |", "| | |"])
@pytest.mark.parametrize("rule", ["|---|---|", "| :--- | ---: |", "|--|--|"])
def test_a_header_over_a_rule(header: str, rule: str) -> None:
    reading = open_script(f"{header}\n{rule}\n| 米拉 | 你来晚了。 |\n| 托比 | 冰。 |\n", "a.txt")
    scenes, rejections = split(list(reading))
    assert (reading.format, rejections) == ("markdown", [])
    assert rendered(scenes) == [["米拉：你来晚了。", "托比：冰。"]]


def test_columns_in_any_order_and_scenes_under_headings() -> None:
    scenes, rejections = split(
        list(
            open_script(
                "# One\n\n| Line | No | Speaker |\n|---|---|---|\n| Late. | 1 | Mira |\n\n"
                "# Two\n\n| Line | No | Speaker |\n|---|---|---|\n| Ice. | 2 | Toby |\n| Only |\n"
            )
        )
    )
    assert [(scene.heading, len(scene.lines)) for scene in scenes] == [("One", 1), ("Two", 1)]
    assert codes(rejections) == [
        (3, "unused_columns"),
        (9, "unused_columns"),
        (12, "missing_column"),
    ]


def test_rows_with_bars_but_without_a_rule_are_no_table() -> None:
    assert open_script("| Mira: Late.\n| Toby: Ice.\n| Mira: Oh.\n").format == "text"
