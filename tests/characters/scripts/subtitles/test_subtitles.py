import pytest
from hypothesis import given
from hypothesis import strategies as st

from characters.scripts.collective_names import voice_of
from characters.scripts.model import SCENE_LINES, UNKNOWN_SPEAKERS, Line
from characters.scripts.report import ParseReport
from tests.characters.scripts.reading import codes, open_script, read, rendered
from tests.characters.scripts.test_accounting import count_rows

EVENTS = (
    "[Events]\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
)


def time(seconds: float, mark: str = ",") -> str:
    minutes, rest = divmod(round(seconds * 1000), 60_000)
    return f"00:{minutes:02d}:{rest // 1000:02d}{mark}{rest % 1000:03d}"


def srt(*cues: tuple[float, float, str]) -> str:
    return "\n".join(
        f"{number}\n{time(start)} --> {time(end)}\n{text}\n"
        for number, (start, end, text) in enumerate(cues, start=1)
    )


def say(text: str) -> list[Line]:
    """The lines of a cue that says ``text``, behind one that is left out."""
    scenes, _ = read(srt((0, 1, "Anna: hello"), (1, 2, text)), "srt")
    return [line for scene in scenes for line in scene.lines][1:]


def spoken(text: str) -> list[str]:
    return [line.render() for line in say(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("MARY: Hello.", ["MARY: Hello."]),
        ("Old Man of the Sea: Hello.", ["Old Man of the Sea: Hello."]),
        ("小美：你好。", ["小美：你好。"]),
        ("MARY:\nHello.", ["MARY: Hello."]),
        ("[MARY] Hello.", ["MARY: Hello."]),
        ("[Mary]: Hello.", ["Mary: Hello."]),
        ("【小美】你好。", ["小美：你好。"]),
        ("MARY (V.O.): Hello.", ["MARY: (V.O.) Hello."]),
        ("- MARY: Hello.\n- JOHN: Hi.", ["MARY: Hello.", "JOHN: Hi."]),
        ("-[MARY] Hello.\n–[JOHN] Hi.", ["MARY: Hello.", "JOHN: Hi."]),
        ("MARY: Hello\nand welcome.\nJOHN: Hi.", ["MARY: Hello and welcome.", "JOHN: Hi."]),
        ("MARY: Hello.\nMARY: Again.", ["MARY: Hello. Again."]),
        ("MARY: 你好。\nHello.", ["MARY: 你好。 Hello."]),
        ("<font color='#fff'>MARY:</font> <i>Hel</i>lo.", ["MARY: Hello."]),
        ("{\\an8}MARY: Hel{\\i1}lo.", ["MARY: Hello."]),
        ("MARY: Hello\\Nthere.", ["MARY: Hello there."]),
    ],
)
def test_who_is_named(text: str, expected: list[str]) -> None:
    assert spoken(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Hello.",
        "It is 12:30.",
        "He said: hello.",
        "remember: hello.",
        "他说：你好。",
        "https://example.org",
        "——你说：好。",
        "-5 degrees: cold.",
        "[sighs] Hello.",
        "[LAUGHING] Hello.",
        "[敲门声] 谁？",
        "1984",
        "<not a tag> Hello.",
        "From 00:00:01,000 to 00:00:02,000.",
    ],
)
def test_where_nobody_is_named_the_line_is_kept_and_doubtful(text: str) -> None:
    scenes, rejections = read(srt((0, 1, "Anna: hello"), (1, 2, text)), "srt")
    line = scenes[0].lines[1]
    assert line.speaker in UNKNOWN_SPEAKERS
    assert line.text in (text, "Hello.")
    assert codes(rejections) == [(7, "unknown_speaker")]
    assert rejections[0].rows == 0
    assert "Name: " in rejections[0].reason


def test_the_unknown_speaker_has_one_name_throughout_a_script() -> None:
    scenes, _ = read(srt((0, 1, "[雨声]"), (1, 2, "你好"), (2, 3, "Hello")), "srt")
    assert rendered(scenes) == [["未知：你好", "未知：Hello"]]
    scenes, _ = read(srt((0, 1, "Mary: Hello"), (1, 2, "Hello"), (2, 3, "你好")), "srt")
    assert rendered(scenes) == [["Mary: Hello", "Unknown: Hello", "Unknown: 你好"]]


@pytest.mark.parametrize("name", UNKNOWN_SPEAKERS)
def test_the_unknown_speaker_is_never_proposed_as_a_character(name: str) -> None:
    assert voice_of(name) == "nameless"


def test_rows_that_begin_with_a_dash_are_lines_of_their_own() -> None:
    assert spoken("- Hello.\n- Hi,\nyou two.") == ["Unknown: Hello.", "Unknown: Hi, you two."]
    assert spoken("Hello.\n- Hi.") == ["Unknown: Hello.", "Unknown: Hi."]


@pytest.mark.parametrize(
    "text",
    [
        *("[door slams]", "(sighs)", "（雨声）", "【音乐】", "♪ la la ♪", "♪", "[door]\n[slams]"),
        *("字幕：甲", "Subtitles by: Somebody", "MARY: [sighs]", "<i></i>"),
    ],
)
def test_what_nobody_says_is_narration(text: str) -> None:
    scenes, rejections = read(srt((0, 1, "Anna: hello"), (1, 2, text)), "srt")
    assert rendered(scenes) == [["Anna: hello"]]
    assert rejections == []


def test_sounds_beside_words_are_stage_directions() -> None:
    assert [
        (line.text, line.direction) for line in say("MARY: (sighs) No.\nJOHN: [laughs] Yes.")
    ] == [
        ("(sighs) No.", "sighs"),
        ("[laughs] Yes.", "laughs"),
    ]
    assert spoken("小美：（我得走了）") == ["小美：（我得走了）"]


def test_a_name_without_words_is_rejected() -> None:
    _, rejections = read(srt((0, 1, "Anna: hello"), (1, 2, "MARY:"), (2, 3, "JOHN: a\0b")), "srt")
    assert codes(rejections) == [(7, "no_text"), (11, "control_character")]


@pytest.mark.parametrize(
    ("start", "scenes"), [(10.0, 1), (17.999, 1), (18.0, 2), (1.001, 1), (1.0, 2)]
)
def test_scenes_end_at_pauses(start: float, scenes: int) -> None:
    script = srt(
        (9, 10, "A: one"), (start, start + 1, "B: two"), (start + 1, start + 2, "A: three")
    )
    assert len(read(script, "srt")[0]) == scenes


def test_a_second_language_behind_the_first_begins_a_scene() -> None:
    script = srt((1, 2, "A: 一"), (9, 10, "A: 二"), (1, 2, "A: one"), (9, 10, "A: two"))
    assert rendered(read(script, "srt")[0]) == [["A: 一", "A: 二"], ["A: one", "A: two"]]


def test_a_long_cue_covers_the_pause_after_one_inside_it() -> None:
    script = srt((0, 20, "A: one"), (1, 2, "B: two"), (21, 22, "A: three"))
    assert len(read(script, "srt")[0]) == 1


def test_a_scene_without_pauses_goes_on_in_further_ones() -> None:
    scenes, _ = read(srt(*((1, 2, "A: x\nB: y"),) * SCENE_LINES), "srt")
    assert [len(scene.lines) for scene in scenes] == [SCENE_LINES, SCENE_LINES]


def test_srt_as_people_leave_it() -> None:
    script = (
        "\ufeff1\n00:00:01.5 --> 0:00:02,000  X1:0 X2:1\nA: one\n"
        "2\n00:00:02,000-->00:00:03,000\nA: two\n\n"
        "goes on\n\n\n7\n00:00:03,000 --> 00:00:04,000\n\n00:00:04,000 --> 00:00:05,000\nA: 1\n2\n"
    )
    scenes, rejections = read(script, "srt")
    assert rendered(scenes) == [["A: one", "A: two goes on", "A: 1 2"]]
    assert rejections == []


def test_rows_that_belong_to_no_cue_or_are_too_long_are_rejected() -> None:
    script = "who: me\n\n" + srt(
        (0, 1, "A: one"), (1, 2, "B: " + "x" * 1_000), (2, 3, "\n".join("x" * 51))
    )
    scenes, rejections = read(script, "srt")
    assert [line.speaker for line in scenes[0].lines] == ["A", "Unknown"]
    assert codes(rejections) == [
        (1, "no_time"),
        (9, "text_too_long"),
        (63, "text_too_long"),
        (13, "unknown_speaker"),
    ]


def test_times_that_cannot_be_read_lose_no_text() -> None:
    script = srt((0, 1, "A: one"), (1, 2, "B: two")).replace("00:00:01,000 --> 00:00:02", "1 --> 2")
    scenes, rejections = read(script, "srt")
    assert rendered(scenes) == [["A: one", "B: two"]]
    assert codes(rejections) == [(6, "invalid_time")]


@pytest.mark.parametrize(
    "times", ["--> 00:00:02,000", ":00:00.5 --> :00:01.0", "0:1 --> 0:2", "-->"]
)
def test_times_that_are_none(times: str) -> None:
    scenes, rejections = read(srt((0, 1, "A: one")) + f"\n{times}\nB: two\n", "srt")
    assert rendered(scenes) == [["A: one", "B: two"]]
    assert codes(rejections) == [(5, "invalid_time")]


def test_vtt_voices_share_rows_and_span_them() -> None:
    script = (
        "WEBVTT\nKind: captions\n\n00:01.000 --> 00:02.000\n"
        "<v Mary>One</v> <v.loud Bob &amp; Jo>Two\n"
        "- and three</v>\n<v Bob &amp; Jo>four &lt;b&gt;\n"
    )
    scenes, rejections = read(script, "vtt")
    assert rendered(scenes) == [
        ["Mary: One", "Bob & Jo: Two", "Unknown: and three", "Bob & Jo: four <b>"]
    ]
    assert [line.row for line in scenes[0].lines] == [5, 5, 6, 7]
    assert scenes[0].continued == -1
    assert codes(rejections) == [(6, "unknown_speaker")]


def test_vtt_blocks_are_no_cues() -> None:
    script = (
        "WEBVTT\n\nNOTE\nA: no\n00:01.000 --> 00:02.000\n\nREGION\nid:a\n\n"
        "label\n00:01.000 --> 00:02.000\nA: yes\n"
    )
    assert rendered(read(script, "vtt")[0]) == [["A: yes"]]


def test_ass_names_speak_all_of_an_event() -> None:
    scenes, rejections = read(
        f"{EVENTS}Dialogue: 0,0:00:01.00,0:00:02.00,Default,Mary (O.S.),0,0,0,,"
        "{\\i1}One,\\h two:\\N- three\n",
        "ass",
    )
    assert scenes[0].lines == [Line("Mary", "(O.S.) One,  two: - three", 3, "O.S.", ": ")]
    assert rejections == []


def test_the_format_row_says_where_the_fields_are() -> None:
    scenes, rejections = read(
        "[Events]\nFormat: Start, End, Actor, Text\nDialogue: 0:00:01.00,0:00:02.00,Mary,One, two\n"
        "Dialogue: 0:00:22.00,0:00:23.00,,Bob: Three\n"
        "Dialogue: x,y,Mary,Four\nDialogue: 0:00:23.00\n",
        "ass",
    )
    assert rendered(scenes) == [["Mary: One, two"], ["Bob: Three", "Mary: Four"]]
    assert codes(rejections) == [(6, "missing_field")]


def test_ssa_and_what_is_shown_without_being_said() -> None:
    event = "Dialogue: Marked=0,0:00:01.00,0:00:02.00,Default,Mary,0000,0000,0000,,"
    scenes, rejections = read(
        f"[Script Info]\nScriptType: v4.00\n[Fonts]\n"
        f"fontname: a.ttf\n!!oops\n[Events]\n{event}One\n"
        f"{event}{{\\p1}}m 0 0\n{event}{{\\an8}}\n{event}{'x' * 4_001}\nComment: 0\n; note\n",
        "ass",
    )
    assert rendered(scenes) == [["Mary: One"]]
    assert codes(rejections) == [(10, "text_too_long")]


SRT = srt((0, 1, "Hello."), (1, 2, "Hi."))


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (SRT, "srt"),
        ("\n\n" + SRT, "srt"),
        (srt((0, 1, "MARY: Hello.\nJOHN: Hi.\nMARY: Bye.\nJOHN: Bye.")), "srt"),
        ("WEBVTT\n\n" + SRT.replace(",", "."), "vtt"),
        (EVENTS, "ass"),
        ("[Script Info]\nTitle: x\n", "ass"),
        ("[V4 Styles]\n", "ass"),
        ("MARY: a --> b\nJOHN: 00:00:01 --> 00:00:02\nMARY: c\n", "text"),
        ("MARY: hello\n" * 20 + SRT, "text"),
        ('speaker,line\nMARY,"00:00:01,000 --> 00:00:02,000"\n', "table"),
        ("[Scene: a street]\nMARY: hello\n", "text"),
    ],
)
def test_detection(content: str, name: str) -> None:
    assert open_script(content).format == name


FRAGMENTS = [
    *(
        "\n",
        "\n\n",
        "1\n",
        time(1) + " --> " + time(2) + "\n",
        "00:01.000 --> 00:09.000\n",
        "-->",
        "- ",
    ),
    *(
        "MARY: ",
        "小美：",
        "[MARY] ",
        "[sighs]",
        "♪",
        "<v Bob>",
        "</v>",
        "<i>",
        "{\\an8}",
        "{\\p1}",
        "\\N",
    ),
    *(
        "NOTE\n",
        "WEBVTT\n",
        "&amp;",
        "\0",
        "hello",
        "\nDialogue: 0,0:00:01.00,0:00:30.00,a,Bob,0,0,0,,",
    ),
    *("\nFormat: Text", "\n[Events]\n", "\n[x]\n", "Comment: ", ",", "字幕：", "\r\n", "(", ")"),
]
BEGINNINGS = {
    "srt": srt((0, 1, "A: hello")) + f"\n{time(1)} --> {time(2)}\n",
    "vtt": "WEBVTT\n\n00:00.000 --> 00:01.000\n<v A>hello\n\n00:01.000 --> 00:02.000\n",
    "ass": EVENTS + "Dialogue: 0,0:00:01.00,0:00:02.00,Default,A,0,0,0,,hello\n",
}


@pytest.mark.parametrize("format", BEGINNINGS)
@given(text=st.lists(st.sampled_from(FRAGMENTS), max_size=40).map("".join))
def test_every_row_is_accounted_for(format: str, text: str) -> None:
    script = BEGINNINGS[format] + "\n" + text
    report = ParseReport()
    for item in open_script(script, format=format, encoding="utf-8"):
        report.add(item)
    assert report.rows.total == count_rows(script)
