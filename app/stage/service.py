"""Let participants come and go, learn what was said, and keep secrets."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import case, insert, literal, null, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.conversations.lookup import check_idle, get_conversation, get_message, get_talkable
from app.conversations.participants import CastMember
from app.conversations.presentation import present
from app.conversations.schemas import ConversationOut
from app.conversations.stage_opening import new_participant
from app.conversations.stage_schemas import MOST_PARTICIPANTS
from app.conversations.stage_view import StageBranch, load_stage
from app.conversations.stage_writer import StageWriter
from app.db.models import Conversation, Message, StageLine
from app.errors import ConflictError, InvalidError, NotFoundError
from app.stage.schemas import Entrance, Telling
from characters.language import Language, prompt_language
from characters.stage import texts
from characters.stage.ledger import EventKind


def get_member(stage: StageBranch, name: str | UUID) -> CastMember:
    """Return the participant with this id or slug.

    Raises :class:`~app.errors.NotFoundError` (``participant_not_found``).
    """
    member = stage.member(name)
    if member is None:
        raise NotFoundError("participant_not_found", f"No participant is called {name}.")
    return member


async def enter(
    session: AsyncSession, conversation_id: UUID, owner: str, wanted: Entrance
) -> ConversationOut:
    """Let a character enter; a conversation of one becomes a stage.

    Raises what looking up the character raises; :class:`~app.errors.ConflictError` where it is on
    stage already, and :class:`~app.errors.InvalidError` (``stage_full``).
    """
    conversation, stage = await _stage(session, conversation_id, owner)
    character = await get_talkable(session, wanted.character, owner)
    if not conversation.is_stage:
        await _become_stage(session, conversation)
        stage = await load_stage(session, conversation, conversation.active_leaf_id)
    member = stage.member(character.slug)
    if member is None:
        # Who only says the lines of a scene takes no room.
        if sum(each.character is not None for each in stage.cast) >= MOST_PARTICIPANTS:
            raise InvalidError(
                "stage_full", f"A stage has room for {MOST_PARTICIPANTS} characters."
            )
        cast = [each.participant for each in stage.cast]
        participant = new_participant(conversation, character, cast, opens=False)
        session.add(participant)
        await session.flush()
        member = CastMember(participant, character)
    elif member in stage.on_stage:
        raise ConflictError("on_stage", f"{character.name} is on stage already.")
    if wanted.note is not None:
        member.participant.note = wanted.note
    said = wanted.direction or texts.enters(member.participant.name, _language(conversation))
    await _add(session, conversation, said, "enters", speaker=member.participant.id)
    return await present(session, conversation)


async def leave(
    session: AsyncSession, conversation_id: UUID, owner: str, name: str, direction: str | None
) -> ConversationOut:
    """Let a participant leave; it witnesses nothing until it enters again."""
    conversation, stage = await _stage(session, conversation_id, owner)
    member = get_member(stage, name)
    if member not in stage.on_stage:
        raise ConflictError("not_on_stage", f"{member.participant.name} is not on stage.")
    said = direction or texts.leaves(member.participant.name, _language(conversation))
    await _add(session, conversation, said, "leaves", speaker=member.participant.id)
    return await present(session, conversation)


async def tell(
    session: AsyncSession, conversation_id: UUID, owner: str, message_id: UUID, wanted: Telling
) -> ConversationOut:
    """Let participants learn a line of the visible branch, wherever they are.

    Raises :class:`~app.errors.InvalidError` (``not_a_line``) for a direction or a line of another
    branch.
    """
    conversation, stage = await _stage(session, conversation_id, owner)
    message = await get_message(session, conversation_id, message_id)
    event = stage.ledger.event(message_id)
    if event is None or event.kind != "line":
        raise InvalidError("not_a_line", "Only a line of the visible branch can be told.")
    members = [get_member(stage, name) for name in wanted.to]
    said = texts.passed_on(
        [each.participant.name for each in members],
        stage.name_of(event.speaker),
        _language(conversation),
    )
    circle = [each.participant.id for each in members]
    await _add(session, conversation, said, "told", circle=circle, about=message)
    return await present(session, conversation)


async def change_note(
    session: AsyncSession, conversation_id: UUID, owner: str, name: str, note: str
) -> ConversationOut:
    """Set what a participant hides, wants or plans."""
    conversation, stage = await _stage(session, conversation_id, owner)
    get_member(stage, name).participant.note = note
    await session.flush()
    return await present(session, conversation)


async def _stage(
    session: AsyncSession, conversation_id: UUID, owner: str
) -> tuple[Conversation, StageBranch]:
    conversation = await get_conversation(session, conversation_id, owner, locked=True)
    check_idle(conversation)
    return conversation, await load_stage(session, conversation, conversation.active_leaf_id)


async def _become_stage(session: AsyncSession, conversation: Conversation) -> None:
    """Make the character of a conversation its first participant, who said all replies so far.

    Every message gets its row in the ledger: without one, it would have no hearers.
    """
    lead = new_participant(conversation, conversation.character, (), opens=True)
    conversation.is_stage = True
    # A summary was written for a conversation of two.
    conversation.summary = ""
    conversation.summary_upto = conversation.summary_until_scene = None
    conversation.remembers_others = False
    session.add(lead)
    await session.flush()
    said_by = case((Message.role == "assistant", literal(lead.id, StageLine.speaker_id.type)))
    lines = select(Message.id, literal("line"), said_by, null(), null()).where(
        Message.conversation_id == conversation.id
    )
    columns = ["message_id", "kind", "speaker_id", "circle", "about"]
    await session.execute(insert(StageLine).from_select(columns, lines, include_defaults=False))


async def _add(
    session: AsyncSession,
    conversation: Conversation,
    text: str,
    kind: EventKind,
    *,
    speaker: UUID | None = None,
    circle: Sequence[UUID] | None = None,
    about: Message | None = None,
) -> None:
    """Add a direction at the end of the visible branch."""
    writer = StageWriter(session, conversation, conversation.active_leaf_id)
    await writer.write("direction", text, kind, speaker=speaker, circle=circle, about=about)
    await writer.end()


def _language(conversation: Conversation) -> Language:
    return prompt_language(conversation.character.language)
