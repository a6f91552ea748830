"""Cards as programs and people write them: compressed chunks, no spec, dialogue in any dress."""

import base64
import zlib
from io import BytesIO

import pytest

from characters.cards.contents import read_contents
from characters.cards.example_dialogue import read_example_dialogue
from characters.cards.model import CardLimits
from characters.cards.png import read_texts
from characters.cards.reader import read_card
from characters.cards.sniffing import is_card
from characters.errors import CardError
from characters.macros import MacroValues
from tests.characters.cards.carriers import chunk, encode, png, v2
from tests.shared_cases import shared_case

VALUES = MacroValues(char="Yae Miko", user="U")
CARD = encode(v2(name="Zed", first_mes="Late."))
BASE64 = base64.b64encode(CARD)
Turns = list[list[tuple[str, str]]]


def turns(typed: str) -> Turns:
    card = read_card(encode(v2(name="Yae Miko", mes_example=typed)))
    return [
        [(line.speaker, line.text) for line in scene.lines]
        for scene in read_example_dialogue(card, VALUES).scenes
    ]


def warnings(typed: str) -> tuple[str, ...]:
    return read_contents(BytesIO(encode(v2(mes_example=typed))), CardLimits()).warnings


def test_the_shared_cards() -> None:
    assert read_card(shared_case("30-card-ztxt.png")).name in ("Zed", "Ida")
    contents = read_contents(BytesIO(shared_case("31-card-examples-bold.json")), CardLimits())
    said = [[(line.speaker, line.text) for line in scene.lines] for scene in contents.scenes]
    assert said == [[("{{user}}", "One."), ("Yce", "Two.")]]
    third = read_contents(BytesIO(shared_case("31c-card-examples-third.json")), CardLimits())
    assert [[(line.speaker, line.text) for line in scene.lines] for scene in third.scenes] == [
        [
            ("{{user}}", "One."),
            ("Yae", "Two."),
            ("Guard", "Move on!"),
            ("{{user}}", "Three."),
            ("Yae", "Four."),
        ],
        [("{{user}}", "Five."), ("Yae", "Six.")],
    ]
    assert is_card(BytesIO(shared_case("35-card-data-only.json")))
    assert read_card(shared_case("35-card-data-only.json")).name == "Wrp"


@pytest.mark.parametrize(
    "text",
    [
        chunk(b"zTXt", b"chara\0\0" + zlib.compress(BASE64)),
        chunk(b"iTXt", b"chara\0\0\0\0\0" + BASE64),
        chunk(b"iTXt", b"Chara\0\1\0en\0Karte\0" + zlib.compress(BASE64)),
        chunk(b"iTXt", b"ccv3\0\0\0\0\0" + CARD),
        chunk(b"tEXt", b"chara\0" + CARD),
    ],
)
def test_any_text_chunk_may_carry_the_card(text: bytes) -> None:
    assert read_card(png(text)).name == "Zed"


def test_a_compressed_text_that_inflates_without_end_is_refused() -> None:
    bomb = png(chunk(b"zTXt", b"chara\0\0" + zlib.compress(b"A" * 40_000_000, 9)))
    with pytest.raises(CardError) as refused:
        read_card(bomb)
    assert refused.value.code == "too_large"
    both = [chunk(b"zTXt", b"chara\0\0" + zlib.compress(b"A" * 600)) for _ in range(2)]
    assert len(read_texts(png(*both), 1_200)) == 2
    with pytest.raises(CardError):
        read_texts(png(*both), 1_199)


def test_a_damaged_compressed_text_is_named() -> None:
    with pytest.raises(CardError) as refused:
        read_card(png(chunk(b"zTXt", b"chara\0\0nonsense")))
    assert refused.value.code == "damaged_picture"


@pytest.mark.parametrize(
    ("document", "origin"),
    [
        ({"data": {"name": "Vi", "first_mes": ""}}, "v2"),
        ({"data": {"name": "Vi", "description": "", "personality": ""}}, "v2"),
        ({"data": {"name": "Vi", "first_mes": "", "group_only_greetings": []}}, "v3"),
        ({"spec": "chara_card_v2.0", "data": {"name": "Vi"}}, "v2"),
        ({"spec": "Chara_Card_V3", "data": {"name": "Vi"}}, "v3"),
        ({"name": "Vi", "description": "", "scenario": ""}, "v1"),
    ],
)
def test_a_card_without_its_spec_is_known_by_its_fields(document: object, origin: str) -> None:
    assert is_card(BytesIO(encode(document)))
    card = read_card(encode(document))
    assert (card.origin, card.name) == (origin, "Vi")


@pytest.mark.parametrize(
    "document",
    [
        {"name": "Book", "description": "x", "scenario": "y", "entries": []},
        {"name": "c", "first_mes": "", "messages": []},
        {"data": {"name": "Vi"}},
        {"data": [{"name": "Vi", "first_mes": ""}]},
    ],
)
def test_books_chats_and_data_sets_are_no_cards(document: object) -> None:
    assert not is_card(BytesIO(encode(document)))


PAIR = [("U", "One."), ("Yae Miko", "Two.")]


@pytest.mark.parametrize(
    "typed",
    [
        "**{{user}}:** One.\n**{{char}}:** Two.",
        "**{{user}}**: One.\n**{{char}}**: Two.",
        "*{{user}}:* One.\n*{{char}}:* Two.",
        "__{{user}}__: One.\n__{{char}}__: Two.",
        "<START>{{user}}: One.\n{{char}}: Two.",
        "<START> {{user}}: One. {{char}}: Two.",
        "<start>\n- {{user}}: One.\n- {{char}}: Two.",
        "[{{user}}]: One.\n[{{char}}]: Two.",
        "<USER>: One.\n<BOT>: Two.",
        "{{user}} : One.\n{{char}} : Two.",
        "{{user}}： One.\n{{char}}：Two.",
        "You: One.\nYae: Two.",
        "User: One.\nyae miko: Two.",
        "### {{user}}: One.\n### {{char}}: Two.",
        "{{random_user_1}}: One.\n{{char}}: Two.\nEND_OF_DIALOG",
        "[START]\n{{user}}: One.\n{{char}}: Two.\n[END]",
        "***\n{{user}}: One.\n{{char}}: Two.",
    ],
)
def test_turns_in_the_ways_people_write_them(typed: str) -> None:
    assert turns(typed) == [PAIR]


@pytest.mark.parametrize(
    "end",
    ["END_OF_DIALOG", "<START>", "<END>", "---", "***", "[Start]", "<|END|>", "END_OF_DIALOGUE:"],
)
def test_scenes_end_where_a_mark_says_so(end: str) -> None:
    pair = "{{user}}: One.\n{{char}}: Two."
    assert turns(f"{pair}\n{end}\n{pair}") == [PAIR, PAIR]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("{{char}}: Hm.\nGuard: Move on!", [("Yae Miko", "Hm."), ("Guard", "Move on!")]),
        ("{{char}}: Hm.\nOld Man: *bows*", [("Yae Miko", "Hm."), ("Old Man", "*bows*")]),
        ("{{char}}: 嗯。\n卫兵：走！", [("Yae Miko", "嗯。"), ("卫兵", "走！")]),
        ("{{char}}: Hm.\nMood: happy", [("Yae Miko", "Hm.\nMood: happy")]),
        ("{{char}}: Hm.\nI said: go.", [("Yae Miko", "Hm.\nI said: go.")]),
        ("{{char}}: Hm.\nTime: 12:30.", [("Yae Miko", "Hm.\nTime: 12:30.")]),
        ("{{char}} (softly): Hm.", [("Yae Miko", "(softly) Hm.")]),
    ],
)
def test_third_speakers_and_what_only_looks_like_them(
    typed: str, expected: list[tuple[str, str]]
) -> None:
    assert turns(typed) == [expected]


def test_rows_without_a_speaker_are_said() -> None:
    (warning,) = warnings("*The door opens.*\n{{char}}: Come.")
    assert "1 rows" in warning
    assert "*The door opens.*" in warning
    (left_out,) = warnings('"Come in," she says.')
    assert "left out" in left_out
    assert warnings("<START>\n") == ()
    assert warnings("<START>\n{{char}}: Come.") == ()


def test_example_dialogue_as_a_list_of_rows_is_joined() -> None:
    card = read_card(encode(v2(mes_example=["{{user}}: One.", "{{char}}: Two."])))
    assert card.text("mes_example") == "{{user}}: One.\n{{char}}: Two."
