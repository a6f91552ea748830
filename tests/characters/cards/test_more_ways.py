"""Cards of further sites, and further ways to write example dialogue."""

import pytest

from characters.cards.example_dialogue import read_example_dialogue
from characters.cards.reader import read_card
from characters.macros import MacroValues
from tests.characters.cards.carriers import encode, v2

VALUES = MacroValues(char="Mira", user="Toby")
PAIR = [("Toby", "One."), ("Mira", "Two.")]


def turns(typed: str) -> list[list[tuple[str, str]]]:
    card = read_card(encode(v2(name="Mira", mes_example=typed)))
    return [
        [(line.speaker, line.text) for line in scene.lines]
        for scene in read_example_dialogue(card, VALUES).scenes
    ]


@pytest.mark.parametrize(
    "typed",
    [
        "<START><br>{{user}}: One.<br/>{{char}}: Two.",
        "{user}: One.\n{char}: Two.",
        "#{user}: One.\n#{character}: Two.",
        "**{user}**: One.\n**{character}**: Two.",
        "*{{user}}: One.*\n*{{char}}: Two.*",
        "1. {{user}}: One.\n2. {{char}}: Two.",
        "1) **{{user}}:** One.\n2) **{{char}}:** Two.",
        "<example>\n{{user}}: One.\n{{char}}: Two.\n</example>",
        "START:\n{{user}}: One.\n{{char}}: Two.",
        "### Instruction:\nOne.\n### Response:\nTwo.",
        "<|im_start|>user\nOne.<|im_end|>\n<|im_start|>assistant\nTwo.<|im_end|>",
    ],
)
def test_turns_in_further_ways(typed: str) -> None:
    assert turns(typed) == [PAIR]


@pytest.mark.parametrize(
    "typed",
    [
        "{{user}}: One. END_OF_DIALOG {{char}}: Two. END_OF_DIALOG",
        "[Start a new chat]\n{{user}}: One.\n[Example Chat]\n{{char}}: Two.",
        "<dialogue_1>\n{{user}}: One.\n</dialogue_1>\n<dialogue_2>\n{{char}}: Two.\n</dialogue_2>",
    ],
)
def test_scenes_in_further_ways(typed: str) -> None:
    assert turns(typed) == [[turn] for turn in PAIR]


def test_emphasis_within_a_turn_stays() -> None:
    typed = "{{char}}: *waves* Two, *really*.\n*{{user}}: One, *hm* yes."
    assert turns(typed) == [[("Mira", "*waves* Two, *really*."), ("Toby", "One, *hm* yes.")]]


@pytest.mark.parametrize(
    ("document", "origin", "example"),
    [
        (
            {"character": {"name": "Mira", "greeting": "Late.", "definition": "{{char}}: Hm."}},
            "character.ai",
            "{{char}}: Hm.",
        ),
        (
            {"character": {"aiName": "Mira", "firstMessage": "Late.", "customDialogue": "x"}},
            "backyard",
            "x",
        ),
        (
            {
                "name": "Mira",
                "personality": "Sly.",
                "scenario": "A quay.",
                "first_message": "Late.",
                "example_dialogs": "x",
            },
            "v1",
            "x",
        ),
    ],
)
def test_cards_of_further_sites(document: dict[str, object], origin: str, example: str) -> None:
    card = read_card(encode(document))
    assert (card.origin, card.name) == (origin, "Mira")
    assert (card.text("first_mes"), card.text("mes_example")) == ("Late.", example)
