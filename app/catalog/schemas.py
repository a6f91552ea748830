"""Describe the bodies of ``/api/characters``."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from app.catalog.visibility import Visibility
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
Opener = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), OneLine
]
DropReason = Literal["budget", "model_limit", "no_exchange", "threshold", "duplicate", "rank"]
Order = Literal["newest", "name", "talked"]
Status = Literal["indexing", "ready", "failed"]


ProfileScenes = Annotated[
    int | None,
    Field(
        ge=0,
        le=2**31 - 1,
        description="From how many scenes of its scripts, in their order, the profile was drafted;"
        " null: a person wrote it. A drafted one is not shown to readers who have read fewer.",
    ),
]


class SamplingOverrides(Schema):
    """Override the sampling of a character's replies; null keeps the engine's default."""

    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float | None = Field(default=None, gt=0, le=1)
    top_k: int | None = Field(default=None, ge=0, le=1_000)
    min_p: float | None = Field(default=None, ge=0, le=1)
    repetition_penalty: float | None = Field(default=None, ge=0.5, le=2)
    max_tokens: int | None = Field(default=None, ge=1, le=4_096)
    seed: int | None = Field(default=None, ge=0, le=2**31 - 1)


class CharacterFields(Schema):
    """Hold the fields of a character that its operator sets."""

    name: Name
    profile: Profile = ""
    """May contain macros, as all of a character's texts: ``{{char}}``, ``{{user}}``."""
    profile_scenes: ProfileScenes = None
    greeting: Greeting = ""
    alternate_greetings: list[Greeting] = Field(default=[], max_length=200)
    """Other first messages, offered as alternatives of the first."""
    openers: list[Opener] = Field(default=[], max_length=10)
    """Lines with which a person might begin a conversation."""
    nickname: Name | Literal[""] = ""
    """Replaces ``{{char}}`` instead of the name."""
    tags: list[Tag] = Field(default=[], max_length=200)
    creator_notes: Notes = ""
    """For readers; never in a prompt."""
    tagline: Tagline = ""
    aliases: list[Name] = Field(default=[], max_length=20)
    speakers: list[Name] = Field(default=[], max_length=50)
    """Speakers of the scripts this character plays; by default its name and aliases."""
    language: Language | None = None
    """Language of the prompt; by default detected from the script."""
    sampling: SamplingOverrides = SamplingOverrides()


class CharacterCreate(CharacterFields):
    """Create a character from stored scripts."""

    script_ids: list[UUID] = Field(min_length=1, max_length=50)


class CharacterUpdate(Schema):
    """Change a character; absent fields stay as they are."""

    name: Name | None = None
    profile: Profile | None = None
    profile_scenes: ProfileScenes = None
    """Absent: unchanged."""
    greeting: Greeting | None = None
    alternate_greetings: list[Greeting] | None = Field(default=None, max_length=200)
    openers: list[Opener] | None = Field(default=None, max_length=10)
    nickname: Name | Literal[""] | None = None
    tags: list[Tag] | None = Field(default=None, max_length=200)
    creator_notes: Notes | None = None
    tagline: Tagline | None = None
    aliases: list[Name] | None = Field(default=None, max_length=20)
    speakers: list[Name] | None = Field(default=None, max_length=50)
    language: Language | None = None
    sampling: SamplingOverrides | None = None
    retrieval: RetrievalMode | Literal["default"] | None = None
    """How its examples are chosen; ``default``: in the installation's mode."""


class IndexProgress(Schema):
    """Show how many passages are embedded, and the seconds left once the rate is known."""

    done: int
    total: int
    seconds_left: float | None = None


class ScriptRef(Schema):
    """Refer to a script."""

    id: UUID
    title: str


class DroppedExamples(Schema):
    """Count scenes of the scripts that gave no example, by reason."""

    without_character: int = 0
    duplicate: int = 0
    short_replies: int = 0


class Favourites(Schema):
    """List the slugs of a caller's favourites, newest first."""

    items: list[str]


class SceneAt(Schema):
    """Show a scene of a character's scripts."""

    position: int
    """Position among the scenes of all its scripts, from 0. A conversation with this number as its
    ``until_scene`` stands right before the scene."""
    heading: str | None
    episode: str | None
    opening: str
    """The beginning of its first line, at most 200 characters."""
    read: bool = True
    """False for one behind the caller's bookmark: nothing else of it is shown."""


WithheldText = Literal[
    "tagline",
    "profile",
    "greeting",
    "alternate_greetings",
    "openers",
    "creator_notes",
    "signature",
    "others",
]


class ReadingOut(Schema):
    """Show how far the caller is in a character's scripts, and what is not shown therefore."""

    script: UUID
    """The script with the bookmark that bounds it."""
    scene: int
    """Scenes of that script that the caller has read."""
    scenes: int
    """How many it has."""
    until: int
    """Scenes that were read of all the character's scripts: the latest point in time
    (``until_scene``) of the caller's conversations with it."""
    met: bool
    """Whether the character speaks in any of them. One that does not is in no list."""
    withheld: list[WithheldText]
    """Fields that are empty, or shorter, because what they say comes later."""


class CharacterOut(Schema):
    """Show a character."""

    id: UUID
    slug: str
    name: str
    aliases: list[str]
    tagline: str
    profile: str
    profile_scenes: int | None = None
    """From how many scenes of its scripts the profile was drafted; null: a person wrote it."""
    greeting: str
    alternate_greetings: list[str]
    openers: list[str]
    """Lines with which a person might begin a conversation."""
    nickname: str
    tags: list[str]
    creator_notes: str
    avatar: str | None
    """The URL of its picture, a PNG. With ``&size=small`` or ``&size=large`` the same as pages show
    it: WebP, or the SVG that a sample came with."""
    backdrop: str | None
    """The URL of a picture of the place behind it, WebP or SVG; ``&size=small`` for a smaller
    one."""
    signature: str
    """A short line of its own, chosen from its scripts, to introduce it by; empty until it is
    indexed, and where no line is fit."""
    card: str | None
    """The kind of card it was imported from: ``v1``, ``v2``, ``v3``, …"""
    language: Language
    status: Status
    progress: IndexProgress | None
    """How far its index is; null where none is being built."""
    error: str | None
    """Why indexing failed, and how to mend it."""
    published: bool
    visibility: Visibility
    """Who finds it beside its owner and the admins: no one, who has its link, everyone."""
    sample: bool
    """Shipped with Offbook."""
    scripts: list[ScriptRef]
    speakers: list[str]
    others: list[str]
    """Other speakers of its scripts, most lines first, at most 64: a user can play one (``as`` of a
    new conversation). Empty until the first index is built."""
    scenes: int
    """Scenes of its scripts: a conversation can be set to any point in time among them."""
    lines: int
    """Lines the character speaks in its scripts."""
    examples: int
    """Examples in the active index."""
    dropped: DroppedExamples
    sampling: SamplingOverrides
    retrieval: RetrievalMode | None
    """The mode chosen for it; null: the installation's."""
    selection_ready: bool
    """Whether it can be used in the modes ``fused`` and ``selector``; until then its mode is
    ``reference``."""
    selection_progress: IndexProgress | None = None
    """How far the index of those modes is, while the character answers in the mode ``reference``
    only because that index is not built yet; else null."""
    reading: ReadingOut | None = None
    """Null for a caller without a bookmark in its scripts, who sees everything; and in answers to
    those who may change it."""
    created_at: datetime
    updated_at: datetime


class InspectedExample(Schema):
    """Show a ranked example, and whether the prompt would show it."""

    rank: int
    id: int
    score: float
    """In the mode ``reference``, the cosine of query and passage; else the score ranked by."""
    relevance: float | None = None
    """How near the exchange is, in standard deviations over all exchanges; below the character's
    threshold it is not shown. Null in the mode ``reference``."""
    ranks: dict[str, int] = {}
    """Its ranks by window, by exchange, and by shared letters or words."""
    lines: list[str]
    """The lines that the prompt would contain, or, of an example left out, would contain if
    there were room."""
    cut: int = 0
    """How many lines before those were found with them, and would be cut off: a chat prompt
    contains only an example's last exchange. 0 while no engine answers, as its prompts are not
    known."""
    scene: int | None = None
    """The position of its scene in the character's scripts, from 0, where known."""
    start: int | None = None
    """The position in the scene of the first of ``lines``, from 0, where the scene is known."""
    key: str
    shown: bool
    reason: DropReason | None
    """Why it would not be shown: the prompt is full (``budget``), the model cannot bear more
    examples (``model_limit``), it has no exchange for a small model to learn from
    (``no_exchange``), it is not relevant to the query (``threshold``), it repeats an example that
    is shown (``duplicate``), or enough are shown (``rank``)."""


class InspectedOverheard(Schema):
    """Show an overheard passage: lines of a scene with the character present and silent."""

    id: int
    """Its position among all passages that the character overheard, from 0."""
    score: float
    """The cosine with the message."""
    lines: list[str]
    reason: str
    """The script's words that show the character to be present."""
    shown: bool
    """False also while no engine answers."""


class InspectedSceneMemory(Schema):
    """Show what the character remembers of a scene, relevant to the message."""

    id: int
    """The 0-based position of the scene in the character's scripts."""
    score: float
    """The cosine with the message."""
    lines: list[str]
    """The memory's text, as the only line."""
    name: str
    """The scene's heading; empty where it has none."""
    shown: bool
    """False also while no engine answers."""


class Inspection(Schema):
    """Show what a turn with this message would retrieve, and what its prompt would show."""

    mode: RetrievalMode
    """The mode in force; a new character is in ``reference`` until its reply index is built."""
    query: str
    """The text that was embedded."""
    embedder: str
    embed_ms: float
    search_ms: float
    budget_checked: bool
    """False while no engine answers: then it is unknown what would fit."""
    items: list[InspectedExample]
    witnessed: list[InspectedOverheard] = []
    """Overheard passages relevant to the message; empty in the mode ``reference``, and where the
    setting ``presence`` is off."""
    scene_memories: list[InspectedSceneMemory] = []
    """Scene memories relevant to the message; empty in the mode ``reference``, and unless the
    setting ``scene_memories`` is on."""
