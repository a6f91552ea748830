"""Query and change what an owner has learnt, and read the scenes that parts are in."""

from collections.abc import Collection, Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import delete, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.db.models import RehearsedLine, StoredScene
from app.errors import ConflictError
from app.rehearsal.schedule import Remembered
from characters.rehearsal.rating import Rating

MOST_LINES_LEARNT = 20_000
"""Of one owner, so that no stranger fills the database."""
_SCENES_AT_ONCE = 500


class LineKey(NamedTuple):
    """Name a line of an owner's progress."""

    owner: str
    script_id: UUID
    line: str


class RehearsalRepository:
    """Query and change progress within one session."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def progress(
        self, owner: str, script_id: UUID, speaker: str | None = None
    ) -> dict[str, RehearsedLine]:
        """Return what an owner has learnt of a script, or of a part of it, by fingerprint."""
        statement = select(RehearsedLine).where(
            RehearsedLine.owner == owner, RehearsedLine.script_id == script_id
        )
        if speaker is not None:
            statement = statement.where(RehearsedLine.speaker == speaker)
        return {row.line: row for row in await self._session.scalars(statement)}

    async def for_update(self, key: LineKey) -> RehearsedLine | None:
        """Return the progress of one line, locked until the transaction ends."""
        return await self._session.get(RehearsedLine, tuple(key), with_for_update=True)

    async def store(
        self,
        key: LineKey,
        speaker: str,
        rating: Rating,
        remembered: Remembered,
        before: RehearsedLine | None,
    ) -> RehearsedLine:
        """Store an attempt at a line; ``before`` is its row, where there is one.

        Raises :class:`~app.errors.ConflictError` (``too_many_lines_learnt``) beyond 20,000 lines.
        """
        row = before
        if row is None:
            await self._check_room(key.owner)
            row = RehearsedLine(**key._asdict(), speaker=speaker, attempts=0)
            self._session.add(row)
        row.state, row.step = remembered.state, remembered.step
        row.stability, row.difficulty = remembered.stability, remembered.difficulty
        row.due_at, row.reviewed_at = remembered.due_at, remembered.reviewed_at
        row.attempts += 1
        row.rating = rating
        await self._session.flush()
        return row

    async def _check_room(self, owner: str) -> None:
        counted = select(func.count()).where(RehearsedLine.owner == owner)
        if (await self._session.scalar(counted) or 0) >= MOST_LINES_LEARNT:
            raise ConflictError(
                "too_many_lines_learnt",
                f"You are learning {MOST_LINES_LEARNT:,} lines, the most there may be. "
                "Start a part over that you no longer need, and try again.",
                limit=MOST_LINES_LEARNT,
            )

    async def forget(self, owner: str, script_id: UUID, speaker: str) -> None:
        """Delete what an owner has learnt of a part."""
        await self._session.execute(
            delete(RehearsedLine)
            .where(
                RehearsedLine.owner == owner,
                RehearsedLine.script_id == script_id,
                RehearsedLine.speaker == speaker,
            )
            .execution_options(synchronize_session=False)
        )

    async def hand_over(self, before: str, after: str) -> None:
        """Give what one owner has learnt to another, whose own progress stays."""
        learnt = aliased(RehearsedLine)
        both = exists().where(
            learnt.owner == after,
            learnt.script_id == RehearsedLine.script_id,
            learnt.line == RehearsedLine.line,
        )
        given = RehearsedLine.owner == before
        for statement in (
            update(RehearsedLine).where(given, ~both).values(owner=after),
            delete(RehearsedLine).where(given),
        ):
            await self._session.execute(statement.execution_options(synchronize_session=False))

    async def scenes_after(self, revision: UUID, after: int) -> Sequence[StoredScene]:
        """Return the next scenes of a script, in order; at most 500."""
        statement = (
            select(StoredScene)
            .where(StoredScene.revision == revision, StoredScene.number > after)
            .order_by(StoredScene.number)
            .limit(_SCENES_AT_ONCE)
        )
        return (await self._session.scalars(statement)).all()

    async def scenes(self, revision: UUID, numbers: Collection[int]) -> dict[int, StoredScene]:
        """Return scenes of a script by their numbers."""
        statement = select(StoredScene).where(
            StoredScene.revision == revision, StoredScene.number.in_(numbers)
        )
        return {scene.number: scene for scene in await self._session.scalars(statement)}
