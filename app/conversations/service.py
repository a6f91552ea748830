"""Open, change, branch, delete and restore conversations."""

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.attributes import flag_modified

from app.bookmarks.reading import known_until, read_texts, readings
from app.catalog.macros import expand_macros, macros_of
from app.conversations.bounds import bound_by_bookmarks, check_point, latest_point
from app.conversations.branch_repository import BranchRepository
from app.conversations.kept_replies import hold_characters
from app.conversations.lookup import check_idle, get_conversation, get_message, get_talkable
from app.conversations.participants import line_of_alternative
from app.conversations.personas import read_persona
from app.conversations.presentation import present
from app.conversations.ratings import keep_edit
from app.conversations.repository import ConversationRepository
from app.conversations.schemas import (
    DEFAULT_USER_NAME,
    ConversationCreate,
    ConversationOut,
    ConversationUpdate,
)
from app.conversations.stage_opening import (
    cast_of,
    change_role,
    is_stage,
    open_stage,
    played_speaker,
    role_of,
    who_was_met,
)
from app.db.base import utc_now
from app.db.ids import new_id
from app.db.models import Conversation, Message, StageLine
from app.db.signals import Topic, announce
from app.errors import InvalidError
from app.settings import SignalRule
from characters.stage.commands import TypedError, check_plain


async def open_conversation(
    session: AsyncSession, owner: str, wanted: ConversationCreate
) -> ConversationOut:
    """Open a conversation; the character's greetings are alternatives of its first message.

    Raises :class:`~app.errors.NotFoundError` for an unknown character,
    :class:`~app.errors.ConflictError` for one that is not published, for one that first speaks
    behind the owner's bookmark and for a point in time behind it, and
    :class:`~app.errors.InvalidError` for a speaker that the scripts do not have.
    """
    if is_stage(wanted):
        return await present(session, await open_stage(session, owner, wanted))
    [slug] = cast_of(wanted)
    role = role_of(wanted)
    character = await get_talkable(session, slug, owner)
    persona = await read_persona(session, owner)
    played = played_speaker(
        [character], wanted.plays, await who_was_met(session, owner, [character])
    )
    check_point(wanted.until_scene, await known_until(session, owner, [character.id]))
    description = wanted.user_description
    if description is None:
        description = "" if played else persona.description
    conversation = Conversation(
        character_id=character.id,
        owner=owner,
        user_name=played or wanted.user_name or persona.name or DEFAULT_USER_NAME,
        user_description=description,
        user_role=role,
        until_scene=wanted.until_scene,
    )
    conversation.character = character
    repository = ConversationRepository(session)
    repository.add(conversation)
    await session.flush()
    await bound_by_bookmarks(session, [conversation], fresh=True)
    greetings = await _greet(session, conversation)
    conversation.active_leaf_id = greetings[0].id if greetings else None
    await session.flush()
    return await present(session, conversation)


def _addressed(conversation: Conversation) -> str:
    """Return what a greeting calls the user: “you” instead of the default name, “user”."""
    if conversation.user_name != DEFAULT_USER_NAME:
        return conversation.user_name
    return "你" if conversation.character.language == "zh" else "you"


async def _greet(session: AsyncSession, conversation: Conversation) -> list[Message]:
    """Add the greetings, their macros expanded, as messages without a parent.

    A greeting that is a line of a scene that the user has not read is left out.
    """
    character = conversation.character
    values = macros_of(character, _addressed(conversation), str(conversation.id))
    given = [character.greeting, *character.alternate_greetings]
    reading = (await readings(session, conversation.owner, [character.id])).get(character.id)
    if reading is not None:
        known = await read_texts(session, reading)
        given = [text for text in given if known.may_show(text)]
    texts = (expand_macros(text, values).strip() for text in given)
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
    """Change the given fields of a conversation.

    Raises :class:`~app.errors.ConflictError` (``beyond_bookmark``) for a point in time behind the
    owner's bookmark.
    """
    conversation = await get_conversation(session, id, owner)
    if changes.role is not None:
        change_role(conversation, changes.role)
    for name, value in changes.model_dump(exclude_none=True, exclude={"role"}).items():
        setattr(conversation, name, value)
    if "until_scene" in changes.model_fields_set:
        check_point(changes.until_scene, await latest_point(session, conversation))
        conversation.until_scene = changes.until_scene
        flag_modified(conversation, "until_scene")  # it may be as the bookmark bounds it already
    await session.flush()
    await bound_by_bookmarks(session, [conversation])
    return await present(session, conversation)


async def delete_conversation(session: AsyncSession, id: UUID, owner: str) -> None:
    """Delete a conversation and stop its turn; it can be restored until it is purged."""
    conversation = await get_conversation(session, id, owner)
    conversation.deleted_at = utc_now()
    if conversation.turn_id is not None:
        await announce(session, Topic.TURNS, conversation.turn_id)


async def restore_conversation(session: AsyncSession, id: UUID, owner: str) -> ConversationOut:
    """Restore a deleted conversation."""
    conversation = await get_conversation(session, id, owner, deleted=True)
    conversation.deleted_at = None
    await session.flush()
    return await present(session, conversation)


async def activate_message(
    session: AsyncSession, id: UUID, owner: str, message_id: UUID
) -> ConversationOut:
    """Make the branch through a message visible."""
    conversation = await get_conversation(session, id, owner, locked=True)
    check_idle(conversation)
    message = await get_message(session, id, message_id)
    conversation.active_leaf_id = await BranchRepository(session, id).newest_leaf(message.id)
    conversation.turns_ahead = 0
    await session.flush()
    return await present(session, conversation)


async def edit_message(
    session: AsyncSession,
    id: UUID,
    owner: str,
    message_id: UUID,
    content: str,
    rule: SignalRule,
) -> ConversationOut:
    """Edit a reply in place; a user's message gets an edited alternative instead.

    Replies to the old wording stay on their branch. On a stage the same ones hear the new wording;
    raises :class:`~app.errors.InvalidError` (``unknown_command``) for one that holds a command.
    What ``rule`` and the owner allow is kept of an edited reply.
    """
    await hold_characters(session, id)
    conversation = await get_conversation(session, id, owner, locked=True)
    check_idle(conversation)
    message = await get_message(session, id, message_id)
    if conversation.is_stage and message.role != "assistant":
        _check_plain(content)
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
        if (line := await session.get(StageLine, message.id)) is not None:
            session.add(line_of_alternative(line, edited.id))
        conversation.active_leaf_id = edited.id
    else:
        await keep_edit(session, rule, conversation, message, content)
        message.content = content
        message.edited_at = utc_now()
        if message.moderation is not None:  # the words are the user's own now
            message.hidden, message.moderation = False, None
    conversation.updated_at = utc_now()
    conversation.turns_ahead = 0
    await session.flush()
    return await present(session, conversation)


def _check_plain(content: str) -> None:
    try:
        check_plain(content)
    except TypedError as error:
        raise InvalidError(error.code, str(error)) from error


async def delete_message(
    session: AsyncSession, id: UUID, owner: str, message_id: UUID
) -> ConversationOut:
    """Delete a message and all that follow it; show an alternative, or else its parent."""
    conversation = await get_conversation(session, id, owner, locked=True)
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
    conversation.turns_ahead = 0
    await session.flush()
    session.expire_all()
    return await present(session, await get_conversation(session, id, owner))


def format_cursor(conversation: Conversation) -> str:
    """Return a conversation's position in the list as a cursor, without ``+``, which URLs lose."""
    time = conversation.updated_at.isoformat().replace("+00:00", "Z")
    return f"{time}_{conversation.id}"


def parse_list_cursor(cursor: str | None) -> tuple[datetime, UUID] | None:
    """Return the position that a cursor from :func:`format_cursor` names; None for no cursor.

    Raises :class:`~app.errors.InvalidError` (``invalid_cursor``).
    """
    if cursor is None:
        return None
    time, _, id = cursor.partition("_")
    try:
        # In UTC at once: a time in the year 1 or 9999 may have no UTC equivalent.
        return datetime.fromisoformat(time).astimezone(UTC), UUID(id)
    except (ValueError, OverflowError) as error:
        raise InvalidError("invalid_cursor", "This cursor is not one we gave.") from error
