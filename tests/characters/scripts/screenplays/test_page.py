"""Names and furniture of a screenplay's page."""

import pytest

from characters.scripts.lines import Refusal
from characters.scripts.screenplays.names import (
    CharacterName,
    is_name,
    read_name,
    strip_extensions,
)
from characters.scripts.screenplays.page import (
    find_cast,
    is_more,
    is_page_layout,
    is_slugline,
    is_transition,
    strip_revision,
    strip_scene_numbers,
)


@pytest.mark.parametrize(
    ("row", "name"),
    [
        ("MARY (V.O.) (CONT'D)", CharacterName("MARY", ("(V.O.)",), continues=True)),
        ("MARY(cont’d)", CharacterName("MARY", (), continues=True)),
        ("小美（画外音）（续）", CharacterName("小美", ("（画外音）",), continues=True)),
        (" ANNA ^", CharacterName("ANNA")),
        ("(V.O.)", CharacterName("(V.O.)")),
    ],
)
def test_a_name_is_read_without_its_extensions(row: str, name: CharacterName) -> None:
    assert read_name(row) == name


@pytest.mark.parametrize("row", ["", "^", "x" * 41, f"ANNA ({'x' * 115})"])
def test_what_has_no_name_or_one_too_long(row: str) -> None:
    assert isinstance(read_name(row), Refusal)
    assert strip_extensions("MARY (V.O.) (CONT'D)") == "MARY"


@pytest.mark.parametrize(
    "row",
    [
        "ANNA",
        "DR. WATSON",
        "J.R.",
        "GUARD #2",
        "ANNA (smiling)",
        "ÉMILE ^",
        "小美",
        "老周（画外音）",
        "三三、二二",
        'JIMMY "THE FOX" BELL',
        "JIMMY “FOX” BELL",
        "VOICE #2: RADIO",
        "OTTO, JR.",
        "GUARD 1 & GUARD 2",
        "WHO?",
        "THE MAN WITH THE VERY LONG COAT",
        "MIRA, TOBY",
        "MOTHER…",
        "MOTHER...",
        "[VOICE]",
        "МАТЬ",
        "ΜΗΤΕΡΑ",
        "ANNA [smiling]",
        "ANNA V.O.",
    ],
)
def test_rows_that_are_written_like_a_name(row: str) -> None:
    assert is_name(row)


@pytest.mark.parametrize(
    "row",
    [
        "Anna",
        "ANNA!",
        "HE STOPS.",
        "THE END",
        "12",
        "-ANNA",
        "(V.O.)",
        "ONE TWO THREE FOUR FIVE SIX SEVEN EIGHT NINE",
        "ANNA, WHO KNOWS; BO",
        "WHAT? NO",
        "NOW: ANNA",
        "字幕",
        "一二三四五六七八九",
        "他走了。",
        "^",
        "",
        "X" * 121,
    ],
)
def test_rows_that_are_not(row: str) -> None:
    assert not is_name(row)


@pytest.mark.parametrize(
    "row",
    [
        "INT. KITCHEN - NIGHT",
        "ext dock",
        "I/E. CAR",
        "12 INT. KITCHEN 12",
        "第1场 内景 咖啡馆 日",
        "3. 码头 夜",
        "场景：码头",
        "外景 街",
    ],
)
def test_places(row: str) -> None:
    assert is_slugline(row)


@pytest.mark.parametrize(
    "row", ["Interior: hi", "INTO THE FOG", "第三者", "3 men", "INT. " + "x" * 120]
)
def test_rows_that_only_begin_like_a_place(row: str) -> None:
    assert not is_slugline(row)


@pytest.mark.parametrize(
    ("row", "bare"),
    [
        ("12 INT. KITCHEN 12", "INT. KITCHEN"),
        ("12A. EXT. DOCK", "EXT. DOCK"),
        ("12 men wait", "12 men wait"),
        ("12", "12"),
        ("", ""),
    ],
)
def test_the_numbers_of_a_shooting_script(row: str, bare: str) -> None:
    assert strip_scene_numbers(row) == bare


@pytest.mark.parametrize(
    ("row", "text"),
    [
        ("ANNA      *", "ANNA"),
        ("ANNA\t**", "ANNA"),
        ("five stars ***", "five stars ***"),
        ("*", "*"),
    ],
)
def test_a_mark_of_revision_stands_far_to_the_right(row: str, text: str) -> None:
    assert strip_revision(row).rstrip() == text


@pytest.mark.parametrize("row", ["12.", "- 3 -", "Page 7", "CONTINUED: (2)", "(CONTINUED)", "*"])
def test_what_structures_the_page(row: str) -> None:
    assert is_page_layout(row)


@pytest.mark.parametrize("row", ["12345", "CONTINUED BELOW", "***", "Page", "时候到了"])
def test_what_does_not(row: str) -> None:
    assert not is_page_layout(row)


def test_transitions_and_speeches_that_go_on() -> None:
    assert all(map(is_transition, ("CUT TO:", "FADE OUT.", "切至：", "（淡出）", "DISSOLVE:")))
    assert not any(map(is_transition, ("Cut to:", "GO TO HELL", "FADE", "切菜")))
    assert all(map(is_more, ("(MORE)", "（ 待续 ）")))
    assert not any(map(is_more, ("MORE", "(MORE", "(some more)")))


@pytest.mark.parametrize(
    ("row", "cast"),
    [
        ("时：夜 景：码头 人：老周、三三", "人：老周、三三"),
        ("人物：老周 时间：夜", "人物：老周"),
        ("时：夜", ""),
        ("老周：人：三三", ""),
    ],
)
def test_who_is_in_a_scene_by_its_slug(row: str, cast: str) -> None:
    assert find_cast(row) == cast
