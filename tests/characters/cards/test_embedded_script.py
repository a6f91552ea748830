"""A script inside a card comes out as it went in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from characters.cards.embedded_script import EmbeddedExtensions, EmbeddedScript, pack, unpack
from characters.cards.example_dialogue import read_example_dialogue
from characters.cards.persona import write_example_dialogue
from characters.cards.reader import read_card
from characters.errors import CardError
from characters.json_values import JsonValue, dump_json, parse_json
from characters.macros import MacroValues
from characters.scripts.model import Line, Scene
from tests.characters.cards.carriers import encode, v2

text = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
colons = st.sampled_from(["：", ":", ": "])
lines = st.builds(
    lambda speaker, said, colon, direction: (speaker, said, colon, direction),
    *(text, text, colons, st.none() | text),
)
scenes = st.lists(
    st.tuples(st.lists(lines, min_size=1, max_size=4), st.none() | text.filter(bool)), max_size=4
)


@given(given_scenes=scenes, title=text)
def test_there_and_back_through_json(
    given_scenes: list[tuple[list[tuple[str, str, str, str | None]], str | None]], title: str
) -> None:
    row = 1
    script = []
    for spoken, heading in given_scenes:
        numbered = [
            Line(speaker, said, at, direction, colon)
            for at, (speaker, said, colon, direction) in enumerate(spoken, row)
        ]
        script.append(Scene(numbered, row, heading, heading))
        row += len(numbered)
    embedded = EmbeddedExtensions([EmbeddedScript(title, script)], {"aliases": ["A"]})
    assert unpack(parse_json(dump_json(pack(embedded)))) == embedded


@pytest.mark.parametrize("value", [None, {}, [], "x", {"version": 1}])
def test_what_is_something_else_is_left_alone(value: JsonValue) -> None:
    assert unpack(value) is None


@pytest.mark.parametrize(
    ("scripts", "code"),
    [
        (None, "damaged_script"),
        ([1], "damaged_script"),
        ([{"scenes": None}], "damaged_script"),
        ([{"scenes": [{"lines": []}]}], "damaged_script"),
        ([{"scenes": [{"lines": [["A", "b", ":"]]}]}], "damaged_script"),
        ([{"scenes": [{"lines": [["A", "b\0", ":", None]]}]}], "damaged_script"),
        ([{"scenes": [{"lines": [["A", "b", ":", 1]]}]}], "damaged_script"),
        ([{"scenes": [{"lines": [["A", "b", ":", "c\0"]]}]}], "damaged_script"),
        ([{"scenes": [{"lines": [["A", "b", ":", "\ud83d"]]}]}], "damaged_script"),
        ([{"scenes": [{"lines": [["A" * 201, "b", ":", None]]}]}], "damaged_script"),
    ],
)
def test_damage_is_told(scripts: JsonValue, code: str) -> None:
    with pytest.raises(CardError) as caught:
        unpack({"version": 1, "scripts": scripts})
    assert caught.value.code == code


def test_titles_and_headings_that_no_database_stores_are_mended() -> None:
    scene: JsonValue = {"heading": "\0\ud83d", "episode": "一\0", "lines": [["A", "b", ":", None]]}
    embedded = unpack({"version": 1, "scripts": [{"title": "T\ud83d\0", "scenes": [scene]}]})
    assert embedded is not None
    assert embedded.scripts == [
        EmbeddedScript("T?", [Scene([Line("A", "b", 1, None, ":")], 1, "?", "一")])
    ]


def test_example_dialogue_there_and_back() -> None:
    examples = [["Ann：Any ships?", "Vi：None: not one."], ["Tom:Hm", "Ann: Ha", "Vi: Well."]]
    written = write_example_dialogue(examples, ["Vi"], 1_000)
    assert written == (
        "<START>\n{{user}}: Any ships?\n{{char}}: None: not one.\n"
        "<START>\nTom: Hm\nAnn: Ha\n{{char}}: Well."
    )
    assert write_example_dialogue(examples, ["Vi"], 60).count("<START>") == 1
    card = read_card(encode(v2(mes_example=written)))
    first, second = read_example_dialogue(card, MacroValues("Vi", "{{user}}")).scenes
    assert [line.speaker for line in first.lines] == ["{{user}}", "Vi"]
    assert [line.text for line in second.lines] == ["Well."]
