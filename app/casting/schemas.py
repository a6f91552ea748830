"""Define the bodies of casting: speakers worth playing, characters, drafted profiles."""

from typing import Literal
from uuid import UUID

from pydantic import ConfigDict, Field, JsonValue

from app.catalog.schemas import CharacterFields, CharacterOut, Language, Name
from app.schemas import Schema


class RoleOut(Schema):
    """Judge a speaker as a character to play."""

    name: str
    lines: int
    scenes: int
    share: float
    """Share of all lines of the script, 0 to 1."""
    scene_share: float
    """Share of all scenes, 0 to 1."""
    mean_characters: float | None
    """Mean length of a line; null where none of its lines was among those read."""
    languages: list[Language]
    """The languages of its lines, the most frequent first."""
    samples: list[str]
    """Lines that show its voice."""
    voice: Literal["person", "group", "narrator", "nameless"]
    """Kind of the name: 众人 and ALL are groups, 旁白 is a narrator."""
    verdict: Literal["lead", "supporting", "minor", "short_lines", "group", "narrator", "nameless"]
    reason: str
    """The verdict in a sentence."""
    recommended: bool
    """Whether the speaker has enough lines for a character."""


class CastProposal(Schema):
    """Propose the speakers of a script that are worth playing."""

    script_id: UUID
    title: str
    lines: int
    scenes: int
    scenes_read: int
    """Scenes that lengths, languages and samples come from: all scenes of a short script."""
    roles: list[RoleOut]
    """The speakers, best worth playing first."""


_MARY: dict[str, JsonValue] = {
    "name": "Mary",
    "speakers": ["MARY", "MARY (V.O.)"],
    "profile": "Mary keeps the lighthouse.",
    "greeting": "Mind the stairs.",
}


class CharactersCreate(Schema):
    """List characters of one script to create, all or none."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"characters": [_MARY, {"name": "John", "tagline": "Her brother."}]}]
        }
    )

    characters: list[CharacterFields] = Field(min_length=1, max_length=1_000)
    """At most ``limits.characters_at_once``."""


class CharactersOut(Schema):
    """List the characters created."""

    items: list[CharacterOut]
    """In the order of the request."""


class DraftRequest(Schema):
    """Name the speakers whose profile to draft before they are a character."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "Mary", "speakers": ["MARY", "MARY (V.O.)"]}]}
    )

    name: Name
    speakers: list[Name] = Field(default=[], max_length=50)
    """Speakers that are this character; by default the speaker of that name."""
    language: Language | None = None
    """Language of the profile; by default the script's."""


class DraftedProfile(Schema):
    """Hold a complete draft."""

    profile: str
    model: str
    """The model that wrote it."""
    lines_shown: int
    """Number of the character's own lines in the prompt."""
    scenes: int
    """Scenes of the scripts that it was made of, from the first one on, none behind the caller's
    bookmark: send it back as ``profile_scenes`` with the accepted profile."""
