"""How a row of plain text begins: with a speaker, as a heading or direction, or with neither."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from characters.scripts.lines import LONG_SPEAKER, NO_COLON, Refusal, SpeakerName, find_colon
from characters.scripts.text.row_starts import RowStarts, Unspoken
from characters.scripts.text.speaker_rows import Naming


def start_of(row: str, naming: Naming = "colon") -> SpeakerName | Refusal | Unspoken:
    return RowStarts(naming).read(row)[2]


@pytest.mark.parametrize(
    ("row", "colon", "name"),
    [
        ("Anna: hi", 4, "Anna"),
        ("三三：好", 2, "三三"),
        ("三三：比分3:2", 2, "三三"),
        ("Anna:he said：no", 4, "Anna"),
        ("Zoe\u0301: hi", 4, "Zoé"),
        ("Prof. Plum: hi", 10, "Prof. Plum"),
        ("مريم: مرحبا", 4, "مريم"),
        ("Guard 123:45", 9, "Guard 123"),
    ],
)
def test_a_row_comes_back_with_its_first_colon_and_its_speaker(
    row: str, colon: int, name: str
) -> None:
    assert RowStarts().read(row) == (row, colon, SpeakerName(name))


@pytest.mark.parametrize(
    ("row", "speaker"),
    [
        ("三三（小声）：好", SpeakerName("三三", "（小声）", "小声")),
        ("（小声）三三：好", SpeakerName("三三", "（小声）", "小声")),
        ("(softly) Anna: hi", SpeakerName("Anna", "(softly)", "softly")),
        ("( ) Anna: hi", SpeakerName("Anna", "( )", None)),
    ],
)
def test_a_direction_on_either_side_of_the_name_is_no_part_of_it(
    row: str, speaker: SpeakerName
) -> None:
    assert start_of(row) == speaker


@pytest.mark.parametrize(
    "row",
    [
        "Room 12:30 as agreed",
        "see https://example.org",
        "wss://example.org",
        "file:///C",
        "十点 10:15",
    ],
)
def test_the_colon_of_a_time_or_an_address_names_nobody(row: str) -> None:
    start = start_of(row)
    assert isinstance(start, Refusal)
    assert (start.code, "address or a time" in start.reason) == ("no_speaker", True)


@pytest.mark.parametrize(
    ("row", "name"),
    [
        ("Room 12: 30 chairs", "Room 12"),
        ("Guard 2:300 men", "Guard 2"),
        ("https: a protocol", "https"),
    ],
)
def test_a_name_that_could_begin_one_speaks_where_it_does_not_go_on(row: str, name: str) -> None:
    assert start_of(row) == SpeakerName(name)


@pytest.mark.parametrize("row", ["He wrote. Anna: hi", "走吧，三三：好", "Well… Anna: hi"])
def test_a_sentence_before_the_colon_is_no_name(row: str) -> None:
    start = start_of(row)
    assert isinstance(start, Refusal)
    assert "sentence" in start.reason


@pytest.mark.parametrize(
    ("row", "start"),
    [
        ("第三场：街", Unspoken.HEADING),
        ("SCENE 12 - The dock", Unspoken.HEADING),
        ("[Scene 2] the yard: dusk", Unspoken.HEADING),
        ("（门开了）", Unspoken.DIRECTION),
        ("[a bell: twice]", Unspoken.DIRECTION),
        ("*waves*", Unspoken.DIRECTION),
        ("nobody speaks", NO_COLON),
    ],
)
@pytest.mark.parametrize("naming", ["colon", "bracket", "quote"])
def test_headings_and_directions_are_the_same_in_every_naming(
    row: str, start: Unspoken | Refusal, naming: Naming
) -> None:
    assert start_of(row, naming) == start


@pytest.mark.parametrize(
    ("naming", "row", "rewritten", "colon"),
    [
        ("bracket", "【三三】你好", "三三：你好", 2),
        ("bracket", "[Anna] the dock: now", "Anna: the dock: now", 4),
        ("bracket", "- 【三三】你好", "三三：你好", 2),
        ("quote", "Anna “hi”", "Anna: “hi”", 4),
        ("quote", "12:30 三三「好」", "三三：「好」", 2),
    ],
)
def test_other_namings_are_read_as_if_they_had_a_colon(
    naming: Naming, row: str, rewritten: str, colon: int
) -> None:
    text, found, start = RowStarts(naming).read(row)
    assert (text, found) == (rewritten, colon)
    assert isinstance(start, SpeakerName)


@pytest.mark.parametrize(
    ("naming", "row"),
    [
        ("colon", "【三三】你好"),
        ("quote", "【三三】你好"),
        ("bracket", "三三「你好」"),
        ("quote", "Anna said “hi”"),
    ],
)
def test_a_naming_that_the_script_does_not_have_is_not_guessed(naming: Naming, row: str) -> None:
    assert RowStarts(naming).read(row) == (row, -1, NO_COLON)


def test_a_name_and_its_direction_may_take_a_hundred_and_twenty_characters() -> None:
    fits = f"Anna ({'x' * 113})"
    assert len(fits) == 120
    speaker = start_of(f"{fits}: hi")
    assert isinstance(speaker, SpeakerName)
    assert speaker.name == "Anna"
    assert start_of(f"Anna ({'x' * 114}): hi") is LONG_SPEAKER


namings = st.sampled_from(["colon", "bracket", "quote"])
letters = "三Aaéم가😀\ufeff\u200b\u2028（）():： 【】[]「」“”*_-12.，!#>"
rows = st.text(st.sampled_from(letters), max_size=24).map(str.strip)


@given(row=rows.filter(bool), naming=namings)
def test_whoever_speaks_has_a_name_before_a_colon(row: str, naming: Naming) -> None:
    starts = RowStarts(naming)
    text, colon, start = starts.read(row)
    assert starts.read(row) == (text, colon, start)
    assert starts.speaks(row) is isinstance(start, SpeakerName)
    if isinstance(start, SpeakerName):
        assert colon == find_colon(text) > 0
        assert start.name.strip() == start.name
        assert 0 < len(start.name) <= 40
    else:
        assert text == row
