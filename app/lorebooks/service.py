"""Store and find characters' lorebooks."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import StoredLorebook
from app.errors import NotFoundError
from app.lorebooks.repository import LorebookRepository
from characters.json_values import JsonObject, JsonValue

_NAME_CHARACTERS = 200


def store_book(
    session: AsyncSession,
    character_id: UUID,
    source: JsonObject,
    default_name: str,
    *,
    embedded: bool = False,
) -> StoredLorebook:
    """Add a book to a character, in the caller's transaction.

    A book without a name is called ``default_name``.
    """
    entries = source.get("entries")
    book = StoredLorebook(
        character_id=character_id,
        name=_name(source.get("name")) or _name(default_name) or "lorebook",
        entries=len(entries) if isinstance(entries, list) else 0,
        embedded=embedded,
        source=source,
    )
    LorebookRepository(session).add(book)
    return book


async def get_book(session: AsyncSession, character_id: UUID, id: UUID) -> StoredLorebook:
    """Return the character's book.

    Raises :class:`~app.errors.NotFoundError` (``lorebook_not_found``).
    """
    book = await LorebookRepository(session).get(character_id, id)
    if book is None:
        raise NotFoundError("lorebook_not_found", f"This character has no lorebook {id}.")
    return book


def _name(value: JsonValue) -> str:
    text = value if isinstance(value, str) else ""
    printable = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(printable.split())[:_NAME_CHARACTERS]
