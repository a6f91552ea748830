"""Say which scenes of a script a caller may rehearse: the one place that decides it."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.access import Caller
from app.db.models import Script


async def readable_scenes(session: AsyncSession, script: Script, caller: Caller) -> range:
    """Return the numbers of the scenes that are shown to a caller who may read the script."""
    return range(1, script.scenes + 1)
