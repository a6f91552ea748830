"""Delete conversations in which nothing happened for as long as the settings say."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.access import LOCAL_OWNER
from app.access.identity import ANY_PERSON
from app.conversations.purging import NO_OWNER, RESTORABLE
from app.db.base import utc_now
from app.db.clock import db_now
from app.db.models import Conversation
from app.db.models.conversation import OF_GUESTS
from app.db.session import Database
from app.settings import ConversationSettings

_AT_ONCE = 100


async def give_up_unused(database: Database, settings: ConversationSettings) -> int:
    """Take conversations that were kept long enough from their owners; return how many.

    Maintenance purges them. Deleted ones that could still be restored are among them. Several
    processes may do this at once: each conversation is checked again as it is taken.
    """
    given_up = 0
    for guest in (True, False):
        days = settings.days_for(guest=guest)
        if days is None:
            continue
        before = utc_now() - timedelta(days=days)
        some = _AT_ONCE
        while some == _AT_ONCE:
            async with database.write() as session:
                some = await _give_up_some(session, _is_unused(before, guest=guest))
            given_up += some
    return given_up


def _is_unused(before: datetime, *, guest: bool) -> ColumnElement[bool]:
    owner = Conversation.owner
    people = or_(owner.startswith(ANY_PERSON), owner == LOCAL_OWNER) & (owner != NO_OWNER)
    runs = Conversation.turn_id.is_not(None) & (Conversation.turn_lease_until >= db_now())
    return (
        (Conversation.updated_at < before)
        & (text(OF_GUESTS) if guest else people)
        & ~runs.is_(True)
    )


async def _give_up_some(session: AsyncSession, unused: ColumnElement[bool]) -> int:
    some = select(Conversation.id).where(unused).limit(_AT_ONCE).scalar_subquery()
    taken = await session.scalars(
        update(Conversation)
        .where(Conversation.id.in_(some), unused)
        .values(owner=NO_OWNER, deleted_at=utc_now() - RESTORABLE)
        .returning(Conversation.id)
        .execution_options(synchronize_session=False)
    )
    return len(taken.all())
