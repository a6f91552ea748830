"""One definition of a name: every format reads the same speakers, in every alphabet."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from characters.scripts.lines import SpeakerName, read_speaker
from characters.scripts.model import Scene
from characters.scripts.names import clean_name, is_like_a_name, split_name
from characters.scripts.subtitles.names import is_name as is_name_in_cue
from tests.characters.scripts.cases import counts, read_case, said
from tests.characters.scripts.reading import codes, open_script, read, split

NAMES = [
    "ANNA",
    'JIMMY "THE FOX" BELL',
    "JIMMY “FOX” BELL",
    "GUARD 1 & GUARD 2",
    "GUARD #2",
    "OTTO, JR.",
    "MIRA, TOBY",
    "WHO?",
    "MOTHER…",
    "H.A.L.",
    "DR. WATSON",
    "R2-D2",
    "O’BRIEN",
    "L'INSPECTEUR",
    "JEAN-LUC",
    "THE MAN WITH THE VERY LONG COAT",
    "MIRA/TOBY",
    "АННА ПЕТРОВНА",
    "ÉLODIE",
    "ŁUKASZ",
    "ΆΝΝΑ",
    "ÅSA",
]
CASELESS = ["أحمد", "דנה", "하나", "मीरा", "三三", "トビー", "ดาว", "さくら", "王五爷"]


def write(format: str, name: str) -> str:
    if format == "text":
        return f"{name}: Hi.\nB: Ho.\n{name}: Oh.\n"
    if format == "table":
        return f'speaker\tline\n"{name.replace(chr(34), chr(34) * 2)}"\tHi.\nB\tHo.\n'
    if format == "json":
        return json.dumps([{"speaker": name, "line": "Hi."}, {"speaker": "B", "line": "Ho."}])
    if format == "srt":
        first, second = "00:00:01,000 --> 00:00:02,000", "00:00:03,000 --> 00:00:04,000"
        return f"1\n{first}\n{name}: Hi.\n\n2\n{second}\nB: Ho.\n"
    if format == "ass":
        event = "Dialogue: 0,0:00:01.00,0:00:02.00,Default,{},0,0,0,,Hi.\n"
        return event.format(name) + event.format("B")
    return f"INT. QUAY - DAY\n\n{name}\nHi.\n\nB\nHo.\n\n{name}\nOh.\n"


def speakers(format: str, name: str) -> list[str]:
    found: list[str] = []
    for item in open_script(write(format, name), format=format):
        if isinstance(item, Scene):
            found += [line.speaker for line in item.lines]
    return found


FORMATS = ["text", "table", "json", "srt", "fountain", "screenplay"]


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("name", NAMES)
def test_names_with_the_punctuation_that_people_use(name: str, format: str) -> None:
    assert speakers(format, name)[:2] == [name, "B"]


@pytest.mark.parametrize("format", ["text", "table", "json", "srt", "ass"])
@pytest.mark.parametrize("name", CASELESS)
def test_names_in_scripts_without_capitals(name: str, format: str) -> None:
    assert speakers(format, name)[:2] == [name, "B"]


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(
    ("typed", "name", "direction"),
    [
        ("MARY (V.O.) (softly)", "MARY", "V.O., softly"),
        ("MARY [aside]", "MARY", "aside"),
        ("MARY (CONT'D)", "MARY", None),
        ("MARY (V.O.) (CONT’D)", "MARY", "V.O."),
        ("MARY V.O.", "MARY", "V.O."),
        ("\u200eMARY\u200f", "MARY", None),
    ],
)
def test_what_stands_behind_a_name_is_no_part_of_it(
    typed: str, name: str, direction: str | None, format: str
) -> None:
    items = list(open_script(write(format, typed), format=format))
    first = split(items)[0][0].lines[0]
    assert (first.speaker, first.direction) == (name, direction)


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("托比OS", SpeakerName("托比", "（OS）", "OS")),
        ("米拉 VO", SpeakerName("米拉", "（VO）", "VO")),
        ("米拉os", SpeakerName("米拉", "（os）", "os")),
        ("托比（画外音）", SpeakerName("托比", "（画外音）", "画外音")),
        ("米拉（续）", SpeakerName("米拉")),
        ("托比 O.S.（小声）", SpeakerName("托比", "（O.S.）（小声）", "O.S., 小声")),
        ("MIRA {laughs}", SpeakerName("MIRA", "(laughs)", "laughs")),
        ("TOBY <whispers>", SpeakerName("TOBY", "(whispers)", "whispers")),
        ("鲁　贵", SpeakerName("鲁贵")),
        ("Mary\n\nAnn", SpeakerName("Mary Ann")),
        ("~ Ron", SpeakerName("Ron")),
        ("~\u202fRon", SpeakerName("Ron")),
        ("CARLOS", SpeakerName("CARLOS")),
        ("Amos", SpeakerName("Amos")),
        ("GUARD [2]", SpeakerName("GUARD [2]")),
        ("[VOICE]", SpeakerName("[VOICE]")),
        ("{{char}}", SpeakerName("{{char}}")),
    ],
)
def test_directions_and_marks(typed: str, name: SpeakerName) -> None:
    assert read_speaker(typed) == name


@pytest.mark.parametrize(
    "text",
    [
        "I know this",
        "he said",
        "note",
        "the thing is",
        "123",
        "…",
        "a b c d e f g h i",
        "And then he left",
    ],
)
def test_what_is_not_written_like_a_name(text: str) -> None:
    assert not is_like_a_name(text)


words = st.sampled_from(
    [
        "Anna",
        "O’Brien",
        "Jean-Luc",
        "St.",
        "Łukasz",
        "Елена",
        "Άννα",
        "R2",
        "X.",
        "أحمد",
        "하나",
        "McCoy",
    ]
)


@given(st.lists(words, min_size=1, max_size=3).map(" ".join), st.sampled_from(FORMATS[:4]))
def test_all_formats_read_a_name_alike(name: str, format: str) -> None:
    if name.isascii() and name.endswith("."):
        name += " Bo"
    if not any(letter.islower() for letter in name if letter.isalpha()) and format == "srt":
        name = f"Anna {name}"
    assert speakers(format, name)[:1] == [clean_name(name)]


@given(st.text(st.sampled_from("三A é*()（）[]{}<>OVS. ~\u200e\n\u3000"), max_size=14))
def test_a_name_is_stable_and_asides_are_kept(text: str) -> None:
    cleaned = clean_name(text)
    found = split_name(cleaned)
    assert clean_name(found.name) == found.name
    assert split_name(found.name).name == found.name
    for direction in found.directions:
        assert direction in cleaned


def test_a_colon_in_the_middle_of_a_sentence_names_nobody() -> None:
    scenes, rejections = read(
        "Mira: You are late.\nToby: The ice\nheld me: I could\nnot move.\n\n"
        "Mira: And the horse?\nHe was good: so good.\nToby: Dead.\nThat is why: the ice.\n"
        "Mira: Oh.\n我的意思是：走吧。\nMira: 走。\n"
    )
    assert {line.speaker for scene in scenes for line in scene.lines} == {"Mira", "Toby"}
    assert [row for row, _ in codes(rejections)] == [3, 4, 7, 9, 11]


@pytest.mark.parametrize(
    "name",
    ["mara", "the old man", "Man with a hat", "Voice on the phone", "What", "That One", "我爱罗"],
)
def test_odd_names_of_odd_scripts_stay_names(name: str) -> None:
    scenes, rejections = read(f"{name}: hi\nBo: ho\n{name}: oh\n")
    assert [line.speaker for line in scenes[0].lines] == [name, "Bo", name]
    assert rejections == []


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("1.", "1"),
        ("2)", "2"),
        ("(4)", "4"),
        ("#5", "5"),
        ("[6]", "6"),
        ("7、", "7"),
        ("①", "1"),
        ("8 -", "8"),
    ],
)
def test_the_number_of_a_line_is_left_out(number: str, text: str) -> None:
    scenes, _ = read(f"{number} Mira: You are late.\n{number} Toby: Ice.\n")
    assert [line.speaker for line in scenes[0].lines] == ["Mira", "Toby"]


def test_rising_numbers_without_a_mark_are_left_out_and_others_are_not() -> None:
    scenes, _ = read("1 Mira: Late.\n2 Toby: Ice.\n10 Mira: Oh.\n")
    assert [line.speaker for line in scenes[0].lines] == ["Mira", "Toby", "Mira"]
    scenes, _ = read("2 Guards: Halt!\n2 Guards: Who goes?\n1 Girl: Me.\n")
    assert [line.speaker for line in scenes[0].lines] == ["2 Guards", "2 Guards", "1 Girl"]


def test_numbers_before_a_colon_are_speakers() -> None:
    scenes, _ = read("1: Who?\n2: Me.\n1: Oh.\n")
    assert [line.speaker for line in scenes[0].lines] == ["1", "2", "1"]


@pytest.mark.parametrize(
    "heading",
    ["1-2 夜 外 码头", "1-2 码头 夜 外", "12、码头 夜", "第1集 1-2 日 内 客厅", "3.1 客厅，白天"],
)
def test_headings_of_short_dramas(heading: str) -> None:
    scenes, rejections = read(f"{heading}\n人物：米拉\n米拉：好。\n{heading}\n托比：走。\n")
    assert [scene.heading for scene in scenes] == [heading, heading]
    assert rejections == []


def test_shared_names() -> None:
    assert counts(read_case("01e-last-first.txt")) == {"Bell, Mira": 2, "Ott, Toby": 2}
    assert len(counts(read_case("05-fountain-names.fountain"))) == 12  # and 23 is reported
    names = ["АННА", "БОРИС", "Анна", "ÉLODIE", "أحمد", "하나", "José", "Łukasz", "Άννα"]
    assert counts(read_case("06-nonlatin-names.srt")) == dict.fromkeys(names, 1)
    assert counts(read_case("10-bracket-direction.txt")) == {"MIRA": 3, "TOBY": 3}
    assert counts(read_case("14-numbered.txt")) == {"Mira": 3, "Toby": 2}
    assert set(counts(read_case("23-midsentence-colon.txt"))) == {"Mira", "Toby"}


def test_shared_directions() -> None:
    items = read_case("03-togaki.txt")
    assert said(items) == ["太郎: 行こう", "花子: うん", "太郎: 早く"]
    assert split(items)[1] == []
    scenes = split(read_case("13-cn-short-drama.txt"))[0]
    assert [scene.heading for scene in scenes] == [
        "1-1 日 内 客厅",
        "1-2 夜 外 码头",
        "2-1 夜 外 码头",
    ]
    assert counts(read_case("13-cn-short-drama.txt")) == {"米拉": 5, "托比": 2, "旁白": 1}


pieces = st.sampled_from(
    [
        *("Anna", "anna", "de", "von", "the", "of", "O’Brien", "JR.", "#2", "R2", "أحمد", "하나"),
        *(
            "三三",
            "トビー",
            "说",
            "Елена",
            "и",
            "said",
            "I'm",
            ",",
            "!",
            "?",
            "…",
            ".",
            ":",
            "(",
            "12",
        ),
    ]
)


@given(st.lists(pieces, min_size=1, max_size=7).map(" ".join))
def test_a_name_in_a_cue_is_a_name_by_the_one_definition(text: str) -> None:
    assert is_like_a_name(text) or not is_name_in_cue(text)


@pytest.mark.parametrize("name", ["von Berg", "de Niro", "the Beast", "Anna af Ek", "Сын из Тулы"])
def test_particles_are_the_same_in_all_formats(name: str) -> None:
    assert is_like_a_name(name)
    assert is_name_in_cue(name)


@pytest.mark.parametrize("text", ["of Course", "with Anna", "and von", "the", "Anna goes"])
def test_particles_alone_make_no_name_in_any_format(text: str) -> None:
    assert not is_like_a_name(text)
    assert not is_name_in_cue(text)
