"""Conversations: opened, listed, renamed, branched, deleted and brought back."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog.macros import expand_macros, macros_of
from app.catalog.service import avatar_address, get_character
from app.conversations.branch_repository import BranchRepository
from app.conversations.history import is_known
from app.conversations.repository import ConversationRepository
from app.conversations.schemas import (
    DEFAULT_USER_NAME,
    ConversationCharacter,
    ConversationCreate,
    ConversationOut,
    ConversationSummary,
    ConversationUpdate,
    MessageOut,
    SummaryOut,
)
from app.db.base import utc_now
from app.db.ids import new_id
from app.db.models import Character, Conversation, Message, speaker_lines
from app.errors import ConflictError, InvalidError, NotFoundError, TooLargeError
from app.text import is_storable

PREVIEW_CHARACTERS = 120
PAGE = 200
"""Messages of an answer, at most and by default."""
_PAGE_CHARACTERS = 500_000
"""Of the texts of one answer: fewer messages are shown where theirs are longer, one at least."""
_NAMED_SPEAKERS = 20


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
    """Return the error that says that a conversation has no such message."""
    return NotFoundError("message_not_found", f"There is no message {id} here.")


def check_content(content: str, limit: int) -> str:
    """A message as it is stored: without surrounding white space, neither empty nor too long."""
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


def check_published(character: Character) -> None:
    """Nobody talks to a character that was taken off the stage."""
    if not character.published:
        raise ConflictError(
            "character_unpublished", f"{character.name} cannot be talked to at the moment."
        )


def is_busy(conversation: Conversation) -> bool:
    """Whether a turn runs in it now."""
    until = conversation.turn_lease_until
    return conversation.turn_id is not None and until is not None and until > utc_now()


def check_idle(conversation: Conversation) -> None:
    """What changes the tree waits for the turn that grows it."""
    if is_busy(conversation):
        raise ConflictError(
            "turn_in_progress",
            "A reply is being written in this conversation. Stop it or wait for its end.",
            retry_after=1,
        )


def present_message(message: Message, alternatives: list[UUID]) -> MessageOut:
    """Return a message as the API shows it, with the ids of all that follow the same message."""
    names = MessageOut.model_fields.keys() - {"alternatives"}
    return MessageOut(**{name: getattr(message, name) for name in names}, alternatives=alternatives)


def _present_character(character: Character) -> ConversationCharacter:
    return ConversationCharacter(
        slug=character.slug,
        name=character.name,
        tagline=character.tagline,
        language=character.language,
        status=character.status,
        published=character.published,
        avatar=avatar_address(character),
    )


def summarize(conversation: Conversation, preview: str) -> ConversationSummary:
    """A conversation in a list."""
    return ConversationSummary(
        id=conversation.id,
        title=conversation.title,
        character=_present_character(conversation.character),
        user_name=conversation.user_name,
        until_scene=conversation.until_scene,
        remembers_others=conversation.remembers_others,
        summarize=conversation.summarize,
        preview=preview[:PREVIEW_CHARACTERS],
        created_at=conversation.created_at,
        updated_at=conversation.updated_at,
    )


async def present(
    session: AsyncSession,
    conversation: Conversation,
    *,
    before: UUID | None = None,
    limit: int = PAGE,
) -> ConversationOut:
    """Return a conversation with the newest messages of its visible branch.

    With ``before``, the ``limit`` messages that led to that one. Raises
    :class:`~app.errors.NotFoundError` (``message_not_found``).
    """
    messages, earlier = await present_page(session, conversation, before=before, limit=limit)
    if before is None:
        preview = messages[-1].content if messages else ""
    else:
        leaves = await ConversationRepository(session).leaves([conversation])
        preview = next(iter(leaves.values()), "")
    summary = summarize(conversation, preview)
    return ConversationOut(
        **summary.model_dump(),
        summary=await present_summary(session, conversation),
        messages=messages,
        earlier=earlier,
        busy=is_busy(conversation),
        writing=_writing(conversation, messages) if before is None else None,
    )


async def present_page(
    session: AsyncSession, conversation: Conversation, *, before: UUID | None, limit: int
) -> tuple[list[MessageOut], bool]:
    """Return a page of messages, oldest first, and whether others stand before them.

    The messages that led to ``before``, which need not be on the visible branch; else the newest
    of that. Raises :class:`~app.errors.NotFoundError` (``message_not_found``).
    """
    branches = BranchRepository(session, conversation.id)
    leaf = conversation.active_leaf_id
    if before is not None:
        following = await branches.said(before)
        if following is None:
            raise no_message(before)
        leaf = following.parent_id
    found = await branches.shown(leaf, limit + 1) if leaf is not None else []
    page = _fitting(found[-limit:])
    siblings = await branches.siblings({message.parent_id for message in page}) if page else {}
    shown = [present_message(message, siblings[message.parent_id]) for message in page]
    return shown, len(page) < len(found)


def _fitting(messages: Sequence[Message]) -> Sequence[Message]:
    """The newest of them whose texts an answer has room for."""
    room = _PAGE_CHARACTERS
    for number, message in enumerate(reversed(messages)):
        room -= len(message.content)
        if room < 0 and number > 0:
            return messages[-number:]
    return messages


def _writing(conversation: Conversation, messages: Sequence[MessageOut]) -> UUID | None:
    """The reply that grows: a turn that is over leaves a reason why it ended."""
    newest = messages[-1] if messages else None
    if newest is None or not is_busy(conversation):
        return None
    grows = newest.state == "partial" and newest.finish_reason is None
    return newest.id if grows else None


async def present_summary(session: AsyncSession, conversation: Conversation) -> SummaryOut | None:
    """Return what stands for the oldest messages, if anything does."""
    if not conversation.summary:
        return None
    return SummaryOut(
        text=conversation.summary,
        upto=conversation.summary_upto,
        until_scene=conversation.summary_until_scene,
        covered=await _covered(session, conversation),
    )


async def _covered(session: AsyncSession, conversation: Conversation) -> int:
    """How many messages of the visible branch the summary stands for; never for the newest."""
    if not is_known(conversation.summary_until_scene, conversation.until_scene):
        return 0
    branches = BranchRepository(session, conversation.id)
    following = await branches.height(conversation.active_leaf_id, conversation.summary_upto)
    if not following:
        return 0
    return await branches.length(conversation.active_leaf_id) - following


async def summarize_all(
    session: AsyncSession, conversations: Sequence[Conversation]
) -> list[ConversationSummary]:
    leaves = await ConversationRepository(session).leaves(conversations)
    return [
        summarize(conversation, leaves.get(conversation.active_leaf_id, ""))
        if conversation.active_leaf_id
        else summarize(conversation, "")
        for conversation in conversations
    ]


async def open_conversation(
    session: AsyncSession, owner: str, wanted: ConversationCreate
) -> ConversationOut:
    """A new conversation; the character's greetings are alternatives of its first message."""
    character = await get_character(session, wanted.character)
    check_published(character)
    conversation = Conversation(
        character_id=character.id,
        owner=owner,
        user_name=_played(character, wanted) or wanted.user_name or DEFAULT_USER_NAME,
        until_scene=wanted.until_scene,
    )
    conversation.character = character
    repository = ConversationRepository(session)
    repository.add(conversation)
    await session.flush()
    greetings = await _greet(session, conversation)
    conversation.active_leaf_id = greetings[0].id if greetings else None
    await session.flush()
    return await present(session, conversation)


def _played(character: Character, wanted: ConversationCreate) -> str | None:
    """The speaker that the person plays. Raises when the scripts have no such other speaker."""
    if wanted.plays is None:
        return None
    others = [name for name in speaker_lines(character.scripts) if name not in character.speakers]
    if wanted.plays not in others:
        raise InvalidError(
            "unknown_speaker",
            f"Nobody called {wanted.plays} speaks with {character.name} in the scripts."
            f" Who does: {', '.join(others[:_NAMED_SPEAKERS]) or 'nobody'}.",
            speakers=others[:_NAMED_SPEAKERS],
        )
    return wanted.plays


def _addressed(conversation: Conversation) -> str:
    """What a greeting calls the person: nobody is greeted as “user”."""
    if conversation.user_name != DEFAULT_USER_NAME:
        return conversation.user_name
    return "你" if conversation.character.language == "zh" else "you"


async def _greet(session: AsyncSession, conversation: Conversation) -> list[Message]:
    """The greetings, their macros expanded, as messages that nothing stands before."""
    character = conversation.character
    values = macros_of(character, _addressed(conversation), str(conversation.id))
    texts = (
        expand_macros(text, values).strip()
        for text in (character.greeting, *character.alternate_greetings)
    )
    greetings = [
        Message(
            id=new_id(),
            conversation_id=conversation.id,
            role="assistant",
            content=text,
            until_scene=conversation.until_scene,
        )
        for text in texts
        if text
    ]
    ConversationRepository(session).add(*greetings)
    await session.flush()
    return greetings


async def change_conversation(
    session: AsyncSession, id: UUID, owner: str, changes: ConversationUpdate
) -> ConversationOut:
    conversation = await get_conversation(session, id, owner)
    for name, value in changes.model_dump(exclude_none=True).items():
        setattr(conversation, name, value)
    if "until_scene" in changes.model_fields_set:
        conversation.until_scene = changes.until_scene
    await session.flush()
    return await present(session, conversation)


async def delete_conversation(session: AsyncSession, id: UUID, owner: str) -> None:
    """Put it away; it can be restored until it is purged."""
    conversation = await get_conversation(session, id, owner)
    conversation.deleted_at = utc_now()


async def restore_conversation(session: AsyncSession, id: UUID, owner: str) -> ConversationOut:
    conversation = await get_conversation(session, id, owner, deleted=True)
    conversation.deleted_at = None
    await session.flush()
    return await present(session, conversation)


async def activate_message(
    session: AsyncSession, id: UUID, owner: str, message_id: UUID
) -> ConversationOut:
    """Show the branch through a message."""
    conversation = await get_conversation(session, id, owner)
    check_idle(conversation)
    message = await get_message(session, id, message_id)
    conversation.active_leaf_id = await BranchRepository(session, id).newest_leaf(message.id)
    await session.flush()
    return await present(session, conversation)


async def edit_message(
    session: AsyncSession, id: UUID, owner: str, message_id: UUID, content: str
) -> ConversationOut:
    """Change a reply where it stands; a user's message gets an edited alternative instead.

    What was answered to the old wording stays on its own branch.
    """
    conversation = await get_conversation(session, id, owner)
    check_idle(conversation)
    message = await get_message(session, id, message_id)
    if message.role == "user":
        edited = Message(
            conversation_id=id,
            parent_id=message.parent_id,
            role="user",
            content=content,
            until_scene=conversation.until_scene,
        )
        ConversationRepository(session).add(edited)
        await session.flush()
        conversation.active_leaf_id = edited.id
    else:
        message.content = content
        message.edited_at = utc_now()
    conversation.updated_at = utc_now()
    await session.flush()
    return await present(session, conversation)


async def delete_message(
    session: AsyncSession, id: UUID, owner: str, message_id: UUID
) -> ConversationOut:
    """Delete a message and what follows it; an alternative, else what stood before, is shown."""
    conversation = await get_conversation(session, id, owner)
    check_idle(conversation)
    message = await get_message(session, id, message_id)
    branches = BranchRepository(session, id)
    shown = await branches.height(conversation.active_leaf_id, message.id) is not None
    siblings = (await branches.siblings([message.parent_id]))[message.parent_id]
    others = [other for other in siblings if other != message.id]
    await ConversationRepository(session).delete_message(message.id)
    if shown:
        conversation.active_leaf_id = (
            await branches.newest_leaf(others[-1]) if others else message.parent_id
        )
    conversation.updated_at = utc_now()
    await session.flush()
    session.expire_all()
    return await present(session, await get_conversation(session, id, owner))


def format_place(conversation: Conversation) -> str:
    """A conversation's place in the list, as a cursor: free of ``+``, which addresses lose."""
    moment = conversation.updated_at.isoformat().replace("+00:00", "Z")
    return f"{moment}_{conversation.id}"


def parse_place(cursor: str | None) -> tuple[datetime, UUID] | None:
    """The place in the list of conversations that a cursor stands for."""
    if cursor is None:
        return None
    moment, _, id = cursor.partition("_")
    try:
        # In UTC at once: a moment of the year 1 or 9999 may have none.
        return datetime.fromisoformat(moment).astimezone(UTC), UUID(id)
    except (ValueError, OverflowError) as error:
        raise InvalidError("invalid_cursor", "This cursor is not one we gave.") from error
