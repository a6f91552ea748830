"""Query the scenes of a script that its speakers are judged by."""

from collections.abc import AsyncIterator

from sqlalchemy import BigInteger, cast, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Script, StoredScene
from app.db.scenes import load_scene
from characters.scripts.model import Scene

_AT_ONCE = 100
_GOLDEN = 2_654_435_761
"""2 to the 32nd over the golden ratio: multiples modulo 2 to the 32nd scatter evenly (Knuth, "The
Art of Computer Programming", 6.4). Every tenth scene could always be of one kind."""


async def sample_scenes(
    session: AsyncSession, script: Script, share: float, until: int | None
) -> AsyncIterator[list[Scene]]:
    """Yield about this share of a script's scenes, from all over it and in order, in batches.

    Only of the first ``until`` scenes, if given.
    """
    place = cast(StoredScene.number, BigInteger) * _GOLDEN % 2**32
    statement = (
        select(StoredScene)
        .where(StoredScene.revision == script.revision, place < share * 2**32)
        .order_by(StoredScene.number)
    )
    if until is not None:
        statement = statement.where(StoredScene.number <= until)
    found = await session.stream_scalars(statement, execution_options={"yield_per": _AT_ONCE})
    async for part in found.partitions():
        yield [load_scene(scene) for scene in part]
