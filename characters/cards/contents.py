"""Read a card's file with its avatar, example dialogue, lorebook and scripts. Takes time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

from characters.cards.assets import find_avatar
from characters.cards.embedded_script import KEY, EmbeddedExtensions, unpack
from characters.cards.example_dialogue import read_example_dialogue
from characters.cards.fields import CardFields, fields_of
from characters.cards.model import Card, CardLimits
from characters.cards.persona import card_language
from characters.cards.pictures import Portrait, read_portrait
from characters.cards.reader import read_card
from characters.errors import CardError
from characters.json_values import storable
from characters.language import Language
from characters.lorebooks.notices import describe_unhonoured
from characters.lorebooks.reader import read_book
from characters.macros import MacroValues
from characters.scripts.model import Scene

USER_SPEAKER = "{{user}}"
"""The other speaker of example dialogue: the user who chats with the character."""


_QUOTED = 60
_NOTHING_SAID = " \t\r\n<>STARTstart"


@dataclass(frozen=True, slots=True)
class CardContents:
    """Hold a card and everything read from it."""

    card: Card
    fields: CardFields
    language: Language
    embedded: EmbeddedExtensions | None
    """The scripts that Offbook embedded."""
    scenes: Sequence[Scene]
    """The example dialogue; empty where the character has no line in it."""
    lorebook_entries: int
    portrait: Portrait | None
    """Its picture, which Offbook encoded itself."""
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CardDescription:
    """Describe a card without its bytes."""

    origin: str
    name: str
    profile: str
    greeting: str
    alternate_greetings: int
    tags: list[str]
    creator: str
    creator_notes: str
    example_scenes: int
    lorebook_entries: int
    files: int
    picture: bool
    carries_script: bool
    warnings: list[str]


def read_contents(file: BinaryIO, limits: CardLimits, name: str = "") -> CardContents:
    """Read a card. Raises :class:`~characters.errors.CardError`.

    ``name`` overrides the card's name for the character. A picture that cannot be decoded and a
    lorebook that cannot be read are warnings: the character can be chatted with without them.
    """
    file.seek(0)
    card = read_card(file.read(limits.file_bytes + 1), limits)
    fields = fields_of(card)
    warnings = list(card.warnings)
    return CardContents(
        card=card,
        fields=fields,
        language=card_language(card),
        embedded=unpack(card.extensions.get(KEY)),
        scenes=_read_scenes(card, name or fields.name, warnings),
        lorebook_entries=_count_entries(card, warnings),
        portrait=_read_portrait(card, warnings),
        warnings=tuple(warnings),
    )


def describe_contents(contents: CardContents) -> CardDescription:
    """Return the description of a card, as the API shows it."""
    card, fields = contents.card, contents.fields
    return CardDescription(
        origin=card.origin,
        name=fields.name,
        profile=fields.profile,
        greeting=fields.greeting,
        alternate_greetings=len(fields.alternate_greetings),
        tags=list(fields.tags),
        creator=storable(card.text("creator")),
        creator_notes=fields.creator_notes,
        example_scenes=len(contents.scenes),
        lorebook_entries=contents.lorebook_entries,
        files=len(card.files),
        picture=contents.portrait is not None,
        carries_script=contents.embedded is not None,
        warnings=list(contents.warnings),
    )


def _read_scenes(card: Card, name: str, warnings: list[str]) -> list[Scene]:
    """Return the scenes of the example dialogue; warn of what is no one's line."""
    dialogue = read_example_dialogue(card, MacroValues(char=name, user=USER_SPEAKER))
    if not any(line.speaker == name for scene in dialogue.scenes for line in scene.lines):
        if card.text("mes_example").strip(_NOTHING_SAID):
            warnings.append(
                "The example dialogue was left out: no line of it is the character's. Write"
                " “{{char}}:” before its lines."
            )
        return []
    if dialogue.unspoken:
        first = dialogue.unspoken[0][:_QUOTED]
        warnings.append(
            f"Nobody speaks {len(dialogue.unspoken)} rows of the example dialogue, which begin"
            f" “{first}”; they are kept as directions beside its lines."
        )
    return dialogue.scenes


def _read_portrait(card: Card, warnings: list[str]) -> Portrait | None:
    picture = find_avatar(card)
    try:
        return None if picture is None else read_portrait(picture)
    except CardError as error:
        warnings.append(f"The card's picture was left out. {error}")
        return None


def _count_entries(card: Card, warnings: list[str]) -> int:
    if card.lorebook is None:
        return 0
    try:
        book = read_book(card.lorebook)
    except CardError as error:
        warnings.append(f"The card's lorebook has no effect. {error}")
        return 0
    warnings += describe_unhonoured(book)
    return len(book.entries)
