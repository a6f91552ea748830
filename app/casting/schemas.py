"""Bodies of casting: who is worth playing, several characters at once, drafted profiles."""

from typing import Literal
from uuid import UUID

from pydantic import ConfigDict, Field, JsonValue

from app.catalog.schemas import CharacterFields, CharacterOut, Language, Name
from app.schemas import Schema


class RoleOut(Schema):
    """A speaker as somebody to play."""

    name: str
    lines: int
    scenes: int
    share: float
    """Of all lines of the script, 0 to 1."""
    scene_share: float
    """Of all scenes, 0 to 1."""
    mean_characters: float | None
    """Of a line; null where none of its lines was among those read."""
    languages: list[Language]
    """Those it speaks, the most frequent first."""
    samples: list[str]
    """Lines that show its voice."""
    voice: Literal["person", "group", "narrator", "nameless"]
    """What the name stands for: 众人 and ALL are groups, 旁白 is a narrator."""
    verdict: Literal["lead", "supporting", "minor", "short_lines", "group", "narrator", "nameless"]
    reason: str
    """The verdict in a sentence."""
    recommended: bool
    """Whether a character of it would have enough to go by."""


class CastProposal(Schema):
    script_id: UUID
    title: str
    lines: int
    scenes: int
    scenes_read: int
    """Those that lengths, languages and samples come from: all of a script that is not long."""
    roles: list[RoleOut]
    """Those best worth playing first."""


_MARY: dict[str, JsonValue] = {
    "name": "Mary",
    "speakers": ["MARY", "MARY (V.O.)"],
    "profile": "Mary keeps the lighthouse.",
    "greeting": "Mind the stairs.",
}


class CharactersCreate(Schema):
    """Characters of one script: all of them are made, or none."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"characters": [_MARY, {"name": "John", "tagline": "Her brother."}]}]
        }
    )

    characters: list[CharacterFields] = Field(min_length=1, max_length=1_000)
    """At most ``limits.characters_at_once``."""


class CharactersOut(Schema):
    items: list[CharacterOut]
    """In the order they were asked for."""


class DraftRequest(Schema):
    """Whose profile to draft, before there is a character."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "Mary", "speakers": ["MARY", "MARY (V.O.)"]}]}
    )

    name: Name
    speakers: list[Name] = Field(default=[], max_length=50)
    """Those that are this character; by default the one called so."""
    language: Language | None = None
    """Of the profile; by default the script's."""


class DraftedProfile(Schema):
    """A draft, once it is complete."""

    profile: str
    model: str
    """Which wrote it."""
    lines_shown: int
    """Lines of the character's own that it was written from."""
