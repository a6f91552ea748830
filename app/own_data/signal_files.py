"""Write an owner's ratings, choices and edits into the archive, and the consent to keep them."""

from collections.abc import AsyncIterator
from uuid import UUID

from sqlalchemy import select

from app.access import Caller
from app.db.models import Character, Signal, SignalConsent
from app.db.session import Database
from app.own_data.files import OwnFile, to_json

_FILE = "learning.json"
_PAGE = 200
_COLUMNS = (
    Signal.id,
    Signal.created_at,
    Character.slug.label("character"),
    Signal.conversation_id,
    Signal.message_id,
    Signal.kind,
    Signal.reason,
    Signal.note,
    Signal.answer,
    Signal.rejected,
    Signal.model,
)


async def signal_files(database: Database, caller: Caller) -> AsyncIterator[OwnFile]:
    """Yield ``learning.json``, where the owner answered or anything is kept.

    Prompts are not in it, for only operators may see them.
    """
    async with database.read() as session:
        consent = await session.get(SignalConsent, caller.owner)
    if consent is None:
        return
    answer = {"consent": consent.given, "since": consent.updated_at}
    yield OwnFile(_FILE, to_json(answer, indent=None)[:-1] + b',\n"signals": [')
    after: UUID | None = None
    while True:
        statement = (
            select(*_COLUMNS)
            .join(Character, Character.id == Signal.character_id)
            .where(Signal.owner == caller.owner)
            .order_by(Signal.id)
            .limit(_PAGE)
        )
        if after is not None:
            statement = statement.where(Signal.id > after)
        async with database.read() as session:
            rows = (await session.execute(statement)).all()
        lines = [to_json(dict(row._mapping), indent=None) for row in rows]
        if lines:
            yield OwnFile(_FILE, (b"\n" if after is None else b",\n") + b",\n".join(lines))
            after = rows[-1].id
        if len(rows) < _PAGE:
            yield OwnFile(_FILE, b"\n]}\n")
            return
