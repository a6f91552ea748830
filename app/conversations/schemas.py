"""Describe the bodies of ``/api/conversations``."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from app.catalog.schemas import Name
from app.conversations.scene_schemas import SceneChoice, SceneState
from app.conversations.stage_schemas import (
    MOST_PARTICIPANTS,
    DirectionText,
    ParticipantOut,
    StageLineOut,
    UserRole,
)
from app.schemas import Schema
from app.scripts.schemas import RejectionOut
from app.settings import RetrievalMode
from app.signals.schemas import ReplyRating
from app.text import OneLine, Storable

DEFAULT_USER_NAME = "user"
"""The reference's name for the user."""
UntilScene = Annotated[
    int | None,
    Field(
        ge=0,
        le=2**31 - 1,
        description="The point in time: how many scenes of its scripts, in their order, the"
        " character has lived through. Nothing of later scenes is in its prompts.",
    ),
]
UserDescription = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=600),
    Storable,
    Field(description="What the user says about themselves; prompts show as much as fits."),
]
LogFormat = Literal["sillytavern", "sillytavern_group", "markdown", "text", "fountain"]
"""``sillytavern_group``: a ZIP with a group's definition and its log."""
ExportFormat = Literal[
    "sillytavern", "sillytavern_group", "markdown", "text", "fountain", "prompts"
]
"""``prompts``: JSON Lines, the exact prompt of each reply; for operators only."""
MessageState = Literal["complete", "partial"]


class ConversationCreate(Schema):
    """Open a conversation with a character, or a stage with several."""

    character: str | None = None
    """The character's slug; or name several as ``characters``."""
    characters: Annotated[list[str], Field(min_length=1, max_length=MOST_PARTICIPANTS)] | None = (
        None
    )
    """The slugs of one to eight characters, of one script or several. Several make a stage."""
    role: UserRole | None = None
    """Who the user is: ``persona`` (by default), ``speaker`` with ``as``, ``director`` or
    ``watching``. Without a part of the user's, even one character makes a stage."""
    opening: DirectionText | None = None
    """The direction that a stage opens with; by default it names who is there."""
    user_name: Name | None = None
    """The character's name for the user; by default that of the caller's persona
    (``/api/persona``), without one ``user``, as in the reference."""
    user_description: UserDescription | None = None
    """By default that of the caller's persona; none where the user plays a speaker."""
    plays: Name | None = Field(default=None, alias="as")
    """A speaker of the character's scripts that the user plays: the user gets its name, and lines
    spoken to it are preferred."""
    until_scene: UntilScene = None
    scene: SceneChoice | None = None
    """A scene of a script to step into, and the part to play. While what the user says is near the
    script, the others answer with their true lines. The script's characters in the scene take part,
    unless others are named; ``role`` and ``as`` follow from it, and by default ``until_scene`` is
    the beginning of the scene."""

    @model_validator(mode="after")
    def _has_a_character(self) -> "ConversationCreate":
        if self.scene is not None and (self.role not in (None, "speaker") or self.plays):
            raise ValueError("a scene has the part in `scene.as`: leave out `role` and `as`")
        if self.scene is None and self.character is None and self.characters is None:
            raise ValueError("name a character, or several as `characters`")
        if len({self.character, *(self.characters or ())} - {None}) > MOST_PARTICIPANTS:
            raise ValueError(f"name at most {MOST_PARTICIPANTS} characters")
        return self


class ConversationUpdate(Schema):
    """Change a conversation; absent fields stay as they are."""

    title: (
        Annotated[str, StringConstraints(strip_whitespace=True, max_length=200), OneLine] | None
    ) = None
    user_name: Name | None = None
    user_description: UserDescription | None = None
    until_scene: UntilScene = None
    """Absent: unchanged; null: the whole script, as far as the caller has read it. Later than the
    caller's bookmark it is refused."""
    remembers_others: bool | None = None
    """Whether exchanges of the caller's other conversations with the character are recalled."""
    summarize: bool | None = None
    """Whether the summary is updated automatically when lines no longer fit the prompt."""
    role: UserRole | None = None
    """On a stage, who the user is from now on."""


class MessageSend(Schema):
    """Send a message."""

    content: str
    stream: bool = False
    """Answer with events: ``message``, ``examples``, ``delta`` …, ``done`` or ``error``."""
    speaker: str | None = None
    """On a stage, the slug or id of the participant who answers; by default whom ``@Name`` asks, or
    the director chooses."""
    whisper_to: Annotated[list[str], Field(min_length=1, max_length=8)] | None = None
    """On a stage, the only participants who hear it, as ``/whisper Name`` does."""


class RegenerateRequest(Schema):
    """Choose how another reply is sent."""

    stream: bool = False
    speaker: str | None = None
    """On a stage, the slug or id of another participant who answers."""


class ContinueRequest(Schema):
    """Choose how a reply is continued."""

    stream: bool = False


class MessageEdit(Schema):
    """Edit a message."""

    content: str


class ConversationCharacter(Schema):
    """Show the character of a conversation."""

    slug: str
    name: str
    tagline: str
    language: str
    status: str
    published: bool
    avatar: str | None
    """The URL of its picture."""
    backdrop: str | None
    """The URL of a picture of the place behind it."""


class PromptSource(Schema):
    """Show a text that a prompt contained beside the dialogue, and why."""

    id: int
    """Of lore: the entry's position in its book; of a memory: its position among the exchanges of
    its conversation that were searched; of an overheard passage: its position among all that the
    character overheard; of a scene memory: the position of its scene in the character's scripts;
    all from 0."""
    score: float
    """Of lore: 0, for it is not ranked. Of a memory, an overheard passage or a scene memory: the
    cosine with the user's message."""
    lines: list[str]
    """The lines that the prompt contained, none but these."""
    kind: Literal["example", "lore", "memory", "witnessed", "scene_memory"] = "example"
    """``memory``: an earlier exchange; ``witnessed``: an overheard passage; ``scene_memory``: a
    scene as the character remembers it."""
    name: str = ""
    """The lore's name; of a memory from another conversation, its title; of an overheard passage,
    the script's words that show the character to be present; of a scene memory, the scene's
    heading; else empty."""
    key: str = ""
    """The key that activated the lore; empty for an example, and for lore that is always active."""
    place: int = 0
    """Its position in the prompt, from 0. The next turn's examples keep their positions, so that an
    engine finds them in its cache. All are 0 in old replies, stored without positions: their
    examples are listed in the order of the prompt."""
    scene: int | None = None
    """Of an example: the position of its scene in the character's scripts, from 0, where known."""
    start: int | None = None
    """Of an example: the position in its scene of the first of ``lines``, from 0."""
    cut: int = 0
    """Of an example: how many lines before ``lines`` were found with them, and cut off: a chat
    prompt contains only an example's last exchange."""


class PromptOutline(Schema):
    """Show in numbers what the prompt of a reply contained beside its sources."""

    tokens: int
    """Of the whole prompt, counted before it was sent; ``usage`` has the engine's own count."""
    history: int
    """Lines of the conversation in the prompt; neighbouring messages of one speaker are a line."""
    left_out: int
    """Older lines of the conversation that the prompt did not contain."""
    summarized: int
    """How many of those a summary in the prompt stood for."""
    profile: Literal["whole", "opening", "none"]
    """``opening``: only its first sentences, as small models recite a longer one."""


class UsageOut(Schema):
    """Show the tokens of a reply."""

    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int | None = None


class Timings(Schema):
    """Show times in milliseconds. ``first_token`` counts from when the engine got the prompt."""

    embed: float
    search: float
    prepare: float
    """From the request's arrival to the prompt being sent, all included."""
    first_token: float | None = None
    total: float | None = None


class MessageOut(Schema):
    """Show a message."""

    id: UUID
    parent_id: UUID | None
    role: Literal["user", "assistant", "direction"]
    """``direction``: on a stage, what happens between the lines."""
    content: str
    stage: StageLineOut | None = None
    """Who speaks, and who hears it; null where the conversation is no stage."""
    state: MessageState
    """``partial``: the stream was stopped, broke or still runs; ``content`` is the text so far."""
    hidden: bool = False
    """Left out of prompts: hidden in an imported log, or by moderation."""
    finish_reason: Literal["stop", "length", "content_filter", "cancelled", "error"] | None
    """Of a partial reply: null while its turn runs, and where the service died before its end.
    ``content_filter``: moderation withheld the reply."""
    moderation: Literal["hidden", "refused"] | None = None
    """``hidden``: a notice stands in place of the reply, or the message stays out of prompts.
    ``refused``: the character was asked to decline."""
    error: str | None
    """Why a reply is partial, when the engine failed."""
    alternatives: list[UUID]
    """Ids of this message and its siblings, oldest first: other replies to the same message."""
    examples: list[PromptSource]
    prompt: PromptOutline | None = None
    """Null for a reply stored by an older version: then ``examples`` has what was found for it,
    and the prompt may have contained less."""
    retrieval: RetrievalMode | None
    """The mode in which the examples of a reply were chosen."""
    model: str | None
    usage: UsageOut | None
    timings: Timings | None
    sampling: dict[str, object] | None
    """Sampling parameters of a reply. Where its screen found something, ``screening`` has
    ``redrawn``, why each first sentence before the last was thrown away; ``shown``, what is wrong
    with the one shown where no draw was better, or ``line_of_script`` where that is shown instead;
    and ``ended``, why the reply ended early."""
    created_at: datetime
    edited_at: datetime | None
    rating: ReplyRating | None = None
    """What the caller said about the reply."""


class ConversationSummary(Schema):
    """Show a conversation in a list."""

    id: UUID
    title: str
    """The user's title, or the beginning of the first message; empty before it."""
    character: ConversationCharacter
    cast: list[str]
    """The names of the characters that take part: of a stage its whole cast, in its order."""
    is_stage: bool
    """Whether several characters take part, or the user does not."""
    user_role: UserRole
    user_name: str
    user_description: str
    until_scene: int | None
    """How many scenes the character has lived through, none behind the caller's bookmark; null:
    all."""
    remembers_others: bool
    summarize: bool
    preview: str
    """The beginning of the newest message."""
    last_line: str
    """The beginning of the character's newest line; empty where it is not among the newest two
    messages."""
    excerpt: str | None = None
    """Of a search: the words around what was found in the newest message with it; null where it
    was found in the title or the character's name only."""
    created_at: datetime
    updated_at: datetime


class SummaryUpdate(Schema):
    """Write or correct a summary."""

    text: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2_000), Storable
    ]
    upto: UUID | None = None
    """The last message that it covers; by default as before, or all but the newest few."""


class SummaryOut(Schema):
    """Show the summary that stands in the prompt for the oldest messages."""

    text: str
    upto: UUID | None
    """The last message that it covers."""
    until_scene: int | None
    """The point in time it was written at; null: the end."""
    covered: int
    """How many messages of the visible branch it covers. 0: it is not used, for it belongs to
    another branch, or to a later point in time than the conversation's."""


class ConversationOut(ConversationSummary):
    """Show a conversation with a page of its messages."""

    participants: list[ParticipantOut]
    """Of a stage, all of its cast; else the one character."""
    read_until: int | None
    """How many scenes of the scripts the caller has read, by bookmarks: the latest point in time
    that the conversation may have. Null: all."""
    scene: SceneState | None
    """The scene of a script that is played, and where it is; null where none is."""
    summary: SummaryOut | None
    messages: list[MessageOut]
    """The newest messages of the visible branch, oldest first; with ``before``, the messages that
    precede that one."""
    earlier: bool
    """Whether earlier messages exist: ask for them with ``before``, the first one's id."""
    busy: bool
    """Whether a turn runs in this conversation."""
    writing: UUID | None
    """The reply that the running turn is writing, once a part of it is stored: its text grows."""


class PersonaOut(Schema):
    """Show who the caller is in new conversations; empty fields are not set."""

    name: str
    description: str


class PersonaUpdate(Schema):
    """Set who the caller is in new conversations."""

    name: Annotated[str, StringConstraints(strip_whitespace=True, max_length=80), OneLine] = ""
    description: UserDescription = ""


class OpenerOut(Schema):
    """Show a line to begin a conversation with."""

    text: str
    speaker: str | None
    """Who says it in the script; null for a situation, which is a scene's heading."""
    scene: int | None
    """0-based position of its scene among the scenes of the character's scripts; null for a line
    that was chosen for the character."""


class Openers(Schema):
    """List at most three lines to begin a conversation with, in the order of the script."""

    items: list[OpenerOut]


class TurnOut(Schema):
    """Show a turn that was not streamed. ``message`` is absent for a regenerated reply."""

    message: MessageOut | None
    reply: MessageOut | None
    """Null in a scene of a script where no line of another follows."""
    following: list[MessageOut] = []
    """In a scene of a script, all that follows as the script has it: ``reply``, the other lines up
    to the user's next, and directions between them."""


class LogImport(Schema):
    """Show a conversation imported from a chat log, and the rows that are no messages."""

    conversation: ConversationOut
    rejected: list[RejectionOut]
