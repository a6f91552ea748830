"""A file becomes a card, with all that has to be worked out of it. Takes time, and no database."""

from dataclasses import dataclass
from typing import BinaryIO

from app.cards.schemas import CardReport
from app.settings import LimitSettings
from characters.cards.assets import find_avatar
from characters.cards.carried import KEY, Carried, unpack
from characters.cards.fields import CardFields, fields_of
from characters.cards.model import Card, CardLimits
from characters.cards.persona import read_example_dialogue
from characters.cards.pictures import reencode
from characters.cards.reader import read_card
from characters.errors import CardError
from characters.lorebooks.reader import read_book
from characters.macros import MacroValues
from characters.scripts.model import Scene

USER_SPEAKER = "{{user}}"
"""Who speaks with the character in example dialogue: whoever talks to it."""


@dataclass(frozen=True, slots=True)
class CardContents:
    """A card, and what is in it."""

    card: Card
    fields: CardFields
    carried: Carried | None
    """The script that Offbook put in."""
    lorebook_entries: int
    avatar: bytes | None
    """A PNG of our own making."""
    warnings: tuple[str, ...]

    def scenes(self, name: str) -> list[Scene]:
        """The example dialogue of the character as ``name``; empty where it says nothing."""
        values = MacroValues(char=name, user=USER_SPEAKER)
        scenes = list(read_example_dialogue(self.card, values))
        spoken = any(line.speaker == name for scene in scenes for line in scene.lines)
        return scenes if spoken else []


def card_limits(limits: LimitSettings) -> CardLimits:
    """The settings' bounds of one card."""
    return CardLimits(
        file_bytes=limits.card_bytes,
        json_bytes=limits.card_json_bytes,
        entry_bytes=limits.card_inflated_bytes,
        inflated_bytes=limits.card_inflated_bytes,
    )


def read_contents(file: BinaryIO, limits: CardLimits) -> CardContents:
    """Read a card. Raises :class:`~characters.errors.CardError`.

    A picture that cannot be decoded and a book that is none are told as warnings: the character
    can be talked to without them.
    """
    file.seek(0)
    card = read_card(file.read(limits.file_bytes + 1), limits)
    warnings = list(card.warnings)
    return CardContents(
        card=card,
        fields=fields_of(card),
        carried=unpack(card.extensions.get(KEY)),
        lorebook_entries=_count_entries(card, warnings),
        avatar=_read_avatar(card, warnings),
        warnings=tuple(warnings),
    )


def describe_card(contents: CardContents) -> CardReport:
    """What is told of a card that was read."""
    card, fields = contents.card, contents.fields
    return CardReport(
        origin=card.origin,
        name=fields.name,
        profile=fields.profile,
        greeting=fields.greeting,
        alternate_greetings=len(fields.alternate_greetings),
        tags=list(fields.tags),
        creator=card.text("creator"),
        creator_notes=fields.creator_notes,
        example_scenes=len(contents.scenes(fields.name)),
        lorebook_entries=contents.lorebook_entries,
        files=len(card.files),
        picture=contents.avatar is not None,
        carries_script=contents.carried is not None,
        warnings=list(contents.warnings),
    )


def _read_avatar(card: Card, warnings: list[str]) -> bytes | None:
    picture = find_avatar(card)
    try:
        return None if picture is None else reencode(picture)
    except CardError as error:
        warnings.append(f"The card's picture was left out. {error}")
        return None


def _count_entries(card: Card, warnings: list[str]) -> int:
    if card.lorebook is None:
        return 0
    try:
        return len(read_book(card.lorebook).entries)
    except CardError as error:
        warnings.append(f"The card's lorebook has no effect. {error}")
        return 0
