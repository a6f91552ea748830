"""Queries on the scenes of a script, to judge its speakers by."""

from collections.abc import AsyncIterator

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Script, StoredScene
from app.scripts.repository import load_scene
from characters.scripts.model import Scene

_AT_ONCE = 100


async def every_nth_scene(
    session: AsyncSession, script: Script, step: int
) -> AsyncIterator[list[Scene]]:
    """Scenes from all over a script, in order, a few in memory at a time."""
    statement = (
        select(StoredScene)
        .where(StoredScene.revision == script.revision, (StoredScene.number - 1) % step == 0)
        .order_by(StoredScene.number)
    )
    found = await session.stream_scalars(statement, execution_options={"yield_per": _AT_ONCE})
    async for part in found.partitions():
        yield [load_scene(scene) for scene in part]
