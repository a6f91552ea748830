"""Define a character card as it is once read, independent of its file's format."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from characters.json_values import JsonObject

CardOrigin = Literal["v1", "v2", "v3", "agnai", "pygmalion", "yaml", "character.ai", "backyard"]

V1_FIELDS = ("name", "description", "personality", "scenario", "first_mes", "mes_example")
"""All fields of a V1 card, and the first of a V2 card's ``data``."""

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
    """Hold the bounds of one card. A card that crosses one is refused as a whole."""

    file_bytes: int = 100 * MEBIBYTE
    json_bytes: int = 10 * MEBIBYTE
    """Most bytes of the card's JSON once decoded; a large lorebook takes about 1 MiB."""
    entries: int = 5_000
    """Most files in a CHARX archive, and asset chunks in a PNG."""
    entry_bytes: int = 50 * MEBIBYTE
    """Most bytes of one file of a CHARX archive, inflated; RisuAI's own limit."""
    inflated_bytes: int = 200 * MEBIBYTE
    """Most bytes of all files of a CHARX archive, counted while they are inflated."""


@dataclass(frozen=True, slots=True)
class Card:
    """Hold a character card.

    ``data`` is a V2 or V3 card's ``data`` with every known field present and of its type, and
    all else as it came; ``envelope`` holds the keys beside ``data``. Change a field with
    ``dataclasses.replace(card, data={**card.data, "name": "…"})``. Texts are as typed: macros
    not expanded, white space kept.
    """

    origin: CardOrigin
    data: JsonObject
    envelope: JsonObject = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)
    """Files that came in the same file: by path in a CHARX, by ``__asset:N`` in a PNG."""
    picture: bytes | None = None
    """The carrier without the card, where it is a picture: PNG, WebP or JPEG."""
    warnings: tuple[str, ...] = ()
    """One sentence for each part that could not be read as it came."""

    def text(self, field_name: str) -> str:
        """Return the text ``field_name`` of ``TEXT_FIELDS``, or ``nickname``; "" if absent."""
        value = self.data.get(field_name)
        return value if isinstance(value, str) else ""

    def texts(self, field_name: str) -> tuple[str, ...]:
        """Return the list ``field_name``: of ``LIST_FIELDS`` or ``group_only_greetings``."""
        value = self.data.get(field_name)
        items = value if isinstance(value, list) else []
        return tuple(item for item in items if isinstance(item, str))

    @property
    def name(self) -> str:
        """Return the character's name."""
        return self.text("name")

    @property
    def spoken_name(self) -> str:
        """Return the value of ``{{char}}``: the nickname, where a V3 card has one."""
        return self.text("nickname") or self.name

    @property
    def extensions(self) -> JsonObject:
        """Return the programs' own data, empty where the card has none."""
        value = self.data.get("extensions")
        return value if isinstance(value, dict) else {}

    @property
    def lorebook(self) -> JsonObject | None:
        """Return the embedded book as it came; :mod:`characters.lorebooks.reader` reads it."""
        value = self.data.get("character_book")
        return value if isinstance(value, dict) else None
