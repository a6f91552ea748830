"""Say which scenes of a script a caller may rehearse: the one place that decides it."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.access import Caller
from app.bookmarks.reading import readable_until
from app.db.models import Script


async def readable_scenes(session: AsyncSession, script: Script, caller: Caller) -> range:
    """Return the numbers of the scenes that are shown to a caller who may read the script.

    None behind the caller's bookmark.
    """
    until = await readable_until(session, caller.owner, script)
    return range(1, (script.scenes if until is None else until) + 1)
