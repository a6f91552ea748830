"""Bodies of ``/api/characters``."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from app.schemas import Schema
from app.scripts.schemas import ScriptReport
from app.text import OneLine, Storable

Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=80),
    OneLine,
]
Profile = Annotated[str, StringConstraints(max_length=8_000), Storable]
Greeting = Annotated[str, StringConstraints(max_length=2_000), Storable]
Tagline = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200), OneLine]
Language = Literal["zh", "en"]
DropReason = Literal["budget", "model_limit", "no_exchange"]
Status = Literal["indexing", "ready", "failed"]


class SamplingOverrides(Schema):
    """Sampling of one character's replies; null leaves a field to the engine's defaults."""

    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float | None = Field(default=None, gt=0, le=1)
    top_k: int | None = Field(default=None, ge=0, le=1_000)
    min_p: float | None = Field(default=None, ge=0, le=1)
    repetition_penalty: float | None = Field(default=None, ge=0.5, le=2)
    max_tokens: int | None = Field(default=None, ge=1, le=4_096)
    seed: int | None = Field(default=None, ge=0, le=2**31 - 1)


class CharacterFields(Schema):
    """What a person decides about a character."""

    name: Name
    profile: Profile = ""
    greeting: Greeting = ""
    tagline: Tagline = ""
    aliases: list[Name] = Field(default=[], max_length=20)
    speakers: list[Name] = Field(default=[], max_length=50)
    """Speakers of the scripts this character plays; by default its name and aliases."""
    language: Language | None = None
    """Of the prompt; by default detected from the script."""
    sampling: SamplingOverrides = SamplingOverrides()


class CharacterCreate(CharacterFields):
    script_ids: list[UUID] = Field(min_length=1, max_length=50)


class CharacterUpdate(Schema):
    """Fields that are absent stay as they are."""

    name: Name | None = None
    profile: Profile | None = None
    greeting: Greeting | None = None
    tagline: Tagline | None = None
    aliases: list[Name] | None = Field(default=None, max_length=20)
    speakers: list[Name] | None = Field(default=None, max_length=50)
    language: Language | None = None
    sampling: SamplingOverrides | None = None


class Progress(Schema):
    """Keys embedded so far, of how many; seconds left, once the rate is known."""

    done: int
    total: int
    seconds_left: float | None = None


class ScriptRef(Schema):
    id: UUID
    title: str


class DroppedExamples(Schema):
    """Scenes of the scripts that gave no example, by reason."""

    without_character: int = 0
    duplicate: int = 0
    short_replies: int = 0


class CharacterOut(Schema):
    id: UUID
    slug: str
    name: str
    aliases: list[str]
    tagline: str
    profile: str
    greeting: str
    language: Language
    status: Status
    progress: Progress | None
    """While indexing."""
    error: str | None
    """Why indexing failed, and what to do."""
    published: bool
    sample: bool
    """Shipped with Offbook."""
    scripts: list[ScriptRef]
    speakers: list[str]
    lines: int
    """Lines the character speaks in its scripts."""
    examples: int
    """Examples in the active index."""
    dropped: DroppedExamples
    sampling: SamplingOverrides
    created_at: datetime
    updated_at: datetime


class ImportResult(Schema):
    character: CharacterOut
    script: ScriptReport


class InspectedExample(Schema):
    rank: int
    id: int
    score: float
    """Cosine of the query and the example's key."""
    lines: list[str]
    key: str
    shown: bool
    reason: DropReason | None
    """Why it would not be shown: the prompt is full, the model cannot bear so many, or the scene
    shows no reply to anybody, which a small model cannot learn from."""


class Inspection(Schema):
    """What a turn with this message would retrieve, and which of it the prompt would show."""

    query: str
    """The text that was embedded."""
    embedder: str
    embed_ms: float
    search_ms: float
    budget_checked: bool
    """False while no engine answers: then nothing is known of what would fit."""
    items: list[InspectedExample]
