"""Store the scenes of scripts as rows, and query them."""

from collections.abc import AsyncIterator, Sequence
from itertools import groupby
from uuid import UUID

from sqlalchemy import (
    CTE,
    ColumnElement,
    Select,
    Uuid,
    delete,
    exists,
    func,
    insert,
    literal,
    select,
)
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Script, StoredScene
from characters.scripts.model import Direction, Line, Scene


def dump_scene(revision: UUID, number: int, scene: Scene) -> dict[str, object]:
    """Return a scene as a row of the table."""
    lines: list[list[object]] = [
        [line.speaker, line.text, line.row, line.colon, line.direction] for line in scene.lines
    ]
    for at, directions in groupby(scene.directions, key=lambda direction: direction.at):
        lines[at].append([[each.text, each.certain] for each in directions])
    return {
        "revision": revision,
        "number": number,
        "row": scene.row,
        "part": _storable(scene.member),
        "heading": _storable(scene.heading),
        "episode": _storable(scene.episode),
        "ends": scene.ends,
        "lines": lines,
    }


def _storable(text: str | None) -> str | None:
    """Return a text without NUL, which PostgreSQL does not store, and half surrogate pairs."""
    return None if text is None else text.replace("\x00", "").encode(errors="replace").decode()


def load_scene(stored: StoredScene) -> Scene:
    """Return the scene that :func:`dump_scene` stored."""
    lines = [
        Line(speaker=speaker, text=text, row=row, colon=colon, direction=direction)
        for speaker, text, row, colon, direction, *_ in stored.lines
    ]
    directions = [
        Direction(at, text, certain)
        for at, line in enumerate(stored.lines)
        for stored_directions in line[5:]
        for text, certain in stored_directions
    ]
    return Scene(
        lines=lines,
        row=stored.row,
        heading=stored.heading,
        episode=stored.episode,
        member=stored.part,
        directions=directions,
        ends=stored.ends,
    )


class SceneRepository:
    """Store and query scenes within one session, by the revision of their script."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, rows: list[dict[str, object]]) -> None:
        if rows:
            await self._session.execute(insert(StoredScene), rows)

    async def page(
        self, revision: UUID, after: int = 0, limit: int | None = None
    ) -> Sequence[StoredScene]:
        """Return scenes numbered above ``after``, in order."""
        statement = (
            select(StoredScene)
            .where(StoredScene.revision == revision, StoredScene.number > after)
            .order_by(StoredScene.number)
            .limit(limit)
        )
        return (await self._session.scalars(statement)).all()

    async def stream(self, revisions: Sequence[UUID]) -> AsyncIterator[Scene]:
        """Yield all scenes of several revisions, script by script, at most 1,000 in memory."""
        for revision in revisions:
            after = 0
            while stored := await self.page(revision, after, limit=1_000):
                for scene in stored:
                    yield load_scene(scene)
                after = stored[-1].number
                self._session.expunge_all()

    async def at(self, revisions: Sequence[UUID], position: int) -> StoredScene | None:
        """Return the scene at a 0-based position in several revisions, script by script."""
        for revision in revisions:
            count = select(func.count()).where(StoredScene.revision == revision)
            scenes = await self._session.scalar(count) or 0
            if position < scenes:
                statement = (
                    select(StoredScene)
                    .where(StoredScene.revision == revision)
                    .order_by(StoredScene.number)
                    .offset(position)
                    .limit(1)
                )
                return await self._session.scalar(statement)
            position -= scenes
        return None

    async def delete_revision(self, revision: UUID) -> None:
        await self._session.execute(delete(StoredScene).where(StoredScene.revision == revision))

    async def orphaned_revisions(self) -> Sequence[UUID]:
        """Return revisions without a script: of running uploads, or of interrupted ones."""
        known = exists().where(Script.revision == _REVISIONS.c.revision)
        statement = select(_REVISIONS.c.revision).where(_REVISIONS.c.revision.is_not(None), ~known)
        return (await self._session.scalars(statement)).all()


def _next_revision(after: ColumnElement[UUID]) -> Select[tuple[UUID]]:
    return (
        select(StoredScene.revision)
        .where(StoredScene.revision > after)
        .order_by(StoredScene.revision)
        .limit(1)
    )


def _all_revisions() -> CTE:
    """Read the revisions of scenes from one to the next in the index; ends with a row of null."""
    first = _next_revision(literal(UUID(int=0), Uuid()))
    found = select(first.scalar_subquery().label("revision")).cte("revisions", recursive=True)
    following = _next_revision(found.c.revision).correlate(found).scalar_subquery()
    return found.union_all(select(following).where(found.c.revision.is_not(None)))


_REVISIONS = _all_revisions()
