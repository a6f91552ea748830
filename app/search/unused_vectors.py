"""Delete vectors that nothing refers to any more, a little at a time."""

from app.db.session import Database
from app.search.repository import ExampleRepository


async def discard_orphaned_vectors(database: Database) -> None:
    """Delete the vectors that no example and no scene memory has, unless a job may need them."""
    more = True
    while more:
        async with database.write() as session:
            more = await ExampleRepository(session).delete_orphaned_vectors()
