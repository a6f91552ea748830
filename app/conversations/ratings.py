"""Rate replies, and keep ratings, edits and choices of those who agreed to it.

A rating stays with its message for its reader to see. What may be learnt from is kept beside it,
with what the reply was made of (:mod:`app.signals`).
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased, defer

from app.conversations.branch_repository import BranchRepository
from app.conversations.kept_replies import (
    hold_characters,
    is_as_given,
    kept_reply,
    unobjectionable,
)
from app.conversations.lookup import get_conversation, get_message, turn_in_progress
from app.conversations.participants import ParticipantRepository
from app.conversations.repository import ConversationRepository
from app.db.models import Conversation, Message, SignalConsent
from app.errors import InvalidError
from app.settings import SignalRule
from app.signals.consent import allows, hold_consent, read_consent
from app.signals.keeping import SignalRepository
from app.signals.schemas import NewRating, RatedReply


async def rate_reply(
    session: AsyncSession,
    rule: SignalRule,
    conversation_id: UUID,
    owner: str,
    message_id: UUID,
    rating: NewRating,
) -> RatedReply:
    """Store what an owner thinks of a reply; keep it where that is allowed.

    Raises :class:`~app.errors.NotFoundError`, :class:`~app.errors.InvalidError` (``not_a_reply``)
    and, while the reply is being written, :class:`~app.errors.ConflictError`.
    """
    conversation, message = await _locked_reply(session, conversation_id, owner, message_id)
    if conversation.is_busy and conversation.turn_id == message.id:
        raise turn_in_progress(conversation)
    message.rating = rating.model_dump()
    kept = await _keep_rating(session, rule, conversation, message, rating)
    ask = rule == "ask" and await read_consent(session, owner) is None
    return RatedReply(**rating.model_dump(), kept=kept, ask=ask)


async def unrate_reply(
    session: AsyncSession, conversation_id: UUID, owner: str, message_id: UUID
) -> None:
    """Take a rating back. Raises as :func:`rate_reply` does."""
    _, message = await _locked_reply(session, conversation_id, owner, message_id)
    message.rating = None
    await SignalRepository(session).unrate(message_id)


async def _locked_reply(
    session: AsyncSession, conversation_id: UUID, owner: str, message_id: UUID
) -> tuple[Conversation, Message]:
    await hold_characters(session, conversation_id)
    conversation = await get_conversation(session, conversation_id, owner, locked=True)
    message = await get_message(session, conversation_id, message_id)
    if message.role != "assistant":
        raise InvalidError("not_a_reply", "Only what a character said can be rated.")
    return conversation, message


async def _keep_rating(
    session: AsyncSession,
    rule: SignalRule,
    conversation: Conversation,
    message: Message,
    rating: NewRating,
) -> bool:
    if not await hold_consent(session, rule, conversation.owner):
        return False
    signals = SignalRepository(session)
    before = await signals.rated(message.id)
    if before is not None and before.answer == message.content:
        before.kind, before.reason, before.note = rating.value, rating.reason, rating.note
        return True
    if before is not None:  # of words that were edited or continued since, and are not meant now
        await session.delete(before)
        await session.flush()
    reply = await kept_reply(session, conversation, message)
    if reply is None:
        return False
    await signals.rate(reply, rating.value, rating.reason, rating.note)
    return True


async def keep_edit(
    session: AsyncSession,
    rule: SignalRule,
    conversation: Conversation,
    message: Message,
    content: str,
) -> None:
    """Keep an edit of a reply that is about to be stored, over the words that the model gave.

    The transaction has begun with :func:`~app.conversations.kept_replies.hold_characters`.
    """
    if not await hold_consent(session, rule, conversation.owner):
        return
    signals = SignalRepository(session)
    before = await signals.of(message.id, ["edited"])
    if before is not None:
        if content == before.rejected:
            await session.delete(before)
        else:
            before.answer = content
    elif content != message.content:
        reply = await kept_reply(session, conversation, message)
        if reply is not None:
            await signals.edit(reply, content)


_said, _reply = aliased(Message), aliased(Message)
_FOLLOWED = (  # built once: every turn executes it
    select(Conversation.owner, _reply.id, _reply.parent_id, SignalConsent.given)
    .join(_said, _said.conversation_id == Conversation.id)
    .join(_reply, _reply.id == _said.parent_id)
    .join(SignalConsent, SignalConsent.owner == Conversation.owner, isouter=True)
    .where(_said.id == bindparam("message_id"), _said.role == "user", _reply.role == "assistant")
)


async def followed_choice(
    session: AsyncSession, rule: SignalRule, conversation_id: UUID, message_id: UUID
) -> tuple[str, UUID] | None:
    """Return whose choice a user's message is, and the reply that it follows.

    None where that reply has no alternatives, or nothing may be kept.
    """
    row = (await session.execute(_FOLLOWED, {"message_id": message_id})).first()
    if row is None or not allows(rule, row.given):
        return None
    siblings = await BranchRepository(session, conversation_id).siblings([row.parent_id])
    return (row.owner, row.id) if len(siblings[row.parent_id]) > 1 else None


async def keep_choice(
    session: AsyncSession, rule: SignalRule, conversation_id: UUID, owner: str, message_id: UUID
) -> None:
    """Keep that a reply was chosen over its alternatives, once, where that is allowed.

    Going on from another one later is a choice in place of this one.
    """
    await hold_characters(session, conversation_id)
    conversation = await ConversationRepository(session).get(conversation_id, owner, locked=True)
    if conversation is None or not await hold_consent(session, rule, owner):
        return
    chosen = await ConversationRepository(session).message(conversation_id, message_id)
    signals = SignalRepository(session)
    if chosen is None or await signals.of(chosen.id, ["chosen"]) is not None:
        return
    reply = await kept_reply(session, conversation, chosen)
    if reply is None:
        return
    alternatives = await _alternatives(session, conversation, chosen)
    others = dict.fromkeys(each.content for each in alternatives)
    others.pop(chosen.content, None)
    if others:
        siblings = await BranchRepository(session, conversation_id).siblings([chosen.parent_id])
        await signals.choose(reply, [*others], siblings[chosen.parent_id])


async def _alternatives(
    session: AsyncSession, conversation: Conversation, chosen: Message
) -> Sequence[Message]:
    """Return other whole replies of the same character to the same message, the newest first."""
    found = await session.scalars(
        select(Message)
        .where(
            Message.conversation_id == conversation.id,
            Message.parent_id == chosen.parent_id,
            Message.id != chosen.id,
        )
        .order_by(Message.id.desc())
        .options(defer(Message.source, raiseload=True))
        .limit(20)
    )
    whole = [each for each in found if is_as_given(each)]
    allowed = await unobjectionable(session, [each.id for each in whole])
    if conversation.is_stage:
        lines = await ParticipantRepository(session, conversation.id).lines([chosen.id, *allowed])
        speaker = {id: line.speaker_id for id, line in lines.items()}
        allowed = {id for id in allowed if speaker.get(id) == speaker.get(chosen.id)}
    return [each for each in whole if each.id in allowed]
