"""Find what a reply was made of, where it may be kept with what its reader says about it."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import bindparam, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.conversations.branch_repository import PROMPT_MESSAGES, upwards
from app.conversations.participants import speaking_character
from app.conversations.prompt_records import PromptRecordRepository, unpack
from app.conversations.prompt_schemas import PromptRecord
from app.db.models import Character, Conversation, Message, ModerationFinding, Participant
from app.signals.keeping import KeptReply
from app.signals.prompts import MOST_PROMPT_CHARACTERS, KeptPrompt

_UP = upwards()
_FOUND_ON_BRANCH = select(exists().where(ModerationFinding.message_id.in_(select(_UP.c.id))))
_CHARACTERS = (
    select(Character.id)
    .where(
        Character.id.in_(
            select(Conversation.character_id)
            .where(Conversation.id == bindparam("conversation"))
            .union(
                select(Participant.character_id).where(
                    Participant.conversation_id == bindparam("conversation")
                )
            )
        )
    )
    .order_by(Character.id)
    .with_for_update(read=True, key_share=True)
)


async def hold_characters(session: AsyncSession, conversation_id: UUID) -> None:
    """Keep a conversation's characters from being deleted until the transaction ends.

    A transaction that stores something about them begins with it, before it locks the conversation:
    all writers lock characters first.
    """
    await session.execute(_CHARACTERS, {"conversation": conversation_id})


async def kept_reply(
    session: AsyncSession, conversation: Conversation, message: Message
) -> KeptReply | None:
    """Return a reply as its model gave it; None where it may not be kept, or is not whole.

    So it is with what moderation found something in, the messages before it included; with
    continued replies, which had several prompts; and with what is no model's: greetings, lines of
    a script, edited and imported replies.
    """
    if not is_as_given(message) or await _found_on_branch(session, message):
        return None
    prompt = await _prompt_of(session, message.id)
    speaker = conversation.character_id
    if conversation.is_stage:
        said_by = await speaking_character(session, message.id)
        if said_by is None:
            return None
        speaker = said_by
    if prompt is None:
        return None
    return KeptReply(
        owner=conversation.owner,
        character_id=speaker,
        conversation_id=conversation.id,
        message_id=message.id,
        answer=message.content,
        model=message.model or "",
        prompt=prompt,
    )


def is_as_given(message: Message) -> bool:
    """Return whether a message is a model's whole reply, shown and not edited."""
    return (
        message.role == "assistant"
        and message.model is not None
        and message.state == "complete"
        and message.edited_at is None
        and message.moderation is None
        and not message.hidden
    )


async def unobjectionable(session: AsyncSession, messages: Collection[UUID]) -> set[UUID]:
    """Return those of the messages in which moderation found nothing."""
    found = await session.scalars(
        select(ModerationFinding.message_id).where(ModerationFinding.message_id.in_(messages))
    )
    return set(messages) - set(found)


async def _found_on_branch(session: AsyncSession, message: Message) -> bool:
    values = {
        "leaf": message.id,
        "conversation": message.conversation_id,
        "most": PROMPT_MESSAGES,
    }
    return bool(await session.scalar(_FOUND_ON_BRANCH, values))


async def _prompt_of(session: AsyncSession, message_id: UUID) -> KeptPrompt | None:
    packed = await PromptRecordRepository(session).get(message_id)
    if packed is None:
        return None
    try:
        record = unpack(packed)
    except (ValueError, RecursionError):
        return None
    return None if record.continues else prompt_of(record)


def prompt_of(record: PromptRecord) -> KeptPrompt | None:
    """Return a recorded prompt as it is kept; None where it is too long."""
    if sum(len(part.text) + part.omitted for part in record.parts) > MOST_PROMPT_CHARACTERS:
        return None
    parts = []
    for part in record.parts:
        kept: dict[str, object] = {"kind": part.kind, "text": part.text}
        if record.style == "chat":
            kept |= {"message": part.message, "role": part.role}
        parts.append(kept)
    return {"style": record.style, "parts": parts}
