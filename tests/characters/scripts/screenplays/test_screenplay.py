import pytest
from hypothesis import given
from hypothesis import strategies as st

from characters.scripts.model import SCENE_LINES, Line
from characters.scripts.report import ParseReport
from characters.scripts.screenplays.speeches import SPEECH_CHARACTERS
from tests.characters.scripts.reading import codes, open_script, read, rendered
from tests.characters.scripts.test_accounting import count_rows

NAME = " " * 22
ASIDE = " " * 16
SPEECH = " " * 11


def spoken(content: str) -> list[list[str]]:
    scenes, rejections = read(content, "screenplay")
    assert rejections == []
    return rendered(scenes)


def test_indentation_tells_dialogue_from_action() -> None:
    script = (
        f"INT. HOUSE - DAY\n\nMARY waits.\nTHE CLOCK strikes.\n\n{NAME}MARY\n{SPEECH}NO\n"
        f"{SPEECH}I WILL\n{SPEECH}not.\n\nShe goes.\n\n{NAME}JOHN\n{ASIDE}(to himself)\n"
        f"{SPEECH}Well.\n"
    )
    assert spoken(script) == [["MARY: NO I WILL not.", "JOHN: (to himself) Well."]]


@pytest.mark.parametrize("margin", ["", " " * 15, "\t"])
def test_the_margin_may_lie_anywhere(margin: str) -> None:
    rows = ["INT. HOUSE - DAY", "", "Rain.", ""]
    rows += [f"{NAME}MARY", f"{SPEECH}One.", "", f"{NAME}JOHN", f"{SPEECH}Two.", "", "More rain."]
    script = "\n".join(margin + row if row else "" for row in rows)
    assert spoken(script) == [["MARY: One.", "JOHN: Two."]]


def test_an_indented_script_may_be_double_spaced() -> None:
    rows = ["INT. HOUSE - DAY", "Rain.", f"{NAME}MARY", f"{SPEECH}One", f"{SPEECH}and two."]
    rows += [f"{NAME}JOHN", f"{SPEECH}Three.", "More rain."]
    assert spoken("\n\n".join(rows)) == [["MARY: One and two.", "JOHN: Three."]]


def test_a_page_break_does_not_end_a_speech() -> None:
    script = (
        f"INT. HOUSE - DAY\n\n{NAME}MARY\n{SPEECH}One\n{NAME}(MORE)\n\n{' ' * 50}12.\n"
        f"CONTINUED: (2)\n{NAME}MARY (CONT'D)\n{SPEECH}two.\n\n{NAME}MARY (CONT'D)\n"
        f"{SPEECH}Three.\n"
        f"\n{NAME}JOHN\n{SPEECH}Four.\n"
    )
    assert spoken(script) == [["MARY: One two.", "MARY: Three.", "JOHN: Four."]]


@pytest.mark.parametrize(("name", "speech"), [(NAME, SPEECH), ("", "")])
def test_a_number_may_be_an_answer_and_else_is_a_page(name: str, speech: str) -> None:
    script = f"INT. A\n\n{name}MARY\n{speech}12\n\n{' ' * 60}12.\n\n{name}JOHN\n{speech}No.\n"
    assert spoken(script) == [["MARY: 12", "JOHN: No."]]


def test_marks_of_revision_and_numbers_of_scenes_are_left_out() -> None:
    script = (
        f"12A  INT. HOUSE - DAY  12A\n\n{NAME}MARY                *\n{SPEECH}One.   **\n*\n"
        f"{SPEECH}Two *three*.\n\n13 EXT. GARDEN\n\n{NAME}JOHN\n{SPEECH}Four.\n"
    )
    scenes, _ = read(script, "screenplay")
    assert [scene.heading for scene in scenes] == ["INT. HOUSE - DAY", "EXT. GARDEN"]
    assert rendered(scenes) == [["MARY: One. Two *three*."], ["JOHN: Four."]]


def test_flush_left_a_name_stands_behind_a_blank_row() -> None:
    script = (
        "EXT. PIER - NIGHT\n\nMARY walks.\n\nMARY (O.S.)\n(calm)\nIt was\nTHE SEA\nand me.\n\n"
        "THE LIGHT\n\nIt fails.\n\nJOHN\nWho?\n\nFADE OUT.\n"
    )
    assert spoken(script) == [["MARY: (O.S.) (calm) It was THE SEA and me.", "JOHN: Who?"]]


def test_without_blank_rows_capitals_are_enough() -> None:
    script = "INT. HOUSE\nMARY\n(softly)\nHello.\nHello?\nJOHN\nHi.\nEXT. STREET\nMARY\nBye.\n"
    assert spoken(script) == [["MARY: (softly) Hello. Hello?", "JOHN: Hi."], ["MARY: Bye."]]


def test_without_blank_rows_a_chinese_name_is_one_that_comes_again() -> None:
    script = (
        "1、内景 茶馆 夜\n出场人物：老周、小美、掌柜\n▲ 灯灭了。\n老周\n谁？\n"
        "小美（画外音）\n是我\n老周\n走吧\n"
        "2、外景 码头 日\n掌柜\n钱呢？\n小美\n在这里\n"
    )
    scenes, rejections = read(script, "screenplay")
    assert [scene.heading for scene in scenes] == ["1、内景 茶馆 夜", "2、外景 码头 日"]
    assert rendered(scenes) == [
        ["老周：谁？", "小美：（画外音）是我", "老周：走吧"],
        ["掌柜：钱呢？", "小美：在这里"],
    ]
    assert rejections == []


def test_chinese_with_blank_rows() -> None:
    script = (
        "场景一 咖啡馆 日\n\n△ 雨。\n\n小美\n我来\n晚了。\n\n雨停了\n\n老周（笑）\n"
        "不晚。\n\n第二场\n\n老周\n走。\n"
    )
    scenes, _ = read(script, "screenplay")
    assert rendered(scenes) == [["小美：我来晚了。", "老周：（笑）不晚。"], ["老周：走。"]]
    assert [scene.heading for scene in scenes] == ["场景一 咖啡馆 日", "第二场"]


@pytest.mark.parametrize(
    "heading",
    [
        "第1场 内景 咖啡馆 日",
        "第三场",
        "场景2：码头",
        "场景 三",
        "1. 内景 茶馆",
        "2、茶馆 日 内",
        "3-1 码头 黄昏",
        "外景 街道 夜",
        "内·茶馆·夜",
        "日 外 码头",
        "INT. HOUSE",
        "12 EXT. PIER 12",
    ],
)
def test_headings_end_a_speech_and_open_a_scene(heading: str) -> None:
    scenes, _ = read(f"小美\n你好\n{heading}\n小美\n再见\n", "screenplay")
    assert rendered(scenes) == [["小美：你好"], ["小美：再见"]]


@pytest.mark.parametrize(
    "row",
    ["第三场比赛我们赢了", "场景一片混乱", "3 日后我回来", "外面很冷", "日内必到", "EXTRA work"],
)
def test_what_begins_like_a_heading_goes_on_with_the_speech(row: str) -> None:
    scenes, _ = read(f"小美\n你好，\n{row}\n\n小美\n再见\n", "screenplay")
    assert scenes[0].lines[0].text.endswith(row)


def test_a_line_says_where_it_begins_and_how_many_rows_it_takes() -> None:
    scenes, _ = read("INT. A\n\nMARY\n(low)\none\ntwo\n\nJOHN\nthree\n", "screenplay")
    assert scenes[0].lines == [
        Line("MARY", "(low) one two", 3, "low", ": "),
        Line("JOHN", "three", 8, None, ": "),
    ]
    assert scenes[0].continued == 4


def test_names_without_words_and_words_with_nul_are_rejected() -> None:
    scenes, rejections = read("MARY\nOne.\n\nJOHN\n(sighs)\n\nMARY\nt\0o\n", "screenplay")
    assert rendered(scenes) == [["MARY: One."]]
    assert codes(rejections) == [(4, "no_text"), (7, "control_character")]
    assert [rejection.rows for rejection in rejections] == [2, 2]


def test_scenes_and_speeches_without_end_go_on_in_further_ones() -> None:
    scenes, _ = read("A\nx\n\nB\ny\n\n" * SCENE_LINES, "screenplay")
    assert [len(scene.lines) for scene in scenes] == [SCENE_LINES, SCENE_LINES]
    row = "word " * 100
    scenes, _ = read("MARY\n" + f"{row}\n" * 100, "screenplay")
    assert [line.speaker for line in scenes[0].lines] == ["MARY"] * 3
    assert max(len(line.text) for line in scenes[0].lines) < SPEECH_CHARACTERS + 2 * len(row)


@pytest.mark.parametrize(
    "content",
    [
        "MARY: Hello.\nJOHN: Hi.\n\nMARY: Bye.\n",
        "小美：你好。\n老周：你好。\n\n小美：再见。\n",
        "THE END OF IT\n\nMARY: Hello.\nJOHN: Hi.\nMARY: Bye.\nJOHN: Bye.\n",
        "INT. HOUSE - DAY\n\nMARY: Hello.\nJOHN: Hi.\n",
    ],
)
def test_plain_text_is_not_taken(content: str) -> None:
    assert open_script(content).format == "text"


@pytest.mark.parametrize(
    "content",
    [
        "It was late.\nNobody came.\n\nThe rain fell on\nTHE ROOF\nof the inn.\n\nMORNING\n\n"
        "It stopped.\n",
        "夜色\n\n他站在窗前，看了很久。\n\n雨停了\n\n街上没有人。\n",
        "",
        "\n \n",
        "A\nB\nC\nD\n",
    ],
)
def test_other_text_is_not_taken(content: str) -> None:
    assert open_script(content + "\nx: y", encoding="utf-8").format != "screenplay"


FRAGMENTS = [
    *(
        "\n",
        "\n\n",
        NAME,
        SPEECH,
        "MARY",
        "JOHN (V.O.)",
        "小美",
        "（笑）",
        "好。",
        "hello",
        "(MORE)",
        "12.",
    ),
    *(
        "INT. X",
        "第1场 内景",
        "△ ",
        "CUT TO:",
        "CONTINUED:",
        "    *\n",
        "\0",
        "\t",
        "\r\n",
        "\u3000",
        "人：",
    ),
]


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=40).map("".join))
def test_every_row_is_accounted_for(text: str) -> None:
    script = f"MARY\nhello\n\n{text}\n\nJOHN\nhi"
    report = ParseReport()
    for item in open_script(script, format="screenplay", encoding="utf-8"):
        report.add(item)
    assert report.rows.total == count_rows(script)


names = st.sampled_from(["MARY", "JOHN", "THE OLD MAN", "小美", "老周"])
words = st.text(st.sampled_from("abc xyz 你好，。"), min_size=1, max_size=30).map(str.strip)
speeches = st.lists(st.tuples(names, words.map(lambda text: f"so {text}")), min_size=2, max_size=8)


@given(speeches)
def test_what_is_typed_in_capitals_and_rows_is_read_back(script: list[tuple[str, str]]) -> None:
    content = "INT. HOUSE - DAY\n\n" + "\n\n".join(f"{name}\n{text}" for name, text in script)
    scenes, rejections = read(content, "screenplay")
    assert rejections == []
    read_back = [(line.speaker, line.text) for scene in scenes for line in scene.lines]
    assert read_back == [(name, text.strip()) for name, text in script]
