"""Load random secrets from the database, the same for every process and after a restart."""

import secrets

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.db.models import ServerSecret
from app.db.session import Database

_BYTES = 32


async def load_secret(database: Database, name: str) -> ServerSecret:
    """Return the secret of this name; the first process that needs it creates it."""
    if found := await _find(database, name):
        return found
    try:
        async with database.write() as session:
            session.add(ServerSecret(name=name, value=secrets.token_bytes(_BYTES)))
    except IntegrityError:
        pass  # another process stored its secret first; it is read below
    found = await _find(database, name)
    assert found is not None  # noqa: S101 (stored just now, and never deleted)
    return found


async def _find(database: Database, name: str) -> ServerSecret | None:
    async with database.read() as session:
        return await session.scalar(select(ServerSecret).where(ServerSecret.name == name))
