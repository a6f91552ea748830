"""Which names may be one speaker's: suggested with a reason, and only where one fits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from characters.scripts.merges import nearest_names, suggest_merges
from characters.scripts.model import SpeakerCount


def suggest(*names: str) -> list[tuple[str, str, str]]:
    """What is suggested for speakers of whom each has more lines than the next."""
    speakers = [SpeakerCount(name, len(names) - n) for n, name in enumerate(names)]
    return [(merge.alias, merge.name, merge.code) for merge in suggest_merges(speakers)]


def test_case_width_spaces_and_dots_are_spelling() -> None:
    assert suggest("MARY", "Mary", "Ｍａｒｙ", "mary.") == [
        ("Mary", "MARY", "spelling"),
        ("Ｍａｒｙ", "MARY", "spelling"),
        ("mary.", "MARY", "spelling"),
    ]
    assert suggest("阿宁", "阿 宁") == [("阿 宁", "阿宁", "spelling")]
    assert suggest("OLD TOM", "Old  Tom") == [("Old  Tom", "OLD TOM", "spelling")]


def test_how_a_line_is_heard_is_no_part_of_the_name() -> None:
    heard = ["MARY (V.O.)", "MARY (O.S.) (CONT’D)", "MARY V.O.", "Mary (off-screen)"]
    assert suggest(*heard, "MARY") == [(name, "MARY", "voice") for name in heard]
    assert suggest("阿宁（画外音）", "阿宁画外音", "阿宁") == [
        ("阿宁（画外音）", "阿宁", "voice"),
        ("阿宁画外音", "阿宁", "voice"),
    ]
    assert suggest("旁白", "画外音", "PAVO", "PA", "MARIO") == []


def test_chinese_short_names() -> None:
    assert suggest("邢捕头", "老邢", "三三") == [("老邢", "邢捕头", "surname")]
    assert suggest("郭芙蓉", "芙蓉") == [("芙蓉", "郭芙蓉", "given_name")]
    assert suggest("小明", "明月", "石一", "石二", "老石") == []
    assert suggest("老王", "小王", "王老师") == []
    assert suggest("王老师", "王医生") == []


def test_english_short_names() -> None:
    assert suggest("JOHN SMITH", "John", "Mr. Smith") == [
        ("John", "JOHN SMITH", "given_name"),
        ("Mr. Smith", "JOHN SMITH", "title"),
    ]
    assert suggest("The Doctor", "DOCTOR") == [("DOCTOR", "The Doctor", "article")]
    assert suggest("Mary Lee", "Mary Bell", "Mary") == []
    assert suggest("Mr. Smith", "Mrs. Smith", "John Smith") == []
    assert suggest("GUARD 1", "GUARD 2", "GUARD") == []


def test_the_name_with_most_lines_stays() -> None:
    assert suggest("Mary", "MARY") == [("MARY", "Mary", "spelling")]
    assert suggest("Mary", "Mary Lee") == [("Mary Lee", "Mary", "given_name")]
    assert suggest("芙蓉", "郭芙蓉") == [("郭芙蓉", "芙蓉", "given_name")]
    assert suggest("Mr. Smith", "John Smith") == [("John Smith", "Mr. Smith", "title")]


def suggest_counted(**lines: int) -> list[tuple[str, str, str]]:
    """What is suggested for speakers with these numbers of lines; ``_`` stands for a space."""
    speakers = [SpeakerCount(name.replace("_", " "), n) for name, n in lines.items()]
    return [(merge.alias, merge.name, merge.code) for merge in suggest_merges(speakers)]


def test_a_slip_of_the_pen_is_found() -> None:
    assert suggest_counted(TOBIAS=40, TOBAIS=2) == [("TOBAIS", "TOBIAS", "letters")]
    assert suggest_counted(TOBAIS=2, TOBIAS=40) == [("TOBAIS", "TOBIAS", "letters")]
    assert suggest_counted(Phillip=40, Philip=2) == [("Philip", "Phillip", "letters")]
    assert suggest_counted(Old_Jeremiah=9, Old_Jeramiah=1) == [
        ("Old Jeramiah", "Old Jeremiah", "letters")
    ]
    assert suggest_counted(Бориславна=30, Бориславан=1, Борилсавна=1) == [
        ("Борилсавна", "Бориславна", "letters")
    ]


@pytest.mark.parametrize(
    "names",
    [
        ("Ann", "Nan"),
        ("Guard 1", "Guard 2"),
        ("Soldier21", "Soldier12"),
        ("Mr Hargreaves", "Mrs Hargreaves"),
        ("Jason", "Mason"),
        ("Daniel", "Daniela"),
        ("Officer", "Officers"),
        ("Martin", "Marvin"),
        ("Marian", "Marina"),
        ("Master Thomas", "Mister Thomas"),
        ("King Henry IV", "King Henry VI"),
        ("王小明明", "王小朋明"),
    ],
)
def test_names_that_only_look_alike_are_left_alone(names: tuple[str, str]) -> None:
    often, once = names
    assert suggest_merges([SpeakerCount(often, 90), SpeakerCount(once, 1)]) == []


def test_a_name_said_as_often_is_no_slip() -> None:
    assert suggest_counted(Tobias=40, Tobais=12) == []


def test_a_slip_between_two_names_is_left_alone() -> None:
    assert suggest_counted(Cathleen=40, Cathlean=1, Cathlaen=30) == []


def test_the_nearest_name_is_the_likeliest_same_one() -> None:
    names = ["VERA", "OLD PIKE", "TOBIAS", "芙蓉", "PIKE", "TOBAIS", "郭芙蓉", "Vera", "Q"]
    nearest = nearest_names([SpeakerCount(name, 9) for name in names])
    assert nearest == {
        "VERA": "Vera",
        "Vera": "VERA",
        "OLD PIKE": "PIKE",
        "PIKE": "OLD PIKE",
        "TOBIAS": "TOBAIS",
        "TOBAIS": "TOBIAS",
        "芙蓉": "郭芙蓉",
        "郭芙蓉": "芙蓉",
    }


@given(st.lists(st.text("老小王邢头捕Aa .（）()VO", min_size=1, max_size=6), unique=True))
def test_a_suggestion_leads_from_one_speaker_to_another_and_never_in_a_circle(
    names: list[str],
) -> None:
    merges = {alias: name for alias, name, _ in suggest(*names)}
    for alias, name in merges.items():
        assert {alias, name} <= set(names)
        passed = [alias, name]
        while passed[-1] in merges:
            passed.append(merges[passed[-1]])
            assert len(passed) == len(set(passed))
