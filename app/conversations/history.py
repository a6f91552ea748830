"""Turn a conversation's messages into the lines of a prompt, and into exchanges. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from uuid import UUID

from app.conversations.branch_path import BranchMessage, BranchPath
from app.db.models import Conversation
from characters.language import reading_length
from characters.prompting import Role, Utterance
from characters.prompting.thoughts import without_thoughts

_CLIPPED = 120
"""Most that is embedded, and shown when recalled, of each side of an exchange: in CJK characters
(three others count as one)."""


@dataclass(frozen=True, slots=True)
class BranchLine:
    """Join neighbouring messages of one role: many chat templates want the roles to alternate."""

    role: Role
    text: str
    upto: UUID
    """The last of its messages."""
    until_scene: int | None
    """The latest point in time of its messages; None is the end."""
    spoken: tuple[tuple[str, str], ...] = ()
    """On a stage, of a line of others: each one's name and words, a direction without a name."""
    messages: tuple[UUID, ...] = ()
    """On a stage, the messages that it joins."""

    @property
    def utterance(self) -> Utterance:
        """Return the line as a prompt takes it."""
        return Utterance(self.role, self.text, self.spoken)


@dataclass(frozen=True, slots=True)
class Exchange:
    """Hold a user's line and the reply to it."""

    conversation_id: UUID
    user_name: str
    line: str
    reply: str
    until_scene: int | None

    @property
    def text(self) -> str:
        """The text that is embedded."""
        return f"{self.line}\n{self.reply}"


def known_messages(
    conversation: Conversation, branch: Sequence[BranchMessage], *, answered: bool = True
) -> list[BranchMessage]:
    """Return a branch without messages from a later point in time than the conversation's.

    Greetings belong to no point in time, and the newest message stays where it is ``answered``: it
    is the user's, said now.
    """
    now = conversation.until_scene
    end = len(branch) - 1 if answered else len(branch)
    earlier = [
        message
        for message in branch[:end]
        if _is_greeting(message) or is_known(message.until_scene, now)
    ]
    return [*earlier, *branch[end:]]


def _is_greeting(message: BranchMessage) -> bool:
    return message.parent_id is None and message.role == "assistant"


def lines_of(messages: Iterable[BranchMessage]) -> list[BranchLine]:
    """Return a branch's messages as lines, without hidden ones."""
    spoken = (message for message in messages if not message.hidden)
    return [
        _line("user" if role == "user" else "character", list(group))
        for role, group in groupby(spoken, key=lambda message: message.role)
    ]


def exchanges_of(
    lines: Sequence[BranchLine], conversation_id: UUID, user_name: str
) -> list[Exchange]:
    """Return each of the user's lines with the reply to it, oldest first, both clipped."""
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
    """Return how many messages of the branch the summary covers; the newest is never covered.

    0 where it belongs to another branch, or was written at a later point in time than the
    conversation's.
    """
    now = conversation.until_scene
    if not conversation.summary or not is_known(conversation.summary_until_scene, now):
        return 0
    ids = [message.id for message in branch[:-1]]
    return ids.index(conversation.summary_upto) + 1 if conversation.summary_upto in ids else 0


def split_at_summary(
    conversation: Conversation, branch: Sequence[BranchMessage]
) -> tuple[list[BranchLine], list[BranchLine]]:
    """Return the lines that the summary covers, and the others, as far as they are known now."""
    known = known_messages(conversation, branch)
    end = covered_by_summary(conversation, known)
    return lines_of(known[:end]), lines_of(known[end:])


def ends_before(conversation: Conversation, path: BranchPath) -> bool:
    """Return whether the summary ends before the first message of the branch that was read."""
    end, now = path.summarized, conversation.until_scene
    return (
        bool(conversation.summary)
        and end is not None
        and end.position < path.start
        and is_known(conversation.summary_until_scene, now)
        and (_is_greeting(end.message) or is_known(end.message.until_scene, now))
    )


def is_known(until_scene: int | None, now: int | None) -> bool:
    """Return whether text from one point in time may be known at another, ``now``."""
    return now is None or (until_scene is not None and until_scene <= now)


def later(one: int | None, other: int | None) -> int | None:
    """Return the later of two points in time; None is the end."""
    return None if one is None or other is None else max(one, other)


def _line(role: Role, messages: Sequence[BranchMessage]) -> BranchLine:
    until_scene = messages[0].until_scene
    for message in messages[1:]:
        until_scene = later(until_scene, message.until_scene)
    text = "\n".join(message.content for message in messages)
    if role == "character":
        text = without_thoughts(text)
    return BranchLine(role, text, messages[-1].id, until_scene)


def _clip(text: str) -> str:
    """Return the beginning of a text, with an ellipsis where it is longer than allowed."""
    if len(text) <= 3 * _CLIPPED and reading_length(text) <= _CLIPPED:
        return text
    clipped = text[: 3 * _CLIPPED]
    while reading_length(clipped) > _CLIPPED:
        clipped = clipped[: -max(1, int(reading_length(clipped) - _CLIPPED))]
    return clipped.rstrip() + "…"
