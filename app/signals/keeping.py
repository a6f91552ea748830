"""Store what someone says about a reply, where it may be kept: one statement a reply and kind."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Signal
from app.signals.kinds import Kind
from app.signals.prompts import KeptPrompt

MOST_REJECTED = 4
"""Alternatives over which a reply is kept as chosen: the newest."""
_RATINGS: tuple[Kind, ...] = ("good", "bad")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptReply:
    """Hold what a reply is, and was made of."""

    owner: str
    character_id: UUID
    conversation_id: UUID
    message_id: UUID
    answer: str
    model: str
    prompt: KeptPrompt


class SignalRepository:
    """Store statements about replies within one session, whose conversation is locked."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def of(self, message_id: UUID, kinds: Sequence[Kind]) -> Signal | None:
        """Return what is kept about a message, of these kinds."""
        return await self._session.scalar(
            select(Signal).where(Signal.message_id == message_id, Signal.kind.in_(kinds)).limit(1)
        )

    async def rated(self, message_id: UUID) -> Signal | None:
        """Return the rating that is kept about a message."""
        return await self.of(message_id, _RATINGS)

    async def rate(self, reply: KeptReply, kind: Kind, reason: str, note: str) -> None:
        """Keep a rating."""
        self._session.add(Signal(**asdict(reply), kind=kind, reason=reason, note=note))
        await self._session.flush()

    async def unrate(self, message_id: UUID) -> None:
        """Delete the rating that is kept about a message."""
        await self._delete(_RATINGS, [message_id])

    async def edit(self, reply: KeptReply, edited: str) -> None:
        """Keep an edit: ``edited`` over the reply's own words."""
        said = asdict(reply) | {"answer": edited, "rejected": reply.answer}
        self._session.add(Signal(**said, kind="edited"))
        await self._session.flush()

    async def choose(
        self, reply: KeptReply, others: Sequence[str], alternatives: Collection[UUID]
    ) -> None:
        """Keep that a reply was chosen over others, in place of an earlier choice.

        ``others``: their texts, the newest first; ``alternatives``: the ids of all, the reply's
        among them.
        """
        await self._delete(("chosen",), alternatives)
        self._session.add_all(
            Signal(**asdict(reply), kind="chosen", rejected=text) for text in others[:MOST_REJECTED]
        )
        await self._session.flush()

    async def _delete(self, kinds: Sequence[Kind], messages: Collection[UUID]) -> None:
        await self._session.execute(
            delete(Signal)
            .where(Signal.message_id.in_(messages), Signal.kind.in_(kinds))
            .execution_options(synchronize_session=False)
        )
