"""Query the participants of a stage, and what its ledger knows of each message."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.conversations.branch_repository import ALL_HEIGHTS, upwards
from app.db.models import Character, Message, Participant, StageLine
from characters.stage.ledger import EventKind, StageEvent

NAME_CHARACTERS = 80
"""Longest name of a participant."""

_UP = upwards()
# Built once: building takes as long as running it does.
_EVENTS = (
    select(
        Message.id,
        StageLine.kind,
        StageLine.speaker_id,
        StageLine.circle,
        StageLine.about,
    )
    .join(_UP, Message.id == _UP.c.id)
    .join(StageLine, StageLine.message_id == Message.id, isouter=True)
    .where(Message.conversation_id == bindparam("conversation"))
    .order_by(_UP.c.height.desc())
)


@dataclass(frozen=True, slots=True)
class CastMember:
    """Hold a participant, and its character unless that is gone for good."""

    participant: Participant
    character: Character | None

    @property
    def names(self) -> list[str]:
        """All that others call it, its name first."""
        own = [] if self.character is None else self.character.aliases
        speakers = [] if self.character is None else self.character.speakers
        return list(dict.fromkeys((self.participant.name, *own, *speakers)))


class ParticipantRepository:
    """Query one stage within one session."""

    def __init__(self, session: AsyncSession, conversation_id: UUID) -> None:
        self._session = session
        self._conversation_id = conversation_id

    async def cast(self) -> list[CastMember]:
        """Return all participants in their order, on stage or not."""
        rows = await self._session.execute(
            select(Participant, Character)
            .join(Character, Character.id == Participant.character_id, isouter=True)
            .where(Participant.conversation_id == self._conversation_id)
            .order_by(Participant.position, Participant.id)
        )
        return [CastMember(participant, character) for participant, character in rows]

    async def events(self, leaf: UUID | None) -> list[StageEvent]:
        """Return what happened on the path to ``leaf``, oldest first, without the texts.

        A message without a row in the ledger has no hearers.
        """
        if leaf is None:
            return []
        values = {"leaf": leaf, "conversation": self._conversation_id, "most": ALL_HEIGHTS}
        rows = await self._session.execute(_EVENTS, values)
        return [event_of(*row) for row in rows]

    async def lines(self, messages: Collection[UUID]) -> dict[UUID, StageLine]:
        """Return what the ledger knows of these messages, by their ids."""
        found: dict[UUID, StageLine] = {}
        ids = [*messages]
        for start in range(0, len(ids), 500):
            some = StageLine.message_id.in_(ids[start : start + 500])
            rows = await self._session.scalars(select(StageLine).where(some))
            found |= {line.message_id: line for line in rows}
        return found

    async def texts(self, messages: Collection[UUID]) -> dict[UUID, tuple[str, str]]:
        """Return (role, text) of messages that may lie before the ones a turn reads."""
        if not messages:
            return {}
        rows = await self._session.execute(
            select(Message.id, Message.role, Message.content).where(
                Message.id.in_(messages),
                Message.conversation_id == self._conversation_id,
                Message.hidden.is_(False),
            )
        )
        return {id: (role, text) for id, role, text in rows}

    def add(self, *rows: Participant | StageLine) -> None:
        """Add rows to the session."""
        self._session.add_all(rows)


async def cast_names(
    session: AsyncSession, conversations: Collection[UUID]
) -> dict[UUID, list[str]]:
    """Return the names of the participants of stages, in their order, by conversation."""
    found: dict[UUID, list[str]] = {}
    rows = await session.execute(
        select(Participant.conversation_id, Participant.name)
        .where(Participant.conversation_id.in_(conversations))
        .order_by(Participant.position, Participant.id)
    )
    for conversation, name in rows:
        found.setdefault(conversation, []).append(name)
    return found


async def speaking_character(session: AsyncSession, message_id: UUID) -> UUID | None:
    """Return the character that says a message of a stage; None where it is gone for good."""
    found: UUID | None = await session.scalar(
        select(Participant.character_id)
        .join(StageLine, StageLine.speaker_id == Participant.id)
        .where(StageLine.message_id == message_id)
    )
    return found


def distinct_name(name: str, taken: Iterable[str]) -> str:
    """Return a participant's name, with a number where another has it: “Kit 2” beside a Kit.

    Prompts and logs have no other mark of who said what, and of who hears a whisper.
    """
    others = {each.casefold() for each in taken}
    found, number = name[:NAME_CHARACTERS], 2
    while found.casefold() in others:
        suffix = f" {number}"
        found, number = name[: NAME_CHARACTERS - len(suffix)] + suffix, number + 1
    return found


def event_of(
    message_id: UUID,
    kind: EventKind | None,
    speaker_id: UUID | None,
    circle: Sequence[str] | None,
    about: UUID | None,
) -> StageEvent:
    """Return a message as the ledger takes it; one without a row has no hearers."""
    if kind is None:
        return StageEvent(id=message_id, circle=frozenset())
    return StageEvent(
        id=message_id,
        kind=kind,
        speaker=speaker_id,
        circle=None if circle is None else frozenset(map(UUID, circle)),
        about=about,
    )


def line_of_alternative(line: StageLine, message_id: UUID) -> StageLine:
    """Return what the ledger knows of another wording of a message: the same ones hear it."""
    return StageLine(
        message_id=message_id,
        kind=line.kind,
        speaker_id=line.speaker_id,
        circle=line.circle,
        about=line.about,
    )


def circle_column(circle: Iterable[UUID] | None) -> list[str] | None:
    """Return a circle as it is stored."""
    return None if circle is None else [str(each) for each in circle]
