"""Store the exact prompts of replies, and read them.

A record holds the texts themselves, not references to lines, lore and messages: scripts are
replaced, profiles and replies edited, and what a model once got must not change with them. It is
JSON, compressed: on the samples a full prompt of 3,400 tokens takes 9.3 KB in English and 6.6 KB in
Chinese, one for a small model of 400 to 700 tokens 2.5 to 3 KB. ``messages.examples`` of the same
full prompt, the lines as JSON, takes 26 and 15 KB: the database grows by about a third. Sharing
texts between the replies of a conversation would save most of that, and was not done: a text that
the user wrote has to go with the last message that contained it, so every deletion would have to
count references. A record is bounded by the characters of its texts
(:data:`app.turns.prompt_record.MOST_CHARACTERS`).
"""

import json
import zlib
from uuid import UUID

import structlog
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer, joinedload

from app.conversations.bounds import is_read_message, latest_point
from app.conversations.lookup import no_message
from app.conversations.prompt_schemas import PromptRecord, ReplyPrompt
from app.db.models import Conversation, Message, MessagePrompt
from app.errors import ConflictError, NotFoundError

log = structlog.get_logger(__name__)

_LEVEL = 9
_MOST_BYTES = 16_000_000
"""Most bytes that a record may have unpacked; a restored backup may hold anything."""


def pack(record: PromptRecord) -> bytes:
    """Return a record as it is stored."""
    values = record.model_dump(mode="json", exclude_defaults=True)
    text = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
    return zlib.compress(text.encode("utf-8", "surrogatepass"), _LEVEL)


def unpack(packed: bytes) -> PromptRecord:
    """Return a stored record. Raises :class:`ValueError` for anything else."""
    reader = zlib.decompressobj()
    try:
        content = reader.decompress(packed, _MOST_BYTES)
    except zlib.error as error:
        raise ValueError("not a compressed record") from error
    if not reader.eof:
        raise ValueError("the record is cut off, or too long")
    return PromptRecord.model_validate(json.loads(content.decode("utf-8", "replace")))


class PromptRecordRepository:
    """Store and read records of prompts within one session."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def put(self, message_id: UUID, packed: bytes | None) -> None:
        """Store the record of a reply's last prompt; None removes that of an earlier one."""
        if packed is None:
            await self._session.execute(
                delete(MessagePrompt).where(MessagePrompt.message_id == message_id)
            )
        else:
            await self._session.merge(MessagePrompt(message_id=message_id, record=packed))

    async def get(self, message_id: UUID) -> bytes | None:
        """Return the packed record of a reply, None where it has none."""
        packed: bytes | None = await self._session.scalar(
            select(MessagePrompt.record).where(MessagePrompt.message_id == message_id)
        )
        return packed


async def read_prompt(session: AsyncSession, message_id: UUID, *, reader: str) -> ReplyPrompt:
    """Return the exact prompt of a reply in any owner's conversation, for operators.

    ``reader`` is the owner of the operator's own conversations: nothing of these is shown that lies
    behind their bookmark. Raises :class:`~app.errors.NotFoundError`: ``message_not_found``, also
    where the conversation is deleted, and ``prompt_not_recorded``; and
    :class:`~app.errors.ConflictError` (``not_read_yet``).
    """
    message = await session.scalar(
        select(Message)
        .where(Message.id == message_id)
        .options(defer(Message.source, raiseload=True))
    )
    if message is None:
        raise no_message(message_id)
    conversation = await session.scalar(
        select(Conversation)
        .where(Conversation.id == message.conversation_id, Conversation.deleted_at.is_(None))
        .options(joinedload(Conversation.character), defer(Conversation.log_header, raiseload=True))
    )
    if conversation is None:
        raise no_message(message_id)
    if conversation.owner == reader and not is_read_message(
        message, await latest_point(session, conversation)
    ):
        raise ConflictError(
            "not_read_yet",
            "This reply was made of scenes that you have not read. Move your bookmark on first.",
        )
    packed = await PromptRecordRepository(session).get(message_id)
    prompt = None if packed is None else present_prompt(message, conversation, packed)
    if prompt is None:
        raise NotFoundError(
            "prompt_not_recorded",
            "The prompt of this message was not recorded. Replies have one, unless an older version"
            " wrote them or the setting OFFBOOK_PROMPT__RECORD is off.",
        )
    return prompt


def present_prompt(
    message: Message, conversation: Conversation, packed: bytes
) -> ReplyPrompt | None:
    """Return the record with what is stored of its reply; None where it is damaged."""
    try:
        record = unpack(packed)
    except (ValueError, RecursionError) as error:
        log.warning("prompt_record_damaged", message=str(message.id), error=type(error).__name__)
        return None
    return ReplyPrompt(
        **dict(record),
        message_id=message.id,
        conversation_id=conversation.id,
        character=conversation.character.slug,
        name=conversation.character.name,
        reply=message.content,
        created_at=message.created_at,
        edited_at=message.edited_at,
        usage=message.usage,
        sampling=message.sampling,
    )
