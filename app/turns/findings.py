"""Store what moderation found in a turn, within the transaction that stores the reply."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Conversation, Message, StageLine
from app.moderation.port import Side
from app.moderation.repository import FindingRepository, ReportRepository
from app.turns.turn import Turn


async def store_findings(session: AsyncSession, turn: Turn, reply: Message | None) -> None:
    """Store what was found, keep what was withheld, and report both to the admins.

    ``reply`` is None where the turn has no text. A turn without findings costs no query.
    """
    record = turn.moderation
    if not record.verdicts:
        return
    sides: dict[Side, UUID | None] = {
        "message": turn.parent_id,
        "reply": None if reply is None else reply.id,
    }
    conversation = await session.get(Conversation, turn.conversation_id)
    if conversation is None:
        return
    part = turn.part
    character = conversation.character_id if part is None else part.character.id
    findings, reports = FindingRepository(session), ReportRepository(session)
    for side, id in sides.items():
        verdicts = [each for each in record.verdicts if each.side == side]
        if id is None or not verdicts or await session.get(Message, id) is None:
            continue
        await findings.add(id, verdicts)
        await reports.open(message_id=id, character_id=character, by_moderation=True)
    if reply is not None and record.kept:
        await findings.withhold(reply.id, record.kept)
    if record.message_hidden:
        await _hide(session, turn.parent_id)


async def _hide(session: AsyncSession, id: UUID | None) -> None:
    """Keep a message out of prompts, with the unanswered ones before it: they were one line.

    Of a stage's directions, not those by which participants come, go, or learn something.
    """
    while id is not None:
        message = await session.get(Message, id)
        if message is None or message.role == "assistant":
            return
        line = await session.get(StageLine, id) if message.role == "direction" else None
        if line is None or line.kind == "direction":
            message.hidden, message.moderation = True, "hidden"
        id = message.parent_id
