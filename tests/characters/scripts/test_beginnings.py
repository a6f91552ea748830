"""Lines to begin with: a speaker's own first words, and what others said to it."""

from characters.scripts.beginnings import Beginnings
from characters.scripts.model import Line, Scene

NAMES = {"Mira", "Otto"}


def scene(*lines: tuple[str, str]) -> Scene:
    return Scene([Line(name, text, row) for row, (name, text) in enumerate(lines, 1)], 1)


def test_the_greeting_is_a_first_line_of_a_scene() -> None:
    found = Beginnings()
    long = "I have kept this lamp for eleven winters and every one of them had a storm in it."
    found.add(scene(("Otto", "Who is there?"), ("Mira", "It is me."), ("Mira", long)), NAMES)
    found.add(
        scene(
            ("Mira", "You came all this way in the rain, so sit down."),
        ),
        NAMES,
    )
    assert found.greeting("Mira") == "You came all this way in the rain, so sit down."
    assert found.greeting("Otto") == "Who is there?"
    assert found.greeting("Nobody") == ""


def test_openers_are_what_others_say_right_before_its_lines() -> None:
    found = Beginnings()
    found.add(
        scene(
            ("Otto", "Is the lamp lit?"),
            ("Mira", "It is."),
            ("Otto", "Hm."),
            ("Mira", "What?"),
            ("Otto", "(whispering) Come and see this with me."),
            ("Mira", "No."),
            ("Otto", "Then tell me what you saw out there."),
            ("Mira", "A boat."),
            ("Mira", "With nobody in it, and all its sails up."),
            ("Otto", "Shall we row out to it?"),
            ("Mira", "You row."),
            ("Otto", "I always row and never once did you say thanks to me for it, did you, ever?"),
            ("Mira", "Thanks."),
        ),
        NAMES,
    )
    assert found.openers("Mira") == [
        "Shall we row out to it?",
        "Then tell me what you saw out there.",
        "Is the lamp lit?",
    ]
    assert all("Mira" not in text for text in found.openers("Otto"))


def test_the_same_line_is_no_second_opener() -> None:
    found = Beginnings()
    for _ in range(3):
        found.add(scene(("Otto", "Is the lamp lit?"), ("Mira", "It is lit.")), NAMES)
    assert found.openers("Mira") == ["Is the lamp lit?"]


def test_speakers_that_are_not_asked_about_get_none() -> None:
    found = Beginnings()
    found.add(scene(("Otto", "Is the lamp lit?"), ("Mira", "It is lit, as ever.")), {"Otto"})
    assert (found.greeting("Mira"), found.openers("Mira")) == ("", [])
