"""Conversations: opened, listed, renamed, branched, deleted and brought back."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog.macros import expand_macros, macros_of
from app.catalog.service import avatar_address, get_character, speaker_lines
from app.conversations.history import covered_by_summary
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
from app.conversations.tree import MessageTree
from app.db.base import utc_now
from app.db.ids import new_id
from app.db.models import Character, Conversation, Message
from app.errors import ConflictError, InvalidError, NotFoundError, TooLargeError
from app.text import is_storable

PREVIEW_CHARACTERS = 120
_NAMED_SPEAKERS = 20


async def get_conversation(
    session: AsyncSession, id: UUID, owner: str, *, deleted: bool = False, locked: bool = False
) -> Conversation:
    """The owner's conversation, or the 404 that says there is none."""
    conversation = await ConversationRepository(session).get(
        id, owner, deleted=deleted, locked=locked
    )
    if conversation is None:
        raise NotFoundError("conversation_not_found", f"There is no conversation {id}.")
    return conversation


def get_message(tree: MessageTree, id: UUID) -> Message:
    """The message, or the 404 that says there is none."""
    message = tree.get(id)
    if message is None:
        raise NotFoundError("message_not_found", f"There is no message {id} here.")
    return message


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


def present_message(message: Message, tree: MessageTree) -> MessageOut:
    """A message as the API shows it."""
    names = MessageOut.model_fields.keys() - {"alternatives"}
    return MessageOut(
        **{name: getattr(message, name) for name in names},
        alternatives=[sibling.id for sibling in tree.siblings(message)],
    )


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


async def present(session: AsyncSession, conversation: Conversation) -> ConversationOut:
    """A conversation with its visible branch."""
    tree = await ConversationRepository(session).tree(conversation.id)
    branch = tree.branch(conversation.active_leaf_id)
    summary = summarize(conversation, branch[-1].content if branch else "")
    return ConversationOut(
        **summary.model_dump(),
        summary=_summary_of(conversation, branch),
        messages=[present_message(message, tree) for message in branch],
        busy=is_busy(conversation),
    )


async def present_summary(session: AsyncSession, conversation: Conversation) -> SummaryOut | None:
    """What stands for the oldest messages, if anything does."""
    tree = await ConversationRepository(session).tree(conversation.id, texts_only=True)
    return _summary_of(conversation, tree.branch(conversation.active_leaf_id))


def _summary_of(conversation: Conversation, branch: Sequence[Message]) -> SummaryOut | None:
    if not conversation.summary:
        return None
    return SummaryOut(
        text=conversation.summary,
        upto=conversation.summary_upto,
        until_scene=conversation.summary_until_scene,
        covered=covered_by_summary(conversation, branch),
    )


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
    tree = await ConversationRepository(session).tree(id)
    conversation.active_leaf_id = tree.newest_leaf(get_message(tree, message_id)).id
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
    repository = ConversationRepository(session)
    message = get_message(await repository.tree(id), message_id)
    if message.role == "user":
        edited = Message(
            conversation_id=id,
            parent_id=message.parent_id,
            role="user",
            content=content,
            until_scene=conversation.until_scene,
        )
        repository.add(edited)
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
    repository = ConversationRepository(session)
    tree = await repository.tree(id)
    message = get_message(tree, message_id)
    active = {shown.id for shown in tree.branch(conversation.active_leaf_id)}
    await repository.delete_message(message.id)
    if message.id in active:
        others = [other for other in tree.siblings(message) if other.id != message.id]
        conversation.active_leaf_id = (
            tree.newest_leaf(others[-1]).id if others else message.parent_id
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
