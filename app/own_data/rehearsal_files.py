"""Write what an owner is learning into the archive: lines of parts, and how well they are known."""

from collections.abc import AsyncIterator

from sqlalchemy import select

from app.access import Caller
from app.db.models import RehearsedLine, Script
from app.db.session import Database
from app.own_data.files import OwnFile, to_json

_COLUMNS = (
    Script.title.label("script"),
    RehearsedLine.speaker.label("part"),
    RehearsedLine.line,
    RehearsedLine.rating,
    RehearsedLine.attempts,
    RehearsedLine.reviewed_at,
    RehearsedLine.due_at,
)


async def rehearsal_files(database: Database, caller: Caller) -> AsyncIterator[OwnFile]:
    """Yield ``rehearsal.json``, where there is anything to write; lines by their fingerprints."""
    statement = (
        select(*_COLUMNS)
        .join(Script, Script.id == RehearsedLine.script_id)
        .where(RehearsedLine.owner == caller.owner)
        .order_by(Script.title, RehearsedLine.speaker, RehearsedLine.due_at, RehearsedLine.line)
    )
    async with database.read() as session:
        learnt = [dict(row._mapping) for row in await session.execute(statement)]
    if learnt:
        yield OwnFile("rehearsal.json", to_json(learnt))
