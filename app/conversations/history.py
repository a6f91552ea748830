"""A conversation's messages as the lines of a prompt, and its exchanges. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from uuid import UUID

from app.conversations.way import BranchMessage, Way
from app.db.models import Conversation
from characters.language import reading_length
from characters.prompting import Role, Utterance

_CLIPPED = 120
"""Of each side of an exchange, in CJK characters (three others count as one): what is embedded of
it, and what a prompt shows when it comes back."""


@dataclass(frozen=True, slots=True)
class BranchLine:
    """Neighbouring messages of one role: many chat templates want the roles to take turns."""

    role: Role
    text: str
    upto: UUID
    """The last of its messages."""
    until_scene: int | None
    """The latest point in time that one of them was said at; None is the end."""

    @property
    def utterance(self) -> Utterance:
        return Utterance(self.role, self.text)


@dataclass(frozen=True, slots=True)
class Exchange:
    """What a person said, and the reply."""

    conversation_id: UUID
    user_name: str
    said: str
    reply: str
    until_scene: int | None

    @property
    def text(self) -> str:
        """What is embedded."""
        return f"{self.said}\n{self.reply}"


def known_messages(
    conversation: Conversation, branch: Sequence[BranchMessage]
) -> list[BranchMessage]:
    """What of a branch was not said at a later point in time than the conversation's.

    A greeting belongs to none, and the newest message is the one to answer.
    """
    now = conversation.until_scene
    earlier = [
        message
        for message in branch[:-1]
        if _is_greeting(message) or is_known(message.until_scene, now)
    ]
    return [*earlier, *branch[-1:]]


def _is_greeting(message: BranchMessage) -> bool:
    return message.parent_id is None and message.role == "assistant"


def lines_of(messages: Iterable[BranchMessage]) -> list[BranchLine]:
    """The messages of a branch that enter prompts, as lines."""
    spoken = (message for message in messages if not message.hidden)
    return [
        _line("user" if role == "user" else "character", list(group))
        for role, group in groupby(spoken, key=lambda message: message.role)
    ]


def exchanges_of(
    lines: Sequence[BranchLine], conversation_id: UUID, user_name: str
) -> list[Exchange]:
    """Each line of the user's with the reply to it, oldest first, both cut where they are long."""
    return [
        Exchange(
            conversation_id,
            user_name,
            _clip(said.text),
            _clip(reply.text),
            later(said.until_scene, reply.until_scene),
        )
        for said, reply in pairwise(lines)
        if said.role == "user"
    ]


def covered_by_summary(conversation: Conversation, branch: Sequence[BranchMessage]) -> int:
    """How many messages of the branch the summary stands for.

    None where it is of another branch, or was written at a later point in time than the
    conversation's, and never the newest.
    """
    now = conversation.until_scene
    if not conversation.summary or not is_known(conversation.summary_until_scene, now):
        return 0
    ids = [message.id for message in branch[:-1]]
    return ids.index(conversation.summary_upto) + 1 if conversation.summary_upto in ids else 0


def split_at_summary(
    conversation: Conversation, branch: Sequence[BranchMessage]
) -> tuple[list[BranchLine], list[BranchLine]]:
    """The lines that the summary stands for, and the others, as far as they are known now."""
    known = known_messages(conversation, branch)
    end = covered_by_summary(conversation, known)
    return lines_of(known[:end]), lines_of(known[end:])


def ends_before(conversation: Conversation, way: Way) -> bool:
    """Return whether the summary stands for messages of the branch before all that were read."""
    end, now = way.summarized, conversation.until_scene
    return (
        bool(conversation.summary)
        and end is not None
        and end.place < way.start
        and is_known(conversation.summary_until_scene, now)
        and (_is_greeting(end.message) or is_known(end.message.until_scene, now))
    )


def is_known(until_scene: int | None, now: int | None) -> bool:
    """Whether what was said at one point in time may be known at another."""
    return now is None or (until_scene is not None and until_scene <= now)


def later(one: int | None, other: int | None) -> int | None:
    """The later of two points in time."""
    return None if one is None or other is None else max(one, other)


def _line(role: Role, messages: Sequence[BranchMessage]) -> BranchLine:
    until_scene = messages[0].until_scene
    for message in messages[1:]:
        until_scene = later(until_scene, message.until_scene)
    text = "\n".join(message.content for message in messages)
    return BranchLine(role, text, messages[-1].id, until_scene)


def _clip(text: str) -> str:
    """The beginning, within the length."""
    if len(text) <= 3 * _CLIPPED and reading_length(text) <= _CLIPPED:
        return text
    clipped = text[: 3 * _CLIPPED]
    while reading_length(clipped) > _CLIPPED:
        clipped = clipped[: -max(1, int(reading_length(clipped) - _CLIPPED))]
    return clipped.rstrip() + "…"
