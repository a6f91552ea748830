import pytest
from hypothesis import given
from hypothesis import strategies as st

from characters.scripts.model import SCENE_LINES, ParseItem, Scene
from characters.scripts.text.layout import read_layout
from characters.scripts.text.plain_text import PlainText
from tests.characters.scripts.reading import codes, read, rendered, split

HEADINGS = [
    "第三场 火锅店",
    "第12回",
    "第二十一章：重逢",
    "第 ３ 幕",
    "SCENE 12 - The kitchen",
    "Scene 3: The castle",
    "ACT II",
    "Act One, Scene Two",
    "Chapter 4. In which nothing happens",
    "INT. KITCHEN - NIGHT",
    "EXT. STREET: 12:30",
    "内景 教室 夜",
    "[Scene: a street]",
    "【第三场】",
    "# Part the first",
    "## 12:30",
    "---",
    "***",
    "* * *",
    "======",
    "--- later ---",
    "序幕",
]

NOT_HEADINGS = [
    "Act 3 Guard: Halt!",
    "Scener: hello",
    "第三者：你好",
    "第一个观众：你好",
    "International: hello",
    "——：你好",
    "Partner: hello",
    "Act I saw: not a heading",
]


@pytest.mark.parametrize("heading", HEADINGS)
def test_a_heading_opens_a_scene(heading: str) -> None:
    scenes, rejections = read(f"A: one\n{heading}\nB: two\n")
    assert rendered(scenes) == [["A: one"], ["B: two"]]
    assert rejections == []


@pytest.mark.parametrize("line", NOT_HEADINGS)
def test_a_line_that_begins_like_a_heading_is_a_line(line: str) -> None:
    scenes, rejections = read(f"A: one\n{line}\nB: two\n")
    assert rendered(scenes) == [["A: one", line, "B: two"]]
    assert rejections == []


def test_headings_stay_with_the_scenes_that_follow() -> None:
    scenes, _ = read("A: 0\n第一场 火锅店\n\nA: 1\n\nA: 2\n---\nA: 3\n# The end #\nA: 4")
    assert [scene.heading for scene in scenes] == [
        None,
        "第一场 火锅店",
        "第一场 火锅店",
        None,
        "The end",
    ]
    assert [scene.row for scene in scenes] == [1, 4, 6, 8, 10]


def test_both_colons_split_a_row_at_the_first() -> None:
    scenes, _ = read("三三：比分是3:2\nAnna:he said：no\nSam: yes\n二二：  好 \n")
    lines = scenes[0].lines
    assert [(line.speaker, line.colon, line.text) for line in lines] == [
        ("三三", "：", "比分是3:2"),
        ("Anna", ":", "he said：no"),
        ("Sam", ": ", "yes"),
        ("二二", "： ", "好"),
    ]
    assert [line.row for line in lines] == [1, 2, 3, 4]


def test_rows_without_a_speaker_are_rejected_with_their_row_and_the_rest_is_kept() -> None:
    scenes, rejections = read(
        "A: one\n"
        "and it goes on\n"
        "https://example.org/a\n"
        "12:30 they meet\n"
        "At 12:30 they meet\n"
        "他想了想，说：好\n"
        "I went home. Then he said: hello\n"
        ": nobody\n"
        "Nothing:\n"
        "\n"
        f"{'x' * 41}: long\n"
        f"{'x' * 500}: longer\n"
        "A: \0\n"
        "B: two\n"
    )
    assert rendered(scenes) == [["A: one"], ["B: two"]]
    assert codes(rejections) == [
        (2, "no_colon"),
        (3, "no_speaker"),
        (4, "no_speaker"),
        (5, "no_speaker"),
        (6, "no_speaker"),
        (7, "no_speaker"),
        (8, "no_speaker"),
        (9, "no_text"),
        (11, "no_speaker"),
        (12, "no_speaker"),
        (13, "control_character"),
    ]
    assert len(rejections[9].text) == 200
    assert rejections[0].text == "and it goes on"
    assert all(r.reason.endswith((".", "”.")) and r.reason[0].isupper() for r in rejections)


@pytest.mark.parametrize(
    "name",
    [
        "Dr. Watson",
        "J.R.",
        "三三、二二",
        "First Clown",
        "../etc/passwd",
        "a/b",
        "O'Neil",
        "路人2号",
        "Guard 2",
        "7",
        "🤖",
        "x" * 40,
    ],
)
def test_names_that_speak(name: str) -> None:
    scenes, rejections = read(f"{name}: hello")
    assert (scenes[0].lines[0].speaker, rejections) == (name, [])


def test_digits_after_the_colon_make_a_time_only_of_digits_before_it() -> None:
    scenes, rejections = read("Guard 2: 30 men\nGuard: 30 men\nRoom 2:30\nGuard 2：300\nR2D2:30")
    assert [line.speaker for line in scenes[0].lines] == ["Guard 2", "Guard", "Guard 2", "R2D2"]
    assert codes(rejections) == [(3, "no_speaker")]


def test_names_are_composed_and_stripped() -> None:
    scenes, _ = read("\ufeffA: 0\n\ufeff Zoe\u0301 : hi\n\u3000三三\u3000：你好")
    assert [line.speaker for line in scenes[0].lines] == ["A", "Zoé", "三三"]


def test_a_direction_behind_the_name_moves_into_the_text() -> None:
    scenes, _ = read("三三（小声）：你好\nMARY (O.S.): (laughs) Hello\n（旁白）：天亮了")
    assert [(line.speaker, line.direction, line.render()) for line in scenes[0].lines] == [
        ("三三", "小声", "三三：（小声）你好"),
        ("MARY", "O.S., laughs", "MARY: (O.S.) (laughs) Hello"),
        ("（旁白）", None, "（旁白）：天亮了"),
    ]


def test_a_direction_that_opens_the_text_is_also_given() -> None:
    scenes, _ = read("三三：（笑）你好（挥手）\nA: (sighs) no\nB: no (sighs)")
    assert [(line.direction, line.text) for line in scenes[0].lines] == [
        ("笑", "（笑）你好（挥手）"),
        ("sighs", "(sighs) no"),
        (None, "no (sighs)"),
    ]


def test_text_is_kept_as_typed() -> None:
    texts = [
        "<img src=x onerror=alert(1)>",
        "a\u2028b\u0085c\x0bd\x1ce",
        "a\ufeffb",
        "👩‍👩‍👧 ok",
        "tab\tin",
        "\x07",
    ]
    scenes, rejections = read("\r\n".join(f"A: {text}" for text in texts))
    assert [line.text for line in scenes[0].lines] == texts
    assert rejections == []


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_row_end_counts_once(end: str) -> None:
    scenes, rejections = read(end.join(["A: 1", "", "B: 2", "nobody", "C: 3"]))
    assert rendered(scenes) == [["A: 1"], ["B: 2", "C: 3"]]
    assert codes(rejections) == [(4, "no_colon")]


def test_blank_rows_in_a_double_spaced_script_part_lines_and_not_scenes() -> None:
    scenes, _ = read("A: 1\n\nB: 2\n\nC: 3\n\n\nA: 4\n\nB: 5\n\nSCENE 2\n\nA: 6\n\nB: 7\n")
    assert rendered(scenes) == [["A: 1", "B: 2", "C: 3"], ["A: 4", "B: 5"], ["A: 6", "B: 7"]]


def test_a_wrapped_line_does_not_hide_double_spacing() -> None:
    four = ["A: 1", "goes on", "", "B: 2", "", "C: 3", "", "D: 4"]
    assert read_layout(four).double_spaced
    assert not read_layout(["A: 1", "B: 2", "", "B: 2", "", "C: 3", "", "D: 4"]).double_spaced
    assert not read_layout(["A: 1", "", "B: 2", "", "C: 3"]).double_spaced


def test_a_script_without_breaks_goes_on_in_further_scenes() -> None:
    scenes, _ = read("A: x\n" * (2 * SCENE_LINES + 1))
    assert [len(scene.lines) for scene in scenes] == [SCENE_LINES, SCENE_LINES, 1]
    assert scenes[2].row == 2 * SCENE_LINES + 1


def test_scenes_come_as_soon_as_they_are_complete() -> None:
    taken = 0

    def rows() -> object:
        nonlocal taken
        for taken in range(1, 100_001):
            yield "" if taken % 3 == 0 else "A: x"

    items = PlainText().parse(rows())  # type: ignore[arg-type]  # a generator is iterable
    next(items)
    assert taken <= 2_001


names = st.sampled_from(["三三", "二二", "Anna", "Dr. Watson", "路人甲"])
words = st.text(
    st.characters(
        exclude_categories=("Cs", "Cc", "Zs", "Zl", "Zp"),
        # A pair of quotation marks around all of a speech is left out.
        exclude_characters='\ufeff\u200b()（）“”「」『』"«»',
    ),
    min_size=1,
    max_size=20,
)
scene_rows = st.lists(
    st.tuples(names, st.sampled_from(["：", ":", ": "]), words), min_size=2, max_size=6
)


@given(st.lists(scene_rows, min_size=1, max_size=5))
def test_what_is_rendered_is_read_back(script: list[list[tuple[str, str, str]]]) -> None:
    source = [[name + colon + text for name, colon, text in rows] for rows in script]
    scenes, rejections = read("\n\n".join("\n".join(rows) for rows in source))
    assert rendered(scenes) == source
    assert rejections == []
    assert [
        [(line.speaker, line.colon, line.text) for line in scene.lines] for scene in scenes
    ] == script


rows_of_any_kind = st.one_of(
    st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=30),
    st.sampled_from(
        [
            "",
            "  ",
            "A: one",
            "三三：好",
            "三三：",
            "：好",
            "---",
            "第三场",
            "no colon",
            "12:30",
            "A: \0",
            "A: “one",
            "two”",
            "    goes on",
            "（门开了）",
            "**A**: one",
            "人物表",
        ]
    ),
)


@given(st.lists(rows_of_any_kind, max_size=30))
def test_no_row_is_used_twice_and_none_is_lost(rows: list[str]) -> None:
    items: list[ParseItem] = list(PlainText().parse(rows))
    scenes, rejections = split(items)
    used = [line.row for scene in scenes for line in scene.lines]
    used += [item.row for item in items if not isinstance(item, Scene)]
    assert len(used) == len(set(used))
    assert set(used) <= {number for number, row in enumerate(rows, 1) if row.strip()}
    assert len(used) + sum(scene.continued for scene in scenes) == sum(
        map(bool, map(str.strip, rows))
    )
    assert all(scene.lines for scene in scenes)
    assert all(item.rows == 1 for item in rejections)
