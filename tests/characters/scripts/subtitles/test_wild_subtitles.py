"""Subtitles as live captions, converters, fansubs and editors of many languages leave them."""

import pytest

from characters.scripts.model import Scene
from tests.characters.scripts.cases import lines_of, report_of
from tests.characters.scripts.reading import open_script
from tests.characters.scripts.subtitles.test_subtitles import EVENTS, srt, time
from tests.shared_cases import shared_case

Said = list[tuple[str, str]]


def cue(*rows: str) -> str:
    return srt((0, 1, "Zoe: hello"), (1, 2, "\n".join(rows)))


def said(*rows: str) -> Said:
    return lines_of(cue(*rows), "a.srt")[1:]


CASES: dict[str, Said] = {
    "06-nonlatin-names.srt": [
        ("АННА", "Привет."),
        ("БОРИС", "Да."),
        ("Анна", "Нет."),
        ("ÉLODIE", "Oui."),
        ("أحمد", "نعم."),
        ("하나", "네."),
        ("José", "Sí."),
        ("Łukasz", "Tak."),
        ("Άννα", "Ναι."),
    ],
    "09-chevrons.srt": [
        ("ANNA", "One."),
        ("BO", "Two."),
        ("ANNA", "Three."),
        ("Unknown", "Four."),
        ("Unknown", "Five."),
        ("NEWS", "Six."),
    ],
    "11-crcrlf.srt": [("ANNA", "One."), ("BO", "Two."), ("ANNA", "Three.")],
    "11c-rtl.srt": [
        ("דנה", "שלום."),
        ("רון", "בוקר טוב."),
        ("Unknown", "שלום"),
        ("Unknown", "להתראות"),
    ],
    "17c-youtube.vtt": [("Unknown", "so today we bake"), ("Unknown", "a very small cake")],
    "21-single-arrow.srt": [
        ("ANNA", "One."),
        ("BO", "Two."),
        ("ANNA", "Three."),
        ("BO", "Four."),
        ("ANNA", "Five."),
        ("BO", "Six."),
        ("ANNA", "Seven."),
    ],
}


@pytest.mark.parametrize("name", CASES)
def test_a_shared_case_reads_as_expected(name: str) -> None:
    assert lines_of(shared_case(name), name) == CASES[name]


def test_no_syllable_of_the_shared_karaoke_is_a_line() -> None:
    texts = [text for _, text in lines_of(shared_case("17-karaoke.ass"), "a.ass")]
    assert texts[:2] == ["Wait, Ken, please.", "Hana... why?"]
    assert "Run!" in texts


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("Ёжик: Ау!", ("Ёжик", "Ау!")),
        ("Граф де Монте-Кристо: Да.", ("Граф де Монте-Кристо", "Да.")),
        ("Ὀδυσσεύς: Ναί.", ("Ὀδυσσεύς", "Ναί.")),
        ("ÇİÇEK: Evet.", ("ÇİÇEK", "Evet.")),
        ("Nguyễn Thị Hoa: Vâng.", ("Nguyễn Thị Hoa", "Vâng.")),
        ("أبو سامي: نعم.", ("أبو سامي", "نعم.")),
        ("김 부장: 네.", ("김 부장", "네.")),
        ("मीरा: हाँ।", ("मीरा", "हाँ।")),
        ("สมชาย: ครับ", ("สมชาย", "ครับ")),
        ("Անի: Այո։", ("Անի", "Այո։")),
        ("JIMMY “THE FOX” BELL: Yes.", ("JIMMY “THE FOX” BELL", "Yes.")),
        ("OTTO, JR.: Yes.", ("OTTO, JR.", "Yes.")),
        ("Guard #2: Yes.", ("Guard #2", "Yes.")),
        ("Élodie : Oui.", ("Élodie", "Oui.")),
    ],
)
def test_names_of_any_alphabet(row: str, expected: tuple[str, str]) -> None:
    assert said(row) == [expected]


@pytest.mark.parametrize(
    "row",
    [
        "он сказал: нет",
        "і ще одне: ні",
        "une chose: non",
        "قال لي صديقي القديم أمس: لا",
        "אמר לי: לא",
        "и вот что: нет",
    ],
)
def test_a_clause_before_a_colon_is_no_name(row: str) -> None:
    assert said(row) == [("Unknown", row)]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ((">> MAYOR: Go.",), [("MAYOR", "Go.")]),
        (("&gt;&gt; Mayor: Go.", "&gt;&gt; No."), [("Mayor", "Go."), ("Unknown", "No.")]),
        ((">> Anna: Hi. >> Bo: Hello.",), [("Anna", "Hi."), ("Bo", "Hello.")]),
        (("> > ANNA: Hi.",), [("ANNA", "Hi.")]),
        (("So", ">>> ANNA: Hi", "there."), [("Unknown", "So"), ("ANNA", "Hi there.")]),
    ],
)
def test_chevrons_mark_a_change_of_speaker(rows: tuple[str, ...], expected: Said) -> None:
    assert said(*rows) == expected


@pytest.mark.parametrize(
    ("rows", "expected", "direction"),
    [
        (("[ANNA, whispering] Go.",), ("ANNA", "(whispering) Go."), "whispering"),
        (("[Anna, on phone]", "Hello."), ("Anna", "(on phone) Hello."), "on phone"),
        (("[Anna whispering] Go.",), ("Anna", "(whispering) Go."), "whispering"),
        (("[man over radio] Go.",), None, None),
        (("ANNA [on phone]: Go.",), ("ANNA", "(on phone) Go."), "on phone"),
        (("[sighs] ANNA: Go.",), ("ANNA", "[sighs] Go."), "sighs"),
        (("(ANNA): Go.",), ("ANNA", "Go."), None),
        (("【小美，低声】走。",), ("小美", "(低声)走。"), "低声"),
    ],
)
def test_labels_for_the_hard_of_hearing(
    rows: tuple[str, ...], expected: tuple[str, str] | None, direction: str | None
) -> None:
    found = [
        (line.speaker, line.text, line.direction)
        for item in open_script(cue(*rows), "a.srt")
        if isinstance(item, Scene)
        for line in item.lines
    ][1:]
    if expected is None:
        assert found[0][0] == "Unknown"
    else:
        assert found == [(*expected, direction)]


def test_thunder_and_a_crowd_are_no_speakers() -> None:
    assert said("[Thunder rumbling] Go.") == [("Unknown", "[Thunder rumbling] Go.")]
    assert said("[crowd, cheering] Go.") == [("Unknown", "[crowd, cheering] Go.")]


BARE = srt((0, 1, "ANNA: One."), (1, 2, "BO: 42"), (2, 3, "ANNA: Three."))


@pytest.mark.parametrize("end", ["\r\r\n", "\n\n", "\r\n\r\n"])
def test_a_blank_row_behind_each_row_changes_nothing(end: str) -> None:
    content = BARE.replace("\n", end)
    assert lines_of(content, "a.srt") == [("ANNA", "One."), ("BO", "42"), ("ANNA", "Three.")]
    assert report_of(content, "a.srt").rejected_total == 0


@pytest.mark.parametrize(
    "times",
    [
        "00:00:01,000 -> 00:00:02,000",
        "00:00:01,000 –> 00:00:02,000",
        "00:00:01.000 → 00:00:02.000",
        "0:0:1,0 --> 0:0:2,0",
        "00:00:01 --> 00:00:02",
        "00:00:01:000 --> 00:00:02:000",
        "00:00:01;000 --> 00:00:02;000",
        "00:01.000 --> 00:02.000",
        "\u200e00:00:01,000\u200e --> \u200e00:00:02,000",
        "-00:00:01,000 --> 00:00:02,000",
        "0:00:01.000,0:00:02.000",
        "00: 00: 01, 000 -- > 00: 00: 02, 000".replace("-- >", "-->"),
    ],
)
def test_times_as_programs_write_them(times: str) -> None:
    content = srt((0, 1, "ANNA: One.")) + f"\n2\n{times}\nBO: Two.\n"
    assert lines_of(content, "a.srt") == [("ANNA", "One."), ("BO", "Two.")]
    assert report_of(content, "a.srt").rejected_total == 0


def test_an_arrow_in_speech_is_no_row_of_times() -> None:
    assert said("BO: Turn left -> then right.") == [("BO", "Turn left -> then right.")]
    assert said("BO: Left --> right.") == [("BO", "Left --> right.")]


def test_captions_that_scroll_show_each_row_once() -> None:
    content = srt(
        (0, 2, "good evening"),
        (2, 4, "good evening\nfrom the harbour"),
        (4, 6, "from the harbour\nwhere ships"),
        (6, 8, "where ships\ncome and go"),
    )
    assert [text for _, text in lines_of(content, "a.srt")] == [
        "good evening",
        "from the harbour",
        "where ships",
        "come and go",
    ]


def test_captions_that_grow_are_read_when_they_are_complete() -> None:
    content = srt(
        (0, 1, "we"), (1, 2, "we bake"), (2, 3, "we bake a cake"), (3, 4, "in"), (4, 5, "in oil")
    )
    assert [text for _, text in lines_of(content, "a.srt")] == ["we bake a cake", "in oil"]


def test_people_may_repeat_themselves() -> None:
    content = srt(
        (0, 1, "A: No."), (1, 2, "B: Yes."), (2, 3, "B: Yes."), (3, 4, "A: Why?"), (4, 5, "B: So.")
    )
    assert [text for _, text in lines_of(content, "a.srt")] == [
        "No.",
        "Yes.",
        "Yes.",
        "Why?",
        "So.",
    ]


def event(start: float, text: str, *, style: str = "Main", name: str = "", effect: str = "") -> str:
    begin, end = (time(at, ".")[1:-1] for at in (start, start + 1))
    return f"Dialogue: 0,{begin},{end},{style},{name},0,0,0,{effect},{text}\n"


SPOKEN = event(1, "Go.", name="Hana") + event(2, "No.", name="Ken")


@pytest.mark.parametrize(
    "events",
    [
        [event(5, "ka", effect="fx"), event(5, "ze", effect="fx")],
        [event(5, "{\\pos(1,2)}Ka", effect="Fx line")],
        [event(5, "x", effect="template syl noblank")],
        [event(5, "{\\k20}ka{\\kf30}ze", style="Main")],
        [event(5, "kaze no uta", style="OP - Romaji")],
        [event(5, "{\\pos(3,4)}Cafe Moon", style="Signs")],
        [event(5, "Kapitel 1", style="Title")],
    ],
)
def test_songs_effects_and_signs_are_not_spoken(events: list[str]) -> None:
    content = EVENTS + SPOKEN + "".join(events)
    assert lines_of(content, "a.ass") == [("Hana", "Go."), ("Ken", "No.")]
    rows = report_of(content, "a.ass").rows
    assert (rows.dialogue, rows.narration, rows.rejected) == (2, 2 + len(events), 0)


def test_layers_and_frames_of_a_text_are_one() -> None:
    layers = event(5, "{\\bord3}Run!", name="Ken") + event(5, "{\\bord0}Run!", name="Ken")
    frames = "".join(event(7 + at, f"{{\\pos({at},0)}}Stop!", name="Hana") for at in range(3))
    again = event(12, "Stop!", name="Hana")
    assert lines_of(EVENTS + SPOKEN + layers + frames + again, "a.ass")[2:] == [
        ("Ken", "Run!"),
        ("Hana", "Stop!"),
        ("Hana", "Stop!"),
    ]


def test_a_style_of_a_word_that_contains_op_is_no_song() -> None:
    content = EVENTS + SPOKEN + event(5, "Hello.", style="Opal") + event(6, "Hi.", style="Desktop")
    assert [text for _, text in lines_of(content, "a.ass")] == ["Go.", "No.", "Hello.", "Hi."]
