"""Query how processes follow and stop each other's turns."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import and_, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.base import utc_now
from app.db.models import Character, Conversation, FollowedTurn
from app.db.signals import Topic, announce
from app.turns.events import ErrorEvent
from app.turns.turn import Turn

_KEPT = timedelta(days=1)


class Wish(NamedTuple):
    """Hold what other processes want of a turn."""

    turn_id: UUID
    heartbeats: int
    """Rises while another process has listeners."""
    stop: bool


class FollowedRepository:
    """Query followed turns within one session."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, conversation_id: UUID, turn_id: UUID) -> FollowedTurn | None:
        """Return what is stored of a turn of this conversation."""
        found = await self._session.get(FollowedTurn, turn_id)
        return found if found is not None and found.conversation_id == conversation_id else None

    async def wishes(self, conversations: Mapping[UUID, UUID]) -> list[Wish]:
        """Return what other processes want of turns, given by their ids with their conversations'.

        A turn is to be stopped, too, where its conversation or its character was deleted.
        """
        followed = and_(
            FollowedTurn.conversation_id == Conversation.id,
            FollowedTurn.turn_id.in_(conversations.keys()),
        )
        found = await self._session.execute(
            select(
                Conversation.id, FollowedTurn.turn_id, FollowedTurn.heartbeats, FollowedTurn.stop
            )
            .join(Character, Character.id == Conversation.character_id)
            .outerjoin(FollowedTurn, followed)
            .where(
                Conversation.id.in_(set(conversations.values())),
                Conversation.deleted_at.is_(None),
                Character.deleted_at.is_(None),
            )
        )
        kept, wishes = set[UUID](), list[Wish]()
        for id, turn_id, heartbeats, stop in found:
            kept.add(id)
            if turn_id is not None:
                wishes.append(Wish(turn_id, heartbeats, stop))
        gone = [turn for turn, conversation in conversations.items() if conversation not in kept]
        return [*wishes, *(Wish(turn, 0, stop=True) for turn in gone)]

    async def beat(self, conversation_id: UUID, turn_id: UUID) -> None:
        """Count a heartbeat of a process that follows the turn."""
        beaten = FollowedTurn.heartbeats + 1
        await self._upsert(turn_id, conversation_id, {"heartbeats": 1}, {"heartbeats": beaten})
        await announce(self._session, Topic.TURNS, turn_id)

    async def ask_to_stop(self, conversation_id: UUID, turn_id: UUID) -> None:
        """Ask the turn's process to stop it."""
        await self._upsert(turn_id, conversation_id, {"stop": True})
        await announce(self._session, Topic.TURNS, turn_id)

    async def report(self, turn: Turn, failure: ErrorEvent | None = None) -> None:
        """Store how far a turn is, beside its text, and how it failed."""
        progress, error = turn.progress, None
        if failure is not None:
            error = {
                "error": failure.error.model_dump(mode="json"),
                "status": failure.status,
                "retry_after": failure.retry_after,
            }
        known = {
            "reply_id": turn.reply_id,
            "parent_id": turn.parent_id,
            "continued": len(turn.dialogue.continued),
            "position": progress.position,
            "prompts": progress.prompts,
            "examples": [example.model_dump(mode="json") for example in progress.examples],
            "failure": error,
        }
        await self._upsert(turn.id, turn.conversation_id, known)

    async def delete_old(self) -> None:
        """Delete what no listener comes back for any more."""
        await self._session.execute(
            delete(FollowedTurn).where(FollowedTurn.created_at < utc_now() - _KEPT)
        )

    async def _upsert(
        self,
        turn_id: UUID,
        conversation_id: UUID,
        values: dict[str, Any],
        changes: dict[str, Any] | None = None,
    ) -> None:
        """Insert a row with ``values``; where the turn has one, make the ``changes``."""
        dialect = self._session.get_bind().dialect.name
        build = postgresql.insert if dialect == "postgresql" else sqlite.insert
        await self._session.execute(
            build(FollowedTurn)
            .values(turn_id=turn_id, conversation_id=conversation_id, **values)
            .on_conflict_do_update(
                index_elements=[FollowedTurn.turn_id], set_=values if changes is None else changes
            )
        )
