"""Query what all processes together do."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.base import utc_now
from app.db.clock import db_now
from app.db.ids import earliest_id
from app.db.models import Conversation, IndexJob, Message

_MOST_REPLIES = 500


@dataclass(frozen=True, slots=True)
class StoredReply:
    """Hold the times of a stored reply, in milliseconds."""

    complete: bool
    first_token_ms: float | None
    tokens_per_second: float | None


async def recent_replies(session: AsyncSession, seconds: float) -> list[StoredReply]:
    """Return the newest replies of the last ``seconds``, 500 at most.

    Ids sort by time, so the primary key finds them.
    """
    since = earliest_id(utc_now() - timedelta(seconds=seconds))
    statement = (
        select(Message.state, Message.timings, Message.usage)
        .where(Message.id > since, Message.role == "assistant", Message.model.is_not(None))
        .order_by(Message.id.desc())
        .limit(_MOST_REPLIES)
    )
    return [
        StoredReply(state == "complete", _number(timings, "first_token"), _rate(timings, usage))
        for state, timings, usage in await session.execute(statement)
    ]


async def running_turns(session: AsyncSession) -> int:
    """Return how many turns hold a lease, in all processes."""
    statement = select(func.count()).where(
        Conversation.turn_id.is_not(None), Conversation.turn_lease_until > db_now()
    )
    return await session.scalar(statement) or 0


async def index_jobs(session: AsyncSession) -> tuple[int, int]:
    """Return how many index jobs are worked on, in all processes, and how many wait."""
    leased = IndexJob.lease_until > db_now()
    working = await session.scalar(select(func.count()).select_from(IndexJob).where(leased)) or 0
    total = await session.scalar(select(func.count()).select_from(IndexJob)) or 0
    return working, total - working


def _number(values: object, name: str) -> float | None:
    value = values.get(name) if isinstance(values, dict) else None
    return float(value) if isinstance(value, int | float) else None


def _rate(timings: object, usage: object) -> float | None:
    """Return the tokens a second after the first; None for a reply of one, or without times."""
    total, tokens = _number(timings, "total"), _number(usage, "completion_tokens")
    prepare, first = _number(timings, "prepare"), _number(timings, "first_token")
    if total is None or tokens is None or prepare is None or first is None or tokens < 2:
        return None
    seconds = (total - prepare - first) / 1_000
    return (tokens - 1) / seconds if seconds > 0 else None
