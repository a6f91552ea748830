"""Bound conversations by their owner's bookmarks, as they are read: no code behind sees more."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.attributes import set_committed_value

from app.bookmarks.reading import earlier, is_read, readings
from app.conversations.history import is_known
from app.conversations.schemas import PromptSource
from app.db.models import Conversation, Message, Participant
from app.errors import ConflictError


async def bound_by_bookmarks(
    session: AsyncSession, conversations: Sequence[Conversation], *, fresh: bool = False
) -> None:
    """Set the point in time of conversations of one owner to what the owner has read, if earlier.

    It is not stored: with the bookmark, the conversation moves on. ``fresh``: they were just
    opened.
    """
    if fresh:
        for each in conversations:
            set_committed_value(each, "owner_reads", True)
    found = await _bounds(session, conversations)
    for each in conversations:
        until = earlier(each.until_scene, found.get(each.id))
        if until != each.until_scene:
            set_committed_value(each, "until_scene", until)


async def latest_point(session: AsyncSession, conversation: Conversation) -> int | None:
    """Return how far a conversation's owner has read the scripts of its characters; None: all."""
    return (await _bounds(session, [conversation])).get(conversation.id)


def check_point(wanted: int | None, latest: int | None) -> None:
    """Raise :class:`~app.errors.ConflictError` (``beyond_bookmark``) for a point not read yet."""
    if wanted is not None and latest is not None and wanted > latest:
        raise ConflictError(
            "beyond_bookmark",
            f"You have read {latest} scenes. Move your bookmark on first, to know more.",
            until_scene=latest,
        )


def is_read_message(message: Message, latest: int | None) -> bool:
    """Return whether all that a message was made of is of scenes that its reader has read."""
    return is_known(message.until_scene, latest)


def read_sources(sources: Sequence[PromptSource], latest: int | None) -> list[PromptSource]:
    """Return the sources of a reply that are surely of scenes before ``latest``, or of none."""
    return [each for each in sources if _is_read(each, latest)]


def _is_read(source: PromptSource, latest: int | None) -> bool:
    if source.kind == "example":
        return is_read(source.scene, latest)
    if source.kind == "scene_memory":
        return is_read(source.id, latest)
    return source.kind in ("lore", "memory")  # in which scene something was overheard is not stored


async def _bounds(
    session: AsyncSession, conversations: Sequence[Conversation]
) -> Mapping[UUID, int | None]:
    """Return the points that conversations are bounded by, by their ids."""
    bounded = [each for each in conversations if each.owner_reads]
    if not bounded:
        return {}
    casts: dict[UUID, set[UUID]] = {each.id: {each.character_id} for each in bounded}
    if any(each.is_stage for each in bounded):
        rows = await session.execute(
            select(Participant.conversation_id, Participant.character_id).where(
                Participant.conversation_id.in_([*casts])
            )
        )
        for conversation, character in rows:
            if character is not None:
                casts[conversation].add(character)
    every = {character for cast in casts.values() for character in cast}
    found = await readings(session, bounded[0].owner, every)
    bounds: dict[UUID, int | None] = {}
    for id, cast in casts.items():
        for character in cast & found.keys():
            bounds[id] = earlier(bounds.get(id), found[character].until)
    return bounds
