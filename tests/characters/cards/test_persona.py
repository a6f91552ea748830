import time

import pytest

from characters.cards.example_dialogue import read_example_dialogue
from characters.cards.persona import compose_profile
from characters.cards.reader import read_card
from characters.macros import MacroValues
from tests.characters.cards.carriers import V3_TEXT, encode, v2

VALUES = MacroValues(char="Vi", user="Ada")


def test_a_profile_of_what_describes_the_character() -> None:
    assert compose_profile(read_card(V3_TEXT)) == (
        "{{char}} keeps the lantern of a harbour without ships.\n\n"
        "Personality: dry, patient\n\nScenario: A storm; {{user}} knocks."
    )
    assert compose_profile(read_card(encode(v2(description=" one \n")))) == "one"


@pytest.mark.parametrize(
    ("typed", "scenes"),
    [
        ("", []),
        ("<START>\n<START>\n", []),
        (
            "<START>\n{{user}}: Hi.\n{{char}}: *nods*\nWell.\n<start>\n{{char}}：Next: you.",
            [[("Ada", "Hi."), ("Vi", "*nods*\nWell.")], [("Vi", "Next: you.")]],
        ),
        ("Nobody's words.\nVi: Mine.", [[("Vi", "Mine.")]]),
        ("{{char}}:\nBelow.\n\nTo {{user}}: this.", [[("Vi", "Below.\nTo {{user}}: this.")]]),
    ],
)
def test_example_dialogue(typed: str, scenes: list[list[tuple[str, str]]]) -> None:
    found = read_example_dialogue(read_card(encode(v2(mes_example=typed))), VALUES).scenes
    assert [[(line.speaker, line.text) for line in scene.lines] for scene in found] == scenes


def test_a_long_blank_row_takes_no_time() -> None:
    typed = f"{{{{char}}}}: a\n{' ' * 60_000}x"
    started = time.process_time()
    (scene,) = read_example_dialogue(read_card(encode(v2(mes_example=typed))), VALUES).scenes
    assert time.process_time() - started < 1
    assert scene.lines[0].text == "a\nx"


def test_many_rows_of_one_line_take_no_time() -> None:
    typed = "{{char}}: a\n" + "x\n" * 1_000_000
    started = time.process_time()
    (scene,) = read_example_dialogue(read_card(encode(v2(mes_example=typed))), VALUES).scenes
    assert time.process_time() - started < 5
    assert scene.lines[0].text == "a" + "\nx" * 1_000_000


def test_rows_are_those_of_the_text() -> None:
    card = read_card(encode(v2(mes_example="\n<START>\n{{char}}: a")))
    (scene,) = read_example_dialogue(card, VALUES).scenes
    assert (scene.row, scene.lines[0].row) == (3, 3)
