"""Bodies of ``/api/characters``."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from app.schemas import Schema
from app.settings import RetrievalMode
from app.text import OneLine, Storable

Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=80),
    OneLine,
]
Profile = Annotated[str, StringConstraints(max_length=40_000), Storable]
Greeting = Annotated[str, StringConstraints(max_length=40_000), Storable]
Tag = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80), OneLine]
Notes = Annotated[str, StringConstraints(max_length=40_000), Storable]
Tagline = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200), OneLine]
Language = Literal["zh", "en"]
DropReason = Literal["budget", "model_limit", "no_exchange", "threshold", "duplicate", "rank"]
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
    """May hold macros, as all of a character's texts: ``{{char}}``, ``{{user}}``."""
    greeting: Greeting = ""
    alternate_greetings: list[Greeting] = Field(default=[], max_length=200)
    """Other first messages, offered as alternatives of the first."""
    nickname: Name | Literal[""] = ""
    """What ``{{char}}`` stands for, where it is not the name."""
    tags: list[Tag] = Field(default=[], max_length=200)
    creator_notes: Notes = ""
    """For people; never in a prompt."""
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
    alternate_greetings: list[Greeting] | None = Field(default=None, max_length=200)
    nickname: Name | Literal[""] | None = None
    tags: list[Tag] | None = Field(default=None, max_length=200)
    creator_notes: Notes | None = None
    tagline: Tagline | None = None
    aliases: list[Name] | None = Field(default=None, max_length=20)
    speakers: list[Name] | None = Field(default=None, max_length=50)
    language: Language | None = None
    sampling: SamplingOverrides | None = None
    retrieval: RetrievalMode | Literal["default"] | None = None
    """How its examples are chosen; ``default``: as the installation does."""


class IndexProgress(Schema):
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


class SceneAt(Schema):
    """A scene among those of a character's scripts, in their order."""

    position: int
    """From 0: a conversation with ``until_scene`` of this number ends right before it."""
    heading: str | None
    episode: str | None
    opening: str
    """Its first line, at most 200 characters of it."""


class CharacterOut(Schema):
    id: UUID
    slug: str
    name: str
    aliases: list[str]
    tagline: str
    profile: str
    greeting: str
    alternate_greetings: list[str]
    nickname: str
    tags: list[str]
    creator_notes: str
    avatar: str | None
    """The address of its picture."""
    card: str | None
    """The kind of card it was imported from: ``v1``, ``v2``, ``v3``, …"""
    language: Language
    status: Status
    progress: IndexProgress | None
    """While indexing."""
    error: str | None
    """Why indexing failed, and what to do."""
    published: bool
    sample: bool
    """Shipped with Offbook."""
    scripts: list[ScriptRef]
    speakers: list[str]
    others: list[str]
    """Who else speaks in its scripts, most lines first, at most 64: parts that a person can play
    (``as`` of a new conversation). Empty until the first index is built."""
    scenes: int
    """Scenes of its scripts: a conversation can be set to any point among them."""
    lines: int
    """Lines the character speaks in its scripts."""
    examples: int
    """Examples in the active index."""
    dropped: DroppedExamples
    sampling: SamplingOverrides
    retrieval: RetrievalMode | None
    """The mode that was chosen for it; null: the installation's."""
    selection_ready: bool
    """Whether it can be used in the modes ``fused`` and ``selector``; until then its mode is
    ``reference``."""
    created_at: datetime
    updated_at: datetime


class InspectedExample(Schema):
    rank: int
    id: int
    score: float
    """``reference``: cosine of the query and the example's key. Else what it is ranked by."""
    relevance: float | None = None
    """How near the exchange is, in standard deviations of what any exchange is; below the
    character's threshold it is not shown. Not in the mode ``reference``."""
    ranks: dict[str, int] = {}
    """Its rank by the window's key, by the exchange's, and by common letters or words."""
    lines: list[str]
    key: str
    shown: bool
    reason: DropReason | None
    """Why it would not be shown: the prompt is full (``budget``), the model cannot bear so many
    (``model_limit``), it shows no reply to anybody, which a small model cannot learn from
    (``no_exchange``), it does not fit this moment (``threshold``), it says the same as one that is
    shown (``duplicate``), or enough are shown (``rank``)."""


class InspectedWitness(Schema):
    """Lines of a scene in which the character is there and silent."""

    id: int
    """Its place among all that it heard in silence, from 0."""
    score: float
    """The cosine with the message."""
    lines: list[str]
    reason: str
    """The words of the script that say that the character is there."""
    shown: bool
    """False where it does not fit, or nobody knows."""


class Inspection(Schema):
    """What a turn with this message would retrieve, and which of it the prompt would show."""

    mode: RetrievalMode
    """The mode in force; a new character is in ``reference`` until its selection is made."""
    query: str
    """The text that was embedded."""
    embedder: str
    embed_ms: float
    search_ms: float
    budget_checked: bool
    """False while no engine answers: then nothing is known of what would fit."""
    items: list[InspectedExample]
    witnessed: list[InspectedWitness] = []
    """What of scenes in which it is silent the message is about; empty in the mode ``reference``,
    and where the setting ``presence`` is off."""
