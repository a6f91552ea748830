"""Bodies about cards."""

from typing import Literal

from app.catalog.schemas import CharacterOut
from app.schemas import Schema
from app.scripts.schemas import ScriptReport


class CardReport(Schema):
    """What was read from a card."""

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
    """Scenes of example dialogue; the character of a card without any has no past lines."""
    lorebook_entries: int
    files: int
    """Files inside the card, which an export gives back."""
    picture: bool
    carries_script: bool
    """Whether it was exported by Offbook with its whole script."""
    warnings: list[str]
    """A sentence for everything that could not be taken as it came."""


class ImportResult(Schema):
    """``script`` is null for a card without example dialogue, ``card`` for a script."""

    character: CharacterOut
    script: ScriptReport | None
    card: CardReport | None = None


class LorebookReport(Schema):
    name: str
    entries: int


class ChatReport(Schema):
    user_name: str
    character_name: str
    messages: int
    rejected: int


class FileInspection(Schema):
    """What kind of file it is. A ``script`` is whatever is none of the others."""

    kind: Literal["script", "card", "lorebook", "chat"]
    card: CardReport | None = None
    lorebook: LorebookReport | None = None
    chat: ChatReport | None = None


CardFormat = Literal["v2", "v3", "png", "charx"]
