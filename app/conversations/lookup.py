"""Look up conversations and messages, and check what may be done with them."""

import math
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.access.identity import Caller
from app.catalog.read_so_far import unmet_characters
from app.catalog.service import character_not_found, get_character
from app.catalog.visibility import may_see, may_talk
from app.conversations.repository import TURN_LEASE, TURN_RENEWAL, ConversationRepository
from app.db.models import Character, Conversation, Message
from app.errors import ConflictError, InvalidError, NotFoundError, TooLargeError
from app.text import is_storable


async def get_conversation(
    session: AsyncSession,
    id: UUID,
    owner: str,
    *,
    deleted: bool = False,
    locked: bool = False,
    whole: bool = False,
) -> Conversation:
    """Return the owner's conversation; see :meth:`ConversationRepository.get`.

    Raises :class:`~app.errors.NotFoundError` (``conversation_not_found``).
    """
    conversation = await ConversationRepository(session).get(
        id, owner, deleted=deleted, locked=locked, whole=whole
    )
    if conversation is None:
        raise NotFoundError("conversation_not_found", f"There is no conversation {id}.")
    return conversation


async def get_message(session: AsyncSession, conversation_id: UUID, id: UUID) -> Message:
    """Return the message, to be changed.

    Raises :class:`~app.errors.NotFoundError` (``message_not_found``).
    """
    message = await ConversationRepository(session).message(conversation_id, id)
    if message is None:
        raise no_message(id)
    return message


def no_message(id: UUID) -> NotFoundError:
    """Return the error of a conversation without this message."""
    return NotFoundError("message_not_found", f"There is no message {id} here.")


def check_content(content: str, limit: int) -> str:
    """Return a message as it is stored, without surrounding white space.

    Raises :class:`~app.errors.InvalidError` where it is empty or cannot be stored,
    :class:`~app.errors.TooLargeError` where it has more than ``limit`` characters.
    """
    text = content.strip()
    if not text:
        raise InvalidError("empty_message", "The message is empty.")
    if len(text) > limit:
        raise TooLargeError(
            "message_too_long",
            f"The message has {len(text):,} characters; {limit:,} are allowed.",
            limit=limit,
        )
    if not is_storable(text):
        raise InvalidError(
            "invalid_message", "The message contains a NUL character or half a surrogate pair."
        )
    return text


async def get_acquainted(session: AsyncSession, slug: str, caller: Caller) -> Character:
    """Return a character that the caller may see, or has talked to.

    Raises :class:`~app.errors.NotFoundError` (``character_not_found``).
    """
    character = await get_character(session, slug)
    if not await may_see(session, character, caller):
        repository = ConversationRepository(session)
        if not await repository.page(caller.owner, character_id=character.id, after=None, limit=1):
            raise character_not_found(slug)
    return character


async def get_talkable(session: AsyncSession, slug: str, owner: str) -> Character:
    """Return a character that an owner may talk to.

    Raises :class:`~app.errors.ConflictError` for one that its operators withdrew or that first
    speaks behind the owner's bookmark (``not_met_yet``), and
    :class:`~app.errors.NotFoundError` for a stranger's, as for one that does not exist.
    """
    character = await get_character(session, slug)
    if character.owner and not await may_talk(session, character, owner):
        raise character_not_found(slug)
    await check_talkable(session, character, owner)
    await _check_met(session, character, owner)
    return character


async def _check_met(session: AsyncSession, character: Character, owner: str) -> None:
    if await unmet_characters(session, owner, [character]):
        raise ConflictError(
            "not_met_yet", f"{character.name} first speaks behind your bookmark. Read on first."
        )


async def check_talkable(session: AsyncSession, character: Character, owner: str) -> None:
    """Raise :class:`~app.errors.ConflictError` where an owner may not talk to a character."""
    if not await may_talk(session, character, owner):
        raise ConflictError(
            "character_unpublished", f"{character.name} cannot be talked to at the moment."
        )


def check_idle(conversation: Conversation) -> None:
    """Raise :class:`~app.errors.ConflictError` while a turn runs: only it may change the tree."""
    if conversation.is_busy:
        raise turn_in_progress(conversation)


def turn_in_progress(conversation: Conversation) -> ConflictError:
    """Return the error of a conversation in which a turn runs.

    It says to come again when the turn's lease should have been renewed; once that is overdue, its
    process has probably died, and the error says to come when the lease ends.
    """
    left = conversation.turn_lease_left or 0.0
    until_renewal = left - (TURN_LEASE - TURN_RENEWAL).total_seconds()
    return ConflictError(
        "turn_in_progress",
        "A reply is being written in this conversation. Stop it or wait for its end.",
        retry_after=max(1, math.ceil(until_renewal if until_renewal > 0 else left)),
    )
