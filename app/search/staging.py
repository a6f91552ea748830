"""Store the examples of an index version before it is published."""

from uuid import UUID

from sqlalchemy import delete

from app.db.models import Example
from app.db.session import Database
from app.search.index_draft import IndexDraft
from app.search.passage_embedding import hash_key
from app.search.repository import ExampleRepository

_AT_ONCE = 1_000
"""Rows of one transaction."""


async def stage_examples(database: Database, character_id: UUID, draft: IndexDraft) -> None:
    """Store the draft's examples, which nothing shows until the draft is published."""
    rows: list[dict[str, object]] = [
        {
            "character_id": character_id,
            "version": draft.version,
            "scene": example.scene,
            "lines": list(example.lines),
            "key": example.key,
            "key_hash": hash_key(example.key),
        }
        for example in draft.examples.examples
    ]
    for start in range(0, len(rows), _AT_ONCE):
        async with database.write() as session:
            await ExampleRepository(session).add(rows[start : start + _AT_ONCE])


async def discard_examples(database: Database, character_id: UUID, draft: IndexDraft) -> None:
    """Delete the examples of a draft that will not be published."""
    async with database.write() as session:
        await session.execute(
            delete(Example).where(
                Example.character_id == character_id, Example.version == draft.version
            )
        )
