"""What a character card is once it has been read, whichever file it came in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from characters.json_values import JsonObject

CardOrigin = Literal["v1", "v2", "v3", "agnai", "pygmalion", "yaml"]

V1_FIELDS = ("name", "description", "personality", "scenario", "first_mes", "mes_example")
"""The whole of a V1 card, and the beginning of a V2 card's ``data``."""

TEXT_FIELDS = (
    *V1_FIELDS,
    "creator_notes",
    "system_prompt",
    "post_history_instructions",
    "creator",
    "character_version",
)
LIST_FIELDS = ("alternate_greetings", "tags")

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class CardLimits:
    """Bounds of one card. A card that crosses one is refused as a whole."""

    file_bytes: int = 100 * MEBIBYTE
    json_bytes: int = 10 * MEBIBYTE
    """The card's JSON once decoded; a large lorebook takes about 1 MiB."""
    entries: int = 5_000
    """Files in a CHARX archive, and asset chunks in a PNG."""
    entry_bytes: int = 50 * MEBIBYTE
    """One file of a CHARX archive, inflated; RisuAI's own limit."""
    inflated_bytes: int = 200 * MEBIBYTE
    """All files of a CHARX archive, counted while they are inflated."""


@dataclass(frozen=True, slots=True)
class Card:
    """A character as its card tells it.

    ``data`` is a V2 or V3 card's ``data`` with every known field present and of its type, and
    all else as it came; ``envelope`` holds what stood beside ``data``. Change a field with
    ``dataclasses.replace(card, data={**card.data, "name": "…"})``. Texts are as typed: macros
    not expanded, white space kept.
    """

    origin: CardOrigin
    data: JsonObject
    envelope: JsonObject = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)
    """What came in the same file: by path in a CHARX, by ``__asset:N`` in a PNG."""
    picture: bytes | None = None
    """The carrier itself without the card, where it is a picture: PNG, WebP or JPEG."""
    warnings: tuple[str, ...] = ()
    """A sentence for everything that could not be taken as it came."""

    def text(self, field_name: str) -> str:
        """The text field ``field_name``, one of ``TEXT_FIELDS`` or ``nickname``; "" if absent."""
        value = self.data.get(field_name)
        return value if isinstance(value, str) else ""

    def texts(self, field_name: str) -> tuple[str, ...]:
        """The list ``field_name``: one of ``LIST_FIELDS`` or ``group_only_greetings``."""
        value = self.data.get(field_name)
        items = value if isinstance(value, list) else []
        return tuple(item for item in items if isinstance(item, str))

    @property
    def name(self) -> str:
        return self.text("name")

    @property
    def spoken_name(self) -> str:
        """What ``{{char}}`` stands for: the nickname, where a V3 card has one."""
        return self.text("nickname") or self.name

    @property
    def extensions(self) -> JsonObject:
        value = self.data.get("extensions")
        return value if isinstance(value, dict) else {}

    @property
    def lorebook(self) -> JsonObject | None:
        """The embedded book as it came; ``characters.lorebooks.reading`` makes a Lorebook of it."""
        value = self.data.get("character_book")
        return value if isinstance(value, dict) else None
