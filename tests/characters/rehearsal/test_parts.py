"""Cues, hints, ratings, and how a line is recognised in another version of its script."""

import pytest

from characters.rehearsal.cues import own_lines, short_cue
from characters.rehearsal.fingerprints import fingerprints
from characters.rehearsal.hints import hints
from characters.rehearsal.marking import mark
from characters.rehearsal.rating import Prompted, Shown, rate
from characters.scripts.model import Line, Scene


def scene(*lines: str) -> Scene:
    said = [line.partition(": ") for line in lines]
    return Scene([Line(name, text, row) for row, (name, _, text) in enumerate(said, 1)], 1)


HALL = scene(
    "Bev: I've come about the advert.",
    "Bev: Driver wanted.",
    "Ambrose: Ah, and with shoulders!",
    "Ambrose: Ambrose Pettifer, hindquarters.",
    "Bev: Advert never mentioned a horse.",
    "Ambrose: No advert worth answering has ever mentioned the horse.",
)


def test_a_line_comes_with_what_others_say_before_it() -> None:
    found = [(own.at, [line.text for line in own.lead]) for own in own_lines(HALL, "Ambrose")]
    assert found == [
        (2, ["I've come about the advert.", "Driver wanted."]),
        (3, []),
        (5, ["Advert never mentioned a horse."]),
    ]
    long = scene(*(f"Bev: {n}" for n in range(60)), "Kit: That's a lot of answer.")
    (own,) = own_lines(long, "Kit")
    assert [line.text for line in own.lead] == [str(n) for n in range(20, 60)]


@pytest.mark.parametrize(
    ("line", "cue"),
    [
        ("Is it structural?", "Is it structural?"),
        (
            "Eighteen feet by fourteen, slopes toward the audience, one door sticks. Thoughts?",
            "… one door sticks. Thoughts?",
        ),
        ("站长，您就当是风刮的，行不行呀？", "… 风刮的，行不行呀？"),
        ("(silence)", "(silence)"),
        ("Rhabarberbarbarabarbarbarenbartbarbier!", "Rhabarberbarbarabarbarbarenbartbarbier!"),
    ],
)
def test_a_printed_cue_is_short(line: str, cue: str) -> None:
    assert short_cue(line) == cue


def test_hints_give_more_and_more() -> None:
    found = hints("(aside) Now, wages, my treasures! It's “on” its way.")
    assert found.initials == "(aside) N, w, m t! I “o” i w."
    assert found.words == "(aside) Now, wages, my"
    assert found.more == "(aside) Now, wages, my treasures!"
    chinese = hints("今天多了十二个，站长。")
    assert chinese.initials == "今○○○○○○，站○。"
    assert (chinese.words, chinese.more) == ("今天多", "今天多了十")
    one = hints("Right.")
    assert (one.initials, one.words, one.more) == ("R.", "Right.", "Right.")
    assert hints("……").words == "……"


@pytest.mark.parametrize(
    ("typed", "prompted", "shown", "rating"),
    [
        ("One two three four five six seven eight", "none", "hidden", "good"),
        ("One two three four five six seven eight", "none", "initials", "hard"),
        ("One two three four five six seven eight", "words", "hidden", "hard"),
        ("One two three four five six seven eight", "more", "hidden", "hard"),
        ("One two three four five six seven eight", "all", "hidden", "again"),
        ("One two three four five six seven", "none", "hidden", "hard"),
        ("One two three four five six", "none", "hidden", "hard"),
        ("One two three four five", "none", "hidden", "again"),
        ("", "none", "hidden", "again"),
        ("One two three four five six seven eight", "none", "text", None),
        ("", "all", "text", None),
    ],
)
def test_an_attempt_is_rated_by_what_was_missed_and_helped(
    typed: str, prompted: Prompted, shown: Shown, rating: str | None
) -> None:
    marking = mark("One two three four five six seven eight.", typed)
    assert rate(marking, prompted, shown) == rating


def test_a_line_is_recognised_in_another_version() -> None:
    changed = scene(
        "Bev: Morning.",
        "Bev: I have come about your advert.",
        "Bev: Driver wanted.",
        "Ambrose: Ah, and with shoulders!",
        "Ambrose: AMBROSE PETTIFER; hindquarters",
        "Bev: Your advert did not mention any horse.",
        "Ambrose: No advert worth answering has ever mentioned the horse.",
    )
    before, after = fingerprints(HALL), fingerprints(changed)
    assert len(set(before)) == 6
    assert all(len(each) == 32 and int(each, 16) >= 0 for each in before)
    # Its cue was changed; the short "Driver wanted." has another cue now.
    assert [after.index(each) if each in after else None for each in before] == [
        *(None, None, 3, 4, None, 6)
    ]


def test_lines_that_are_alike_are_told_apart() -> None:
    right = fingerprints(scene("A: Ready?", "B: Right.", "A: Steady?", "B: Right.", "C: Right."))
    assert len(set(right)) == 5  # by their cues, and by who says them
    long = "B: Thousands of folk have got off my bus."
    first, second = fingerprints(scene(long, long))
    assert first != second
    assert fingerprints(scene("A: Yes?", long))[1] == first
    assert len(set(fingerprints(scene("A: …", "A: ?!", "A: …")))) == 3
