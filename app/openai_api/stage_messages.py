"""Read a client's messages as what has happened on a stage. Pure.

A request has the whole history: what the user says is read as on any stage (``/whisper Name: …``,
``/direct …``, ``@Name``), and who says a reply is its message's ``name``, or the name it begins
with. What answers a whisper is known to those who heard the whisper.
"""

import re
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.conversations.branch_path import BranchMessage
from app.conversations.participants import CastMember
from app.conversations.stage_view import IN_SCENE, StageBranch
from app.errors import AppError
from app.openai_api.schemas import ChatMessageIn
from app.openai_api.stage_models import StageModel
from characters.prompting.thoughts import without_thoughts
from characters.stage.commands import TypedError, read_typed
from characters.stage.ledger import EventKind, Ledger, StageEvent

_SYSTEM = ("system", "developer")
_BEHIND_NAME = re.compile(r"\s*(?P<whispers>[(（](?:whispers|悄声)[^()（）]*[)）])?\s*[:：]")


@dataclass(slots=True)
class StageHistory:
    """Hold what a request says has happened on a stage, and what is to follow."""

    stage: StageBranch
    messages: list[BranchMessage]
    instructions: str = ""
    """The system messages' texts, in their order."""
    asked: UUID | None = None
    """Who is asked to speak next."""


def read_stage(
    model: StageModel, messages: Sequence[ChatMessageIn], *, with_system: bool
) -> StageHistory:
    """Return what ``messages`` say has happened, oldest first.

    - System messages are instructions to the next speaker; they are ignored unless ``with_system``.
    - An assistant's message without a known name is a direction.
    - A last one that has only a name says who speaks next.

    Raises :class:`~app.errors.AppError` (400) for a command that cannot be meant, and where
    nothing has happened and no one is asked.
    """
    conversation = model.conversation
    users = list(dict.fromkeys(each.name for each in messages if each.role == "user" and each.name))
    if len(users) == 1:
        conversation.user_name = users[0]
    reader = _Reader(StageBranch(conversation, model.cast, Ledger(model.here, ()), {}))
    for number, message in enumerate(messages):
        if message.role == "user" and message.text:
            several = message.name if len(users) > 1 else None
            reader.say(message.text, number, several)
        elif message.role == "assistant":
            reader.answer(message)
    if not reader.messages and reader.asked is None:
        raise AppError("nothing_said", "No message here says anything.", param="messages")
    system = [each.text for each in messages if each.role in _SYSTEM and each.text]
    return StageHistory(
        reader.stage,
        reader.messages,
        "\n\n".join(system) if with_system else "",
        reader.asked,
    )


class _Reader:
    """Add message after message to a stage."""

    def __init__(self, stage: StageBranch) -> None:
        self.stage = stage
        self.messages: list[BranchMessage] = []
        self.asked: UUID | None = None
        """Whom the last message asks."""
        here = stage.ledger.on_stage
        self._names = {each.participant.id: each.names for each in stage.cast}
        self._away = [each for each in self._names if each not in here]

    def say(self, text: str, number: int, name: str | None) -> None:
        """Add what the user says, or directs."""
        try:
            typed = read_typed(text, self._names, self._away)
        except TypedError as error:
            where = f"messages[{number}].content"
            raise AppError(error.code, str(error), param=where) from error
        apart = self.stage.conversation.user_role not in IN_SCENE
        circle = None if typed.circle is None else frozenset(typed.circle)
        self.asked = typed.asked if isinstance(typed.asked, UUID) else None
        if not typed.text:
            return
        if typed.is_direction or apart:
            self._add("direction", typed.text, "direction", circle=circle)
        else:
            said = f"{name}: {typed.text}" if name else typed.text
            self._add("user", said, "line", circle=circle)

    def answer(self, message: ChatMessageIn) -> None:
        """Add a reply; one with only a name asks its participant to speak."""
        read = _read_reply(self.stage.cast, message.name, without_thoughts(message.text))
        who = None if read.member is None else read.member.participant.id
        self.asked = None if read.text else who
        if not read.text:
            return
        before = self.messages[-1].id if self.messages else None
        circle = self.stage.circle_of_answer(before)
        if circle is None and read.is_whispered:  # the client left out what it answered
            circle = frozenset({who})
        if who is None:
            self._add("direction", read.text, "direction", circle=circle)
        else:
            self._add("assistant", read.text, "line", circle=circle, speaker=who)

    def _add(
        self,
        role: str,
        text: str,
        kind: EventKind,
        *,
        circle: frozenset[Hashable] | None,
        speaker: UUID | None = None,
    ) -> None:
        id = UUID(int=len(self.messages) + 1)
        before = self.messages[-1].id if self.messages else None
        until_scene = self.stage.conversation.until_scene
        self.messages.append(BranchMessage(id, before, role, text, False, until_scene))
        self.stage.ledger.add(StageEvent(id=id, kind=kind, speaker=speaker, circle=circle))


@dataclass(frozen=True, slots=True)
class _Reply:
    text: str
    member: CastMember | None = None
    is_whispered: bool = False


def _read_reply(cast: Sequence[CastMember], name: str | None, text: str) -> _Reply:
    """Return who says a text, and it without the name that it begins with."""
    found = _Reply(text)
    longest = 0
    for own, member in _names_of(cast):
        if len(own) <= longest or text[: len(own)].casefold() != own.casefold():
            continue
        if (mark := _BEHIND_NAME.match(text, len(own))) is not None:
            longest = len(own)
            found = _Reply(text[mark.end() :].strip(), member, mark["whispers"] is not None)
    if found.member is not None or not name:
        return found
    wanted = name.casefold()
    named = (member for own, member in _names_of(cast) if own.casefold() == wanted)
    return _Reply(text, next(named, None))


def _names_of(cast: Sequence[CastMember]) -> Iterator[tuple[str, CastMember]]:
    """Yield all names, with whose they are: first the names on stage, then their other ones."""
    yield from ((each.participant.name, each) for each in cast)
    yield from ((own, each) for each in cast for own in each.names[1:])
