"""Define the bodies about cards."""

from typing import Literal

from app.catalog.schemas import CharacterOut
from app.schemas import Schema
from app.scripts.schemas import ScriptReport


class CardReport(Schema):
    """Report the content of a card."""

    origin: str
    """``v1``, ``v2``, ``v3``, ``agnai``, ``pygmalion`` or ``yaml``."""
    name: str
    profile: str
    greeting: str
    alternate_greetings: int
    tags: list[str]
    creator: str
    creator_notes: str
    example_scenes: int
    """Scenes of example dialogue; without any, the character has no past lines."""
    lorebook_entries: int
    files: int
    """Files inside the card, which an export includes."""
    picture: bool
    carries_script: bool
    """Whether Offbook exported it with its whole script."""
    warnings: list[str]
    """One sentence for each part that could not be read as it came."""


class ImportResult(Schema):
    """Hold the imported character.

    ``script`` is null for a card without example dialogue, ``card`` for a script.
    """

    character: CharacterOut
    script: ScriptReport | None
    card: CardReport | None = None


class LorebookReport(Schema):
    """Report the content of a lorebook."""

    name: str
    entries: int
    warnings: list[str]
    """What of it has no effect here, a sentence each."""


class ChatReport(Schema):
    """Report the content of a chat log."""

    user_name: str
    character_name: str
    messages: int
    rejected: int


class FileInspection(Schema):
    """Report the kind of a file and its content. A file of no other kind is a ``script``."""

    kind: Literal["script", "card", "lorebook", "chat"]
    card: CardReport | None = None
    lorebook: LorebookReport | None = None
    chat: ChatReport | None = None


PictureKind = Literal["portrait", "backdrop"]
PictureSize = Literal["small", "large"]
CardFormat = Literal["v2", "v3", "png", "charx"]
