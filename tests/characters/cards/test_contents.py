"""A card's file with everything in it, and a description of it without its bytes."""

from io import BytesIO
from typing import Any

import pytest

from characters.cards.contents import (
    USER_SPEAKER,
    CardContents,
    describe_contents,
    read_contents,
)
from characters.cards.model import CardLimits
from characters.errors import CardError
from characters.scripts.model import Line
from tests.characters.cards.carriers import SIGNATURE, V3_TEXT, chunk, encode, png, text_chunk, v2

TALK = "<START>\n{{user}}: Any ships?\n{{char}}: None.\n<START>\nVi: Go home."


def contents_of(name: str = "", /, **data: Any) -> CardContents:
    return read_contents(BytesIO(encode(v2(**data))), CardLimits(), name)


def test_a_card_with_nothing_but_a_name() -> None:
    contents = contents_of()
    assert (contents.fields.name, contents.embedded, contents.portrait) == ("Vi", None, None)
    assert (contents.scenes, contents.lorebook_entries, contents.warnings) == ([], 0, ())


def test_example_dialogue_is_scenes_between_the_user_and_the_character() -> None:
    contents = contents_of(mes_example=TALK)
    assert [list(scene.lines) for scene in contents.scenes] == [
        [Line(USER_SPEAKER, "Any ships?", 2, None, ": "), Line("Vi", "None.", 3, None, ": ")],
        [Line("Vi", "Go home.", 5, None, ": ")],
    ]


def test_under_another_name_the_character_speaks_its_lines_all_the_same() -> None:
    contents = contents_of("Ann", mes_example=TALK)
    speakers = [line.speaker for scene in contents.scenes for line in scene.lines]
    assert speakers == [USER_SPEAKER, "Ann", "Ann"]
    assert contents.fields.name == "Vi"


def test_dialogue_in_which_the_character_is_silent_is_no_example() -> None:
    assert contents_of(mes_example="<START>\n{{user}}: Any ships?").scenes == []


def test_the_language_is_the_one_the_card_is_written_in() -> None:
    assert contents_of(description="在渡口撑船。").language == "zh"
    assert contents_of(description="Punts a ferry.").language == "en"


def test_the_entries_of_a_book_are_counted_and_what_is_no_book_is_said() -> None:
    entries = [{"keys": ["a"], "content": "x"}, {"keys": [], "content": ""}, "no entry"]
    assert contents_of(character_book={"entries": entries}).lorebook_entries == 2
    damaged = contents_of(character_book={"entries": "none"})
    assert damaged.lorebook_entries == 0
    [warning] = damaged.warnings
    assert warning.startswith("The card's lorebook has no effect. ")


def test_a_picture_is_encoded_anew_and_one_that_cannot_be_is_said() -> None:
    secret = png(text_chunk("chara", v2()), chunk(b"tEXt", b"parameters\0secret"))
    portrait = read_contents(BytesIO(secret), CardLimits()).portrait
    assert portrait is not None
    assert portrait.png.startswith(SIGNATURE)
    for content in (portrait.png, portrait.shown.large, portrait.shown.small):
        assert b"secret" not in content
    broken = secret.replace(png()[33:-12], chunk(b"IDAT", b"no pixels"))
    contents = read_contents(BytesIO(broken), CardLimits())
    assert (contents.fields.name, contents.portrait) == ("Vi", None)
    [warning] = contents.warnings
    assert warning.startswith("The card's picture was left out. ")


def test_embedded_scripts_come_along_and_other_programs_extensions_do_not() -> None:
    line = ["Vi", "None.", ": ", None]
    script = {"title": "The pier", "scenes": [{"lines": [line]}]}
    offbook = {"version": 1, "character": {"tagline": "x"}, "scripts": [script]}
    carried = contents_of(extensions={"offbook": offbook, "x": 1}).embedded
    assert carried is not None
    assert [each.title for each in carried.scripts] == ["The pier"]
    assert contents_of(extensions={"offbook": {"version": 2}}).embedded is None


def test_the_file_is_read_from_its_beginning_up_to_its_limit() -> None:
    file = BytesIO(V3_TEXT)
    file.read()
    assert read_contents(file, CardLimits(file_bytes=len(V3_TEXT))).fields.name == "Maud Tarn"
    with pytest.raises(CardError) as refused:
        read_contents(file, CardLimits(file_bytes=len(V3_TEXT) - 1))
    assert refused.value.code == "too_large"


def test_a_description_has_no_bytes() -> None:
    data = {
        "description": "Calm.",
        "first_mes": "Hm.",
        "alternate_greetings": ["Oh.", " "],
        "tags": ["pier", "pier", "fog"],
        "creator": "Me",
        "creator_notes": "Mine.",
        "mes_example": TALK,
        "character_book": {"entries": [{"keys": ["a"], "content": "x"}]},
        "extensions": [],
    }
    described = describe_contents(contents_of(**data))
    assert (described.origin, described.name, described.profile) == ("v2", "Vi", "Calm.")
    assert (described.greeting, described.alternate_greetings) == ("Hm.", 1)
    assert described.tags == ["pier", "fog"]
    assert (described.creator, described.creator_notes) == ("Me", "Mine.")
    assert (described.example_scenes, described.lorebook_entries) == (2, 1)
    assert (described.files, described.picture, described.carries_script) == (0, False, False)
    assert described.warnings == []
