"""Query what people said about replies: for their owners, for counts, and to learn from it."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import (
    Character,
    Conversation,
    Message,
    ModerationFinding,
    Report,
    Signal,
    SignalConsent,
)

MOST_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class ConsentedSignal:
    """Hold what a person said about a reply, and may be learnt from."""

    id: UUID
    created_at: datetime
    owner: str
    character_id: UUID
    conversation_id: UUID
    message_id: UUID
    kind: str
    """``good``, ``bad``, ``chosen`` or ``edited``."""
    reason: str
    note: str
    prompt: Mapping[str, Any]
    """What the reply was made of; :mod:`app.signals.prompts` reads it."""
    answer: str
    """The rated, the chosen or the edited text."""
    rejected: str | None
    """The alternative that was not chosen, or the text before it was edited."""
    model: str


_COLUMNS = tuple(getattr(Signal, name) for name in ConsentedSignal.__slots__)


async def consented(
    session: AsyncSession,
    character_ids: Collection[UUID] | None = None,
    after: UUID | None = None,
    limit: int = MOST_AT_ONCE,
    *,
    unasked: bool = False,
) -> Sequence[ConsentedSignal]:
    """Return a page of what may be learnt from, oldest first, in the order of the ids.

    ``after``: the id of the last one of the page before. ``unasked``: whether those who were never
    asked count as consenting, which is so where the setting ``learning.signals`` is ``on``. What
    belongs to a deleted conversation or character is left out, and what moderation found something
    in, or an admin still has to look at or acted on.
    """
    statement = (
        select(*_COLUMNS)
        .join(SignalConsent, SignalConsent.owner == Signal.owner)
        .join(
            Conversation,
            and_(
                Conversation.id == Signal.conversation_id,
                Conversation.owner == Signal.owner,
                Conversation.deleted_at.is_(None),
            ),
        )
        .join(
            Character,
            and_(Character.id == Signal.character_id, Character.deleted_at.is_(None)),
        )
        .join(Message, Message.id == Signal.message_id)
        .where(_is_given(unasked=unasked), *_UNOBJECTIONABLE)
        .order_by(Signal.id)
        .limit(limit)
    )
    if character_ids is not None:
        statement = statement.where(Signal.character_id.in_(character_ids))
    if after is not None:
        statement = statement.where(Signal.id > after)
    return [ConsentedSignal(*row) for row in await session.execute(statement)]


def _is_given(*, unasked: bool) -> ColumnElement[bool]:
    given: ColumnElement[bool] = SignalConsent.given.is_(True)
    return or_(given, SignalConsent.given.is_(None)) if unasked else given


_UNOBJECTIONABLE = (
    Message.moderation.is_(None),
    ~exists().where(ModerationFinding.message_id == Signal.message_id),
    ~exists().where(
        Report.message_id == Signal.message_id,
        or_(Report.closed_at.is_(None), Report.outcome == "acted"),
    ),
)


async def count_signals(session: AsyncSession, character_id: UUID) -> Counter[str]:
    """Return how often people rated, chose and edited a character's replies, by kind."""
    rows = await session.execute(
        select(Signal.kind, func.count().label("number"))
        .where(Signal.character_id == character_id)
        .group_by(Signal.kind)
    )
    return Counter({row.kind: row.number for row in rows})
