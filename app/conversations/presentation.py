"""Present conversations and messages as the API shows them."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.catalog.read_so_far import known_taglines
from app.catalog.service import avatar_address, backdrop_address
from app.conversations.bounds import is_read_message, latest_point, read_sources
from app.conversations.branch_repository import BranchRepository
from app.conversations.history import is_known
from app.conversations.lookup import no_message
from app.conversations.participants import cast_names
from app.conversations.repository import ConversationRepository, Leaf
from app.conversations.scene_view import present_scene_state
from app.conversations.schemas import (
    ConversationCharacter,
    ConversationOut,
    ConversationSummary,
    MessageOut,
    SummaryOut,
)
from app.conversations.searching import excerpts
from app.conversations.stage_presentation import present_participants, present_stage_lines
from app.conversations.stage_schemas import StageLineOut
from app.db.models import Character, Conversation, Message

PAGE = 200
"""Most messages in one response, and the default."""
_PREVIEW_CHARACTERS = 120
_NOTHING_SAID = Leaf("", "")
_PAGE_CHARACTERS = 500_000
"""Most characters of text in one response: it has fewer messages where they are long, but one."""


def present_message(
    message: Message,
    alternatives: list[UUID],
    stage: StageLineOut | None = None,
    *,
    latest: int | None,
) -> MessageOut:
    """Return a message as the API shows it, with the ids of its alternatives and its own.

    ``stage``: what the ledger of a stage knows of it; ``latest``: how far its reader has read the
    script (:func:`~app.conversations.bounds.latest_point`). Of a reply from a later point the words
    stay, and what it was made of goes.
    """
    names = MessageOut.model_fields.keys() - {"alternatives", "stage"}
    shown = {name: getattr(message, name) for name in names}
    out = MessageOut(**shown, alternatives=alternatives, stage=stage)
    if is_read_message(message, latest):
        return out
    sampling = {name: value for name, value in (out.sampling or {}).items() if name != "screening"}
    return out.model_copy(
        update={
            "examples": read_sources(out.examples, latest),
            "sampling": None if out.sampling is None else sampling,
        }
    )


def _present_character(character: Character, tagline: str | None) -> ConversationCharacter:
    return ConversationCharacter(
        slug=character.slug,
        name=character.name,
        tagline=character.tagline if tagline is None else tagline,
        language=character.language,
        status=character.status,
        published=character.published,
        avatar=avatar_address(character),
        backdrop=backdrop_address(character),
    )


def _summarize(
    conversation: Conversation,
    leaf: Leaf,
    cast: Sequence[str],
    tagline: str | None,
    excerpt: str | None = None,
) -> ConversationSummary:
    """Return a conversation as lists show it; ``tagline`` replaces the character's, if given."""
    return ConversationSummary(
        id=conversation.id,
        title=conversation.title,
        character=_present_character(conversation.character, tagline),
        cast=[*cast],
        is_stage=conversation.is_stage,
        user_role=conversation.user_role,
        user_name=conversation.user_name,
        user_description=conversation.user_description,
        until_scene=conversation.until_scene,
        remembers_others=conversation.remembers_others,
        summarize=conversation.summarize,
        preview=leaf.text[:_PREVIEW_CHARACTERS],
        last_line=leaf.last_line[:_PREVIEW_CHARACTERS],
        excerpt=excerpt,
        created_at=conversation.created_at,
        updated_at=conversation.updated_at,
    )


async def _taglines(
    session: AsyncSession, conversations: Sequence[Conversation]
) -> Mapping[UUID, str]:
    """Return what conversations' owners may read of taglines, where that is not all, by character.

    All are of one owner.
    """
    bounded = [each for each in conversations if each.owner_reads]
    if not bounded:
        return {}
    return await known_taglines(session, bounded[0].owner, [each.character for each in bounded])


async def _casts(
    session: AsyncSession, conversations: Sequence[Conversation]
) -> Mapping[UUID, Sequence[str]]:
    """Return the names of those who take part in conversations."""
    alone = {each.id: [each.character.name] for each in conversations if not each.is_stage}
    stages = [each.id for each in conversations if each.is_stage]
    return alone | (await cast_names(session, stages) if stages else {})


async def summarize_all(
    session: AsyncSession, conversations: Sequence[Conversation], sought: str = ""
) -> list[ConversationSummary]:
    """Return conversations as lists show them, with excerpts around the text ``sought``."""
    leaves = await ConversationRepository(session).leaves(conversations)
    found = await excerpts(session, conversations, sought) if sought else {}
    taglines = await _taglines(session, conversations)
    casts = await _casts(session, conversations)
    return [
        _summarize(
            conversation,
            leaves.get(conversation.active_leaf_id or conversation.id, _NOTHING_SAID),
            casts.get(conversation.id, ()),
            taglines.get(conversation.character_id),
            found.get(conversation.id),
        )
        for conversation in conversations
    ]


async def present(
    session: AsyncSession,
    conversation: Conversation,
    *,
    before: UUID | None = None,
    limit: int = PAGE,
) -> ConversationOut:
    """Return a conversation with the newest messages of its visible branch.

    With ``before``, the ``limit`` messages that precede that one. Raises
    :class:`~app.errors.NotFoundError` (``message_not_found``).
    """
    messages, earlier = await present_page(session, conversation, before=before, limit=limit)
    if before is None and (len(messages) > 1 or not earlier):
        said = [message.content for message in messages[-2:] if message.role == "assistant"]
        leaf = Leaf(messages[-1].content if messages else "", said[-1] if said else "")
    else:
        leaves = await ConversationRepository(session).leaves([conversation])
        leaf = next(iter(leaves.values()), _NOTHING_SAID)
    taglines = await _taglines(session, [conversation])
    participants = await present_participants(session, conversation)
    cast = [each.name for each in participants]
    summary = _summarize(conversation, leaf, cast, taglines.get(conversation.character_id))
    return ConversationOut(
        **summary.model_dump(),
        participants=participants,
        read_until=await latest_point(session, conversation),
        scene=await present_scene_state(session, conversation),
        summary=await present_summary(session, conversation),
        messages=messages,
        earlier=earlier,
        busy=conversation.is_busy,
        writing=_writing(conversation, messages) if before is None else None,
    )


async def present_page(
    session: AsyncSession, conversation: Conversation, *, before: UUID | None, limit: int
) -> tuple[list[MessageOut], bool]:
    """Return a page of messages, oldest first, and whether earlier ones exist.

    They are the messages that precede ``before``, which need not be on the visible branch; else
    the newest of the visible branch. Raises :class:`~app.errors.NotFoundError`
    (``message_not_found``).
    """
    branches = BranchRepository(session, conversation.id)
    leaf = conversation.active_leaf_id
    if before is not None:
        following = await branches.message(before)
        if following is None:
            raise no_message(before)
        leaf = following.parent_id
    found = await branches.shown(leaf, limit + 1) if leaf is not None else []
    page = _fitting(found[-limit:])
    siblings = await branches.siblings({message.parent_id for message in page}) if page else {}
    staged: Mapping[UUID, StageLineOut] = {}
    if conversation.is_stage:
        staged = await present_stage_lines(session, conversation, [each.id for each in page])
    latest = await latest_point(session, conversation)
    shown = [
        present_message(message, siblings[message.parent_id], staged.get(message.id), latest=latest)
        for message in page
    ]
    return shown, len(page) < len(found)


def _fitting(messages: Sequence[Message]) -> Sequence[Message]:
    """Return the newest of the messages whose texts fit one response."""
    left = _PAGE_CHARACTERS
    for number, message in enumerate(reversed(messages)):
        left -= len(message.content)
        if left < 0 and number > 0:
            return messages[-number:]
    return messages


def _writing(conversation: Conversation, messages: Sequence[MessageOut]) -> UUID | None:
    """Return the id of the reply that a turn is writing; a finished one has a finish reason."""
    newest = messages[-1] if messages else None
    if newest is None or not conversation.is_busy:
        return None
    grows = newest.state == "partial" and newest.finish_reason is None
    return newest.id if grows else None


async def present_summary(session: AsyncSession, conversation: Conversation) -> SummaryOut | None:
    """Return the summary of the oldest messages; None where the conversation has none."""
    if not conversation.summary:
        return None
    return SummaryOut(
        text=conversation.summary,
        upto=conversation.summary_upto,
        until_scene=conversation.summary_until_scene,
        covered=await _covered(session, conversation),
    )


async def _covered(session: AsyncSession, conversation: Conversation) -> int:
    """Return how many messages of the visible branch the summary covers, never the newest."""
    if not is_known(conversation.summary_until_scene, conversation.until_scene):
        return 0
    branches = BranchRepository(session, conversation.id)
    following = await branches.height(conversation.active_leaf_id, conversation.summary_upto)
    if not following:
        return 0
    return await branches.length(conversation.active_leaf_id) - following
