"""Who speaks in a cue: names, brackets, dashes, voices, sounds and credits."""

import pytest

from characters.scripts.subtitles.cues import Cue, CueRow
from characters.scripts.subtitles.utterances import CueUtterance, split_cue

Said = tuple[str | None, str]


def utterances(*rows: str, speaker: str = "") -> list[CueUtterance]:
    cue = Cue(None, None, [CueRow(number, row) for number, row in enumerate(rows, 1)], speaker)
    return list(split_cue(cue))


def said(*rows: str, speaker: str = "") -> list[Said]:
    return [
        (each.speaker.name if each.speaker else None, each.text)
        for each in utterances(*rows, speaker=speaker)
    ]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (("- Hi.", "– Hello."), [(None, "Hi."), (None, "Hello.")]),
        (("Hi", "there."), [(None, "Hi there.")]),
        (("-5 degrees.", "Cold."), [(None, "-5 degrees. Cold.")]),
        (("Anna: Hi.", "你好。"), [("Anna", "Hi. 你好。")]),
        (("ANNA: Hi.", "三三：好。"), [("ANNA", "Hi."), ("三三", "好。")]),
        (("Anna: Hi.", "Anna: You."), [("Anna", "Hi. You.")]),
        (("[Anna] Hi.", "【三三】： 好"), [("Anna", "Hi."), ("三三", "好")]),
        (("- Anna: Hi.", "- no"), [("Anna", "Hi."), (None, "no")]),
    ],
)
def test_rows_go_on_until_another_begins(rows: tuple[str, ...], expected: list[Said]) -> None:
    assert said(*rows) == expected


@pytest.mark.parametrize(
    "row",
    [
        "[door slams] Hi.",
        "[Thunder] Hi.",
        "【笑声】你好",
        "At 12:30 sharp",
        "https://example.org",
        "他说：走",
        "I only know this: no.",
        ": hi",
    ],
)
def test_no_speaker_is_guessed(row: str) -> None:
    assert said(row) == [(None, row)]


def test_a_field_for_the_speaker_holds_for_the_whole_cue() -> None:
    assert said("A: b", "- c", speaker="三三") == [("三三", "A: b - c")]
    assert said("Anna: b", speaker=" ") == [("Anna", "b")]


def test_a_voice_counts_before_what_the_row_says() -> None:
    cue = Cue(0, 1, [CueRow(7, "Bob: b", "Anna")])
    [only] = split_cue(cue)
    assert only.speaker is not None
    assert (only.speaker.name, only.text, only.rows) == ("Anna", "Bob: b", {7})


@pytest.mark.parametrize(
    ("row", "speaker", "spoken"),
    [
        ("[door slams]", "", False),
        ("(sighs)", "", False),
        ("♪ la la ♪", "", False),
        ("【叹气】 [bell]", "", False),
        ("(It is late.)", "Anna", True),  # a thought
        ("♪ la la ♪", "Anna", True),
        ("[sighs]", "Anna", False),
        ("(sighs) No.", "", True),
    ],
)
def test_sounds_and_songs_are_not_spoken(row: str, speaker: str, spoken: bool) -> None:
    [only] = utterances(row, speaker=speaker)
    assert only.is_spoken is spoken


def test_the_makers_of_subtitles_say_nothing() -> None:
    greeting, first, second = utterances("Hi.", "字幕：三三", "Subtitles by: Ann")
    assert (greeting.is_spoken, first.is_spoken, second.is_spoken) == (True, False, False)
