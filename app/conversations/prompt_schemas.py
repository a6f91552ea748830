"""Describe the exact prompt of a reply, as it is stored and as operators read it."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from app.conversations.schemas import PromptOutline, UsageOut
from app.schemas import Schema

PartKind = Literal[
    "instructions",
    "example",
    "profile",
    "user",
    "lore",
    "scene_memory",
    "memory",
    "witnessed",
    "summary",
    "history",
    "reply",
]
LeftOutReason = Literal[
    "budget",
    "model_limit",
    "no_exchange",
    "threshold",
    "duplicate",
    "rank",
    "last_exchange",
    "opening",
    "too_long",
    "summarized",
]
PromptStyle = Literal["completion", "chat"]


class PromptPart(Schema):
    """Show a piece of a prompt. In their order, the texts of all pieces are the prompt."""

    kind: PartKind
    """``user``: what the user says about themselves; ``memory``: an earlier exchange;
    ``witnessed``: an overheard passage; ``summary``: of older lines; ``reply``: the beginning of
    the reply, which the model continues."""
    text: str
    tokens: int
    """Counted before the prompt was sent; of ``memory``, ``witnessed`` and ``scene_memory`` an
    estimate."""
    message: int | None = None
    """Of a chat prompt: the message that it stands in, from 0."""
    role: Literal["system", "user", "assistant"] | None = None
    """Of a chat prompt: the role of that message."""
    name: str = ""
    """Of lore, its name; of a memory from another conversation, its title; of a scene memory, the
    heading of its scene. Not a part of the prompt."""
    key: str = ""
    """The key that activated lore. Not a part of the prompt."""
    scene: int | None = None
    """Of an example: the position of its scene in the character's scripts, from 0, where known."""
    start: int | None = None
    """Of an example: the position in the scene of its first line in the prompt, from 0."""
    lines: int | None = None
    """Of an example: how many lines of the scene the prompt contains; the part of a chat prompt may
    show only some of them."""
    cut: int = 0
    """Of an example: how many lines before those were found with them, and cut off."""
    omitted: int = 0
    """Characters of the text that were not stored, because the prompt is extremely long."""


class LeftOut(Schema):
    """Show something that was found for a prompt and is not in it."""

    kind: PartKind
    reason: LeftOutReason
    """``budget``: no room; ``model_limit``: the model cannot bear more; ``no_exchange``: nothing
    in it answers anybody; ``threshold``: not relevant enough; ``duplicate``: repeats one in the
    prompt; ``rank``: enough are in it; ``last_exchange``: lines before the last exchange of an
    example, which alone a chat prompt contains; ``opening``: of a profile, what follows the
    opening that small models get; ``too_long``: the conversation's oldest lines;
    ``summarized``: its lines that the summary stands for."""
    lines: list[str] = []
    """The beginning of its text, line by line; of ``last_exchange`` the end."""
    more: int = 0
    """How many lines are not listed."""
    name: str = ""
    score: float | None = None
    scene: int | None = None
    start: int | None = None
    """Of an example: the position in the scene of the first of its lines, listed or not."""


class LeftOutCount(Schema):
    """Count what was left out for one reason, listed or not."""

    kind: PartKind
    reason: LeftOutReason
    number: int
    """Of ``last_exchange``, ``too_long`` and ``summarized``: lines."""


class PromptRoom(Schema):
    """Show how the tokens of the model's context were allotted."""

    context: int
    """All that the engine allows for prompt and reply."""
    reply: int
    """Kept for the reply."""
    prompt: int
    """Left for the prompt."""
    witnessed: int
    """Reserved for overheard passages, of the prompt's tokens."""
    scene_memories: int
    memories: int


class PromptRecord(Schema):
    """Record the exact prompt of a reply."""

    style: PromptStyle
    model: str
    adapter: str | None = None
    """The adapter that the model wrote the reply with."""
    continues: bool
    """Whether it asked to continue the reply, which had other prompts before."""
    parts: list[PromptPart]
    left_out: list[LeftOut]
    """The most important of them."""
    left_out_counts: list[LeftOutCount]
    outline: PromptOutline
    room: PromptRoom
    stops: list[str]
    """Strings that end the reply."""


class ReplyPrompt(PromptRecord):
    """Show the exact prompt of a stored reply."""

    message_id: UUID
    conversation_id: UUID
    character: str
    """The character's slug."""
    name: str
    """The character's name."""
    reply: str
    """The reply as it is now."""
    created_at: datetime
    edited_at: datetime | None
    usage: UsageOut | None
    """As the engine counted; of a prompt, ``cached_tokens`` were in its cache already."""
    sampling: dict[str, object] | None
