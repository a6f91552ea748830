"""A reply in the database: now and then while it streams, and at its end.

A process that is killed loses what was said in the last few seconds. The reply that a turn adds
has the turn's id, so that every save of it finds the same row.
"""

import asyncio
from dataclasses import asdict

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncSession

from app.conversations.branch_repository import BranchRepository
from app.conversations.history import later
from app.conversations.repository import TURN_LEASE, ConversationRepository
from app.conversations.schemas import MessageOut
from app.conversations.service import present_message
from app.db.models import Message
from app.db.session import Database
from app.errors import NotFoundError
from app.turns.prompt_sources import used_in
from app.turns.turn import Turn

log = structlog.get_logger(__name__)

_STORE_PAUSES = (0.5, 2.0)
"""Seconds before a reply that could not be stored is stored again."""
_LEASE_SECONDS = TURN_LEASE.total_seconds() / 3
_FIRST_SAVE_SECONDS = 1.5
"""After the first word: many replies are over by then, and cost no write of their own."""
_SAVE_SECONDS = 3.5


class ReplyStore:
    """Keeps turns' conversations reserved and their replies stored."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(self, turn: Turn) -> None:
        """Renew the turn's lease and save what was said so far, until the turn is over."""
        while not await _comes(turn.speaking, _LEASE_SECONDS):
            await self._renew(turn)
        pause = _FIRST_SAVE_SECONDS
        while not await _comes(turn.over, pause):
            await self._renew(turn)
            pause = _SAVE_SECONDS

    async def store(self, turn: Turn) -> MessageOut | None:
        """Store the reply and end the turn; nothing where the engine said nothing.

        Tries again while the database is locked: what was said last exists nowhere else.
        """
        for pause in _STORE_PAUSES:
            try:
                return await self._store(turn)
            except DBAPIError as error:
                log.warning("storing_reply_again", reason=str(error.orig))
                await asyncio.sleep(pause)
        return await self._store(turn)

    async def release(self, turn: Turn) -> None:
        """End a turn that said nothing."""
        async with self._database.write() as session:
            await ConversationRepository(session).end_turn(turn.conversation_id, turn.id)

    async def _renew(self, turn: Turn) -> None:
        try:
            async with self._database.write() as session:
                repository = ConversationRepository(session)
                if await repository.renew_turn(turn.conversation_id, turn.id) and turn.text:
                    await _save(session, turn, over=False)
        except (DBAPIError, PoolTimeoutError) as error:
            log.info("reply_saved_later", reason=str(getattr(error, "orig", error)))

    async def _store(self, turn: Turn) -> MessageOut | None:
        async with self._database.write() as session:
            await ConversationRepository(session).end_turn(turn.conversation_id, turn.id)
            if not turn.text:
                return None
            message = await _save(session, turn, over=True)
            branches = BranchRepository(session, turn.conversation_id)
            siblings = await branches.siblings([message.parent_id])
            return present_message(message, siblings[message.parent_id])


async def _save(session: AsyncSession, turn: Turn, *, over: bool) -> Message:
    """Store what was said so far, and show it."""
    repository = ConversationRepository(session)
    id = turn.continues or turn.id
    if not await repository.show(turn.conversation_id, id):
        raise _gone(turn)
    message = await session.get(Message, id)
    if message is None:
        message = Message(
            id=id,
            conversation_id=turn.conversation_id,
            parent_id=turn.parent_id,
            role="assistant",
            until_scene=turn.dialogue.until_scene,
        )
        repository.add(message)
    _fill(message, turn, over=over)
    await session.flush()
    return message


def _fill(message: Message, turn: Turn, *, over: bool) -> None:
    """What the turn came to, as a stored reply."""
    prepared = turn.prepared
    assert prepared is not None  # noqa: S101 (there is text, so there was a prompt)
    message.content = turn.dialogue.continued + turn.text
    message.until_scene = later(message.until_scene, turn.dialogue.until_scene)
    ended = over and turn.finish_reason in {"stop", "length"}
    message.state = "complete" if ended else "partial"
    message.finish_reason = turn.finish_reason if over else None
    message.error = turn.error
    message.examples = [example.model_dump() for example in used_in(prepared)]
    message.retrieval = prepared.mode
    message.model = prepared.model
    message.usage = asdict(turn.usage) if turn.usage else None
    chosen = asdict(prepared.sampling).items()
    message.sampling = {name: value for name, value in chosen if value not in (None, {})}
    message.timings = {
        "embed": round(prepared.embed_ms, 3),
        "search": round(prepared.search_ms, 3),
        "prepare": turn.prepare_ms,
        "first_token": turn.first_token_ms,
        "total": turn.total_ms() if over else None,
    }


async def _comes(event: asyncio.Event, seconds: float) -> bool:
    """Whether it comes within so many seconds; returns as soon as it does."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return False
    return True


def _gone(turn: Turn) -> NotFoundError:
    return NotFoundError(
        "conversation_not_found", f"The conversation {turn.conversation_id} was deleted meanwhile."
    )
