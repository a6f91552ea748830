"""Query conversations and messages."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import (
    Text,
    bindparam,
    cast,
    delete,
    func,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased, defer, joinedload

from app.conversations.bounds import bound_by_bookmarks
from app.conversations.searching import matching
from app.conversations.tree import MessageTree, StagedLine, StoredMessage
from app.db.base import utc_now
from app.db.clock import db_now
from app.db.models import Character, Conversation, Message, Participant, StageLine

TURN_LEASE = timedelta(seconds=15)
"""A turn that did not renew its lease for this long has died with its process."""
TURN_RENEWAL = TURN_LEASE / 3
"""A turn renews its lease at least as often."""

_LEAF_CHARACTERS = 200
_READ_AT_ONCE = 500
"""Messages read before other tasks get the event loop."""


_LISTED_CHARACTER = joinedload(Conversation.character).load_only(
    Character.slug,
    Character.name,
    Character.tagline,
    Character.language,
    Character.status,
    Character.published,
    Character.avatar,
    Character.backdrop,
    raiseload=True,
)


# Built once: building takes as long as running them does.
_OWN_WHOLE = (
    select(Conversation)
    .where(Conversation.id == bindparam("id"), Conversation.owner == bindparam("owner"))
    .options(joinedload(Conversation.character))
)
_OWN = _OWN_WHOLE.options(defer(Conversation.log_header, raiseload=True))
_OWN_LOCKED = _OWN.with_for_update(of=Conversation)
_ALL = (
    select(
        *(getattr(Message, name) for name in StoredMessage._fields[:-1]),
        cast(Message.source, Text),
    )
    .where(Message.conversation_id == bindparam("conversation"))
    .execution_options(yield_per=_READ_AT_ONCE)
)


class Leaf(NamedTuple):
    """Hold the beginning of the newest message of a branch."""

    text: str
    last_line: str
    """The beginning of the character's newest line."""


class ConversationRepository:
    """Query conversations within one session."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def get(
        self,
        id: UUID,
        owner: str,
        *,
        deleted: bool = False,
        locked: bool = False,
        whole: bool = False,
    ) -> Conversation | None:
        """Return the owner's conversation, or None; with ``deleted``, one that can be restored.

        Its point in time is never later than the owner's bookmarks.

        ``locked`` keeps others from changing it until the transaction ends; SQLite's writing
        transactions exclude each other anyway. ``whole`` loads the header of the log it came
        from, which may be large and only exports need.
        """
        statement = _OWN_WHOLE if whole else _OWN_LOCKED if locked else _OWN
        conversation = await self.session.scalar(statement, {"id": id, "owner": owner})
        if conversation is None or (conversation.deleted_at is not None) != deleted:
            return None
        if conversation.character.deleted_at is not None:
            return None
        await bound_by_bookmarks(self.session, [conversation])
        return conversation

    async def page(
        self,
        owner: str,
        *,
        character_id: UUID | None,
        after: tuple[datetime, UUID] | None,
        limit: int,
        search: str = "",
        stages: bool = True,
    ) -> Sequence[Conversation]:
        """Return the owner's conversations, last used first, that follow ``after``.

        With ``character_id`` those of one character, stages that it is on among them. ``search`` is
        looked for in titles, names of characters, and what was said; without
        ``stages`` only conversations with one character.
        """
        statement = (
            select(Conversation)
            .join(Conversation.character)
            .where(
                Conversation.owner == owner,
                Conversation.deleted_at.is_(None),
                Character.deleted_at.is_(None),
            )
            .options(_LISTED_CHARACTER, defer(Conversation.log_header, raiseload=True))
            .order_by(Conversation.updated_at.desc(), Conversation.id.desc())
            .limit(limit)
        )
        if character_id is not None:
            on_stage = select(Participant.conversation_id).where(
                Participant.character_id == character_id
            )
            statement = statement.where(
                or_(Conversation.character_id == character_id, Conversation.id.in_(on_stage))
            )
        if not stages:
            statement = statement.where(Conversation.is_stage.is_(False))
        if search:
            statement = matching(statement, owner, search)
        if after is not None:
            position = tuple_(Conversation.updated_at, Conversation.id)
            statement = statement.where(position < after)
        found = (await self.session.scalars(statement)).all()
        await bound_by_bookmarks(self.session, found)
        return found

    async def leaves(self, conversations: Sequence[Conversation]) -> dict[UUID, Leaf]:
        """Return the beginning of each conversation's active leaf, by the leaf's id."""
        ids = [conversation.active_leaf_id for conversation in conversations]
        before = aliased(Message)
        statement = (
            select(
                Message.id,
                func.substr(Message.content, 1, _LEAF_CHARACTERS),
                Message.role,
                func.substr(before.content, 1, _LEAF_CHARACTERS),
            )
            .join(before, before.id == Message.parent_id, isouter=True)
            .where(Message.id.in_(ids))
        )
        rows = await self.session.execute(statement)
        return {
            id: Leaf(text, text if role == "assistant" else said or "")
            for id, text, role, said in rows
        }

    async def tree(self, conversation: Conversation) -> MessageTree:
        """Return all messages, read and ordered without keeping the event loop busy."""
        conversation_id = conversation.id
        messages: list[StoredMessage] = []
        found = await self.session.stream(_ALL, {"conversation": conversation_id})
        async for some in found.partitions():
            messages += map(StoredMessage._make, some)
            await asyncio.sleep(0)
        if not conversation.is_stage:
            return await asyncio.to_thread(MessageTree, messages)
        cast = await self._cast(conversation_id)
        staged = await self._staged(conversation_id, cast)
        names = [each.name for each in cast]
        return await asyncio.to_thread(MessageTree, messages, staged, names)

    async def _cast(self, conversation_id: UUID) -> Sequence[Participant]:
        """Return a stage's participants in their order."""
        rows = await self.session.scalars(
            select(Participant)
            .where(Participant.conversation_id == conversation_id)
            .order_by(Participant.position, Participant.id)
        )
        return rows.all()

    async def _staged(
        self, conversation_id: UUID, cast: Sequence[Participant]
    ) -> dict[UUID, StagedLine]:
        """Return who says and hears the messages of a stage, by name."""
        names = {each.id: each.name for each in cast}
        opening = [each.name for each in cast if each.opens]
        opens = opening if len(opening) < len(cast) else None
        found = await self.session.execute(
            select(
                Message.id,
                Message.parent_id,
                StageLine.kind,
                StageLine.speaker_id,
                StageLine.circle,
                StageLine.about,
            )
            .join(StageLine, StageLine.message_id == Message.id)
            .where(Message.conversation_id == conversation_id)
        )
        rows = found.all()
        linked = {row.about for row in rows}
        by_text = {str(id): name for id, name in names.items()}
        return {
            id: StagedLine(
                kind,
                names.get(speaker),
                None if circle is None else [by_text[who] for who in circle if who in by_text],
                about,
                id if id in linked else None,
                opens if parent is None else None,
            )
            for id, parent, kind, speaker, circle, about in rows
        }

    async def message(self, conversation_id: UUID, id: UUID) -> Message | None:
        """Return one message, to be changed."""
        message = await self.session.get(Message, id)
        if message is None or message.conversation_id != conversation_id:
            return None
        return message

    def add(self, *rows: Conversation | Message) -> None:
        """Add rows to the session."""
        self.session.add_all(rows)

    async def renew_turn(self, conversation_id: UUID, turn_id: UUID) -> bool:
        """Renew the turn's lease; return False where the turn no longer has the conversation."""
        renewed = await self.session.execute(
            update(Conversation)
            .where(Conversation.id == conversation_id, Conversation.turn_id == turn_id)
            .values(turn_lease_until=db_now(TURN_LEASE))
            .returning(Conversation.id)
        )
        return renewed.first() is not None

    async def show(self, conversation_id: UUID, leaf: UUID) -> bool:
        """Make the branch to ``leaf`` visible; return False where the conversation is gone."""
        shown = await self.session.execute(
            update(Conversation)
            .where(Conversation.id == conversation_id)
            .values(active_leaf_id=leaf, updated_at=utc_now())
            .returning(Conversation.id)
        )
        return shown.first() is not None

    async def end_turn(self, conversation_id: UUID, turn_id: UUID) -> bool:
        """Release the conversation; return False where the turn no longer has it."""
        released = await self.session.execute(
            update(Conversation)
            .where(Conversation.id == conversation_id, Conversation.turn_id == turn_id)
            .values(turn_id=None, turn_lease_until=None)
            .returning(Conversation.id)
        )
        return released.first() is not None

    async def delete_message(self, id: UUID) -> None:
        """Delete a message and all messages that follow it."""
        gone = select(Message.id).where(Message.id == id).cte("gone", recursive=True)
        gone = gone.union_all(select(Message.id).join(gone, Message.parent_id == gone.c.id))
        await self.session.execute(
            delete(Message)
            .where(Message.id.in_(select(gone.c.id)))
            .execution_options(synchronize_session=False)
        )


def begin_turn(conversation: Conversation, turn_id: UUID) -> bool:
    """Claim a locked conversation for a turn; return False while another turn runs."""
    if conversation.is_busy:
        return False
    conversation.turn_id, conversation.turn_lease_until = turn_id, db_now(TURN_LEASE)
    return True
