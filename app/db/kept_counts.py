"""Read what is kept instead of counted, and fold changes into it.

Triggers keep it (migration 0042). On PostgreSQL they append changes, which count from the moment on
at which the transaction that made them does; :func:`fold_counts` keeps them few.
"""

from collections import Counter
from collections.abc import Collection
from typing import Literal, TypeVar
from uuid import UUID

from sqlalchemy import Select, delete, func, select, tuple_, union_all
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import ConversationCount, CountChange, KeptCount
from app.db.session import Database

Total = Literal[
    "characters",
    "published",
    "indexing",
    "failed",
    "scripts",
    "scenes",
    "lines",
    "examples",
    "vectors",
    "kept_conversations",
    "messages",
]
"""What is kept of all together. Deleted characters and conversations are left out."""
OfCharacter = Literal["conversations", "owned_conversations", "messages", "examples", "guests"]
"""What is kept of each character; ``owned``: not given up by their owner."""

_ALL = UUID(int=0)
_TOTALS_OF_SUBJECTS = frozenset({"examples", "kept_conversations", "messages"})
"""What is counted by subject, and in a total as well."""
_AT_ONCE = 10_000
_KEYS_AT_ONCE = 400

_Key = tuple[UUID, str]
K = TypeVar("K")


async def read_totals(session: AsyncSession, what: Collection[Total]) -> Counter[str]:
    """Return totals, by name; a missing one is 0."""
    kept = select(KeptCount.what, KeptCount.n).where(
        KeptCount.subject == _ALL, KeptCount.what.in_(what)
    )
    changes = select(CountChange.what, CountChange.n).where(CountChange.what.in_(what))
    return await _sums(session, kept, changes)


async def read_counts(
    session: AsyncSession,
    what: OfCharacter | Literal["players"],
    subjects: Collection[UUID] | Select[tuple[UUID]],
) -> Counter[UUID]:
    """Return one count of each subject: a character, for ``players`` a script."""
    kept, changes = (
        select(table.subject, table.n).where(table.subject.in_(subjects), table.what == what)
        for table in (KeptCount, CountChange)
    )
    return await _sums(session, kept, changes)


async def read_messages(session: AsyncSession, conversations: Select[tuple[UUID]]) -> int:
    """Return how many messages the selected conversations have, on all their branches."""
    added = select(func.sum(ConversationCount.messages)).where(
        ConversationCount.conversation_id.in_(conversations)
    )
    return int(await session.scalar(added) or 0)


async def fold_counts(database: Database) -> int:
    """Fold noted changes into the counts; return how many there were.

    Several processes may do this at once: each takes other changes, and all change counts in one
    order. SQLite notes none: its triggers change the counts.
    """
    folded, some = 0, _AT_ONCE
    while some == _AT_ONCE:
        async with database.write() as session:
            some = await _fold_some(session)
        folded += some
    return folded


async def _fold_some(session: AsyncSession) -> int:
    oldest = (
        select(CountChange.id)
        .order_by(CountChange.id)
        .limit(_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    gone = await session.execute(
        delete(CountChange)
        .where(CountChange.id.in_(oldest))
        .returning(CountChange.subject, CountChange.what, CountChange.n)
        .execution_options(synchronize_session=False)
    )
    changes = gone.all()
    sums: Counter[_Key] = Counter()
    for subject, what, n in changes:
        sums[subject, what] += n
        if subject != _ALL and what in _TOTALS_OF_SUBJECTS:
            sums[_ALL, what] += n
    await _add(session, sums)
    return len(changes)


async def _add(session: AsyncSession, sums: Counter[_Key]) -> None:
    rows = [
        {"subject": subject, "what": what, "n": n} for (subject, what), n in sorted(sums.items())
    ]
    if not rows:
        return
    put = postgresql.insert(KeptCount)
    await session.execute(
        put.on_conflict_do_update(
            index_elements=["subject", "what"], set_={"n": KeptCount.n + put.excluded.n}
        ),
        rows,
    )
    keys = sorted(sums)
    for start in range(0, len(keys), _KEYS_AT_ONCE):
        some = tuple_(KeptCount.subject, KeptCount.what).in_(keys[start : start + _KEYS_AT_ONCE])
        await session.execute(
            delete(KeptCount)
            .where(some, KeptCount.n == 0)
            .execution_options(synchronize_session=False)
        )


async def _sums(session: AsyncSession, *parts: Select[tuple[K, int]]) -> Counter[K]:
    found: Counter[K] = Counter()
    for key, n in await session.execute(union_all(*parts)):
        found[key] += n
    return found
