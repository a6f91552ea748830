import pytest
from hypothesis import given
from hypothesis import strategies as st

from characters.scripts.model import Line
from characters.scripts.report import ParseReport
from characters.scripts.screenplays.fountain import Fountain
from tests.characters.scripts.reading import codes, open_script, read, rendered
from tests.characters.scripts.test_accounting import count_rows


def lines(content: str) -> list[Line]:
    scenes, _ = read(content, "fountain")
    return [line for scene in scenes for line in scene.lines]


def spoken(content: str) -> list[str]:
    return [line.render() for line in lines(content)]


@pytest.mark.parametrize(
    ("row", "speaker", "direction"),
    [
        ("MARY", "MARY", None),
        ("MARY (V.O.)", "MARY", "V.O."),
        ("MARY (on the radio)", "MARY", "on the radio"),
        ("MARY (CONT'D)", "MARY", None),
        ("MARY (cont’d) (O.S.)", "MARY", "O.S."),
        ("MARY ^", "MARY", None),
        ("MARY (V.O.) ^", "MARY", "V.O."),
        ("@McAvoy", "McAvoy", None),
        ("R2D2", "R2D2", None),
        ("DR. WATSON", "DR. WATSON", None),
        ("SAM JR.", "SAM JR.", None),
        ("O'NEIL & ÉMILE", "O'NEIL & ÉMILE", None),
        ("GUARD #2", "GUARD #2", None),
        ("小美", "小美", None),
        ("小美（画外音）（续）", "小美", "画外音"),
        ("@第一个观众：甲", "第一个观众：甲", None),
    ],
)
def test_who_speaks(row: str, speaker: str, direction: str | None) -> None:
    line = lines(f"\n{row}\nHello there.\n")[0]
    assert (line.speaker, line.direction) == (speaker, direction)


@pytest.mark.parametrize(
    "row",
    [
        "Mary",
        "23",
        "INT. HOUSE - DAY",
        "BANG!",
        "SHE RUNS.",
        "!MARY",
        "> MARY <",
        "~MARY",
        "= MARY",
        "# MARY",
        "NOW: MARY",
        "雨下得很大，街上没有人。",
        "他们两个人站在雨里很久",
    ],
)
def test_what_is_no_name(row: str) -> None:
    assert spoken(f"ANNA\nhello\n\n{row}\nHello there.\n") == ["ANNA: hello"]


def test_a_name_stands_between_a_blank_row_and_one_that_is_not() -> None:
    script = "ANNA\nhello\n\nShe sees\nTHE SEA\nand waits.\n\nTHE SEA\n\nIt waits.\n"
    assert spoken(script) == ["ANNA: hello"]


def test_headings_open_scenes() -> None:
    scenes, rejections = read(
        "INT. KITCHEN - DAY #12A#\n\nA\none\n\n.FLASHBACK\n\nA\ntwo\n\next./int. car\n\nA\n"
        "three\n\n"
        "# Act II\n\nA\nfour\n\n...\n\nA\nfive",
        "fountain",
    )
    assert [scene.heading for scene in scenes] == [
        "INT. KITCHEN - DAY",
        "FLASHBACK",
        "ext./int. car",
        "Act II",
    ]
    assert rendered(scenes)[3] == ["A: four", "A: five"]
    assert rejections == []


def test_dialogue_keeps_its_parentheticals_and_loses_its_markup() -> None:
    assert lines(
        "\nMARY (V.O.)\n(softly)\nIt *was* _never_ **lit**, 5 * 3 \\*.\n(beat)\n~La la."
    ) == [
        Line(
            "MARY",
            "(V.O.) (softly) It was never lit, 5 * 3 *. (beat) La la.",
            2,
            "V.O., softly",
            ": ",
        )
    ]


def test_two_spaces_hold_a_speech_open_over_a_blank_row() -> None:
    assert spoken("MARY\nOne.\n  \nTwo.\n\nThree.\n") == ["MARY: One. Two."]
    assert spoken("MARY\nOne.\n\n  \nTwo.\n\nThree.\n") == ["MARY: One."]


def test_a_page_break_within_a_speech_is_no_part_of_it() -> None:
    assert spoken("MARY\nOne.\n===\nTwo.\n") == ["MARY: One. Two."]


def test_a_title_page_ends_at_a_blank_row_and_needs_a_known_key() -> None:
    assert spoken("Title:\n    MARY\n    says\nAuthor: Me\n\nA\none\n") == ["A: one"]
    assert spoken("FADE IN:\nA\none\n\nA\ntwo\n") == ["A: two"]


def test_comments_are_neither_dialogue_nor_blank_rows() -> None:
    scenes, rejections = read(
        "A /* not B */\none [[a note]] two\n[[over\n rows]] three\n/* MARY\n\ncut */\nfour\n",
        "fountain",
    )
    assert rendered(scenes) == [["A: one  two three four"]]
    assert rejections == []


@pytest.mark.parametrize(
    ("script", "rejected", "rows"),
    [
        ("A\none\n\n/* B\ntwo\n\nB\nthree", 4, 4),
        ("A\none\n[[ note\ngoes on\n\nB\ntwo", 3, 2),
        ("A\none [[ note\n\nB\ntwo", 2, 0),
    ],
)
def test_a_comment_that_is_never_closed_is_reported(script: str, rejected: int, rows: int) -> None:
    scenes, rejections = read(script, "fountain")
    assert rendered(scenes)[0][0] == "A: one"
    assert codes(rejections) == [(rejected, "unclosed_comment")]
    assert rejections[0].rows == rows


def test_a_forced_name_without_words_is_rejected() -> None:
    scenes, rejections = read("A\none\n\n@Nobody\n\nB\n(sighs)\n\nC\n\0\n", "fountain")
    assert rendered(scenes) == [["A: one"]]
    assert codes(rejections) == [(4, "no_text"), (6, "no_text"), (9, "control_character")]


SCRIPT = "INT. HOUSE - DAY\n\nMARY\nHello.\n\nJOHN\nHi.\n"


@pytest.mark.parametrize(
    ("content", "filename", "name"),
    [
        ("Title: The House\n\n" + SCRIPT, "house.txt", "fountain"),
        (SCRIPT + "\n@McAvoy\nHi.\n", "house.txt", "fountain"),
        (SCRIPT + "\n> THE END <\n", "", "fountain"),
        (SCRIPT, "house.fountain", "fountain"),
        (SCRIPT, "house.txt", "screenplay"),
        ("Title: The House\nMARY: Hello.\nJOHN: Hi.\nMARY: Bye.\n", "a.txt", "text"),
        ("> quoted\n\n# One\n\nMARY: Hello.\nJOHN: Hi.\n", "a.txt", "text"),
    ],
)
def test_detection(content: str, filename: str, name: str) -> None:
    assert open_script(content, filename).format == name


FRAGMENTS = [
    *(
        "\n",
        "\n\n",
        "  \n",
        "/*",
        "*/",
        "[[",
        "]]",
        "@",
        "!",
        ".",
        ">",
        "<",
        "~",
        "=",
        "===\n",
        "#",
    ),
    *(
        "MARY",
        "小美",
        "(V.O.)",
        "（续）",
        "^",
        "hello",
        "Title: x",
        "INT. X",
        "CUT TO:",
        "\0",
        "*",
        "\r",
    ),
]


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=40).map("".join))
def test_every_row_is_accounted_for(text: str) -> None:
    script = f"A\nhello\n\n!action\n\n{text}"
    report = ParseReport()
    for item in open_script(script, format="fountain", encoding="utf-8"):
        report.add(item)
    assert report.rows.total == count_rows(script)


@given(st.text(max_size=200))
def test_sniffing_takes_anything(text: str) -> None:
    assert 0 <= Fountain().sniff(f"Title: x\n{text}", "a.fountain") <= 1
