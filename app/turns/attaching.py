"""Let listeners come back to a turn, and stop it, whichever process runs it."""

import asyncio
from uuid import UUID

from app.conversations.lookup import get_conversation
from app.db.session import Database
from app.errors import NotFoundError
from app.turns.event_id import EventId
from app.turns.followed_repository import FollowedRepository
from app.turns.mirror import TurnMirror
from app.turns.progress import Listener, ReplyProgress
from app.turns.runner import TurnRunner
from app.turns.stored_turn import read_turn


class TurnAttaching:
    """Find the turn of a conversation: in this process, in another one, or its end."""

    def __init__(self, database: Database, runner: TurnRunner) -> None:
        self._database = database
        self._runner = runner
        self._mirrors: dict[UUID, TurnMirror] = {}
        """By the turn's id."""
        self._tasks: set[asyncio.Task[None]] = set()

    async def listen(
        self, conversation_id: UUID, owner: str, last: EventId | None
    ) -> Listener | None:
        """Return a listener of the turn that runs, or of the one that ``last`` names.

        It gets the events after ``last``, or all that counts of them. None where no turn runs, or
        ``last`` was the turn's end. Raises :class:`~app.errors.NotFoundError` where the owner has
        no such conversation or nothing is left of the turn, and what
        :meth:`~app.turns.progress.ReplyProgress.listen` raises.
        """
        async with self._database.read() as session:
            conversation = await get_conversation(session, conversation_id, owner)
            running = conversation.turn_id if conversation.is_busy else None
        wanted = last.turn_id if last is not None else running
        if wanted is None:
            return None
        progress = await self._progress(conversation_id, wanted, runs=wanted == running)
        after = last.number if last is not None else None
        if progress is None:
            if last is None:
                return None
            raise NotFoundError(
                "turn_not_found", "This turn is over and left nothing. Read the conversation again."
            )
        if after is not None and progress.end is not None and after >= progress.number:
            return None
        return progress.listen(after)

    async def stop(self, conversation_id: UUID, owner: str) -> None:
        """Stop the conversation's turn, if one runs, and those to follow; what arrived is stored.

        Raises :class:`~app.errors.NotFoundError` where the owner has no such conversation.
        """
        async with self._database.read() as session:
            conversation = await get_conversation(session, conversation_id, owner)
        if conversation.turns_ahead:  # before the turn ends, so that none follows it
            async with self._database.write() as session:
                conversation = await get_conversation(session, conversation_id, owner, locked=True)
                conversation.turns_ahead = 0
        if conversation.turn_id is None or not conversation.is_busy:
            return
        running = self._runner.running(conversation.turn_id)
        if running is not None:
            running.cancel()
            return
        async with self._database.write() as session:
            conversation = await get_conversation(session, conversation_id, owner, locked=True)
            if conversation.turn_id is not None:
                stopping = FollowedRepository(session)
                await stopping.ask_to_stop(conversation_id, conversation.turn_id)

    async def aclose(self) -> None:
        """End all following of other processes' turns."""
        for mirror in self._mirrors.values():
            mirror.stop()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _progress(
        self, conversation_id: UUID, turn_id: UUID, *, runs: bool
    ) -> ReplyProgress | None:
        """Return the turn's progress; None where nothing is known of it."""
        running = self._runner.running(turn_id)
        if running is not None and running.turn.conversation_id == conversation_id:
            return running.turn.progress
        if runs:
            return await self._mirror(conversation_id, turn_id).known()
        async with self._database.read() as session:
            return (await read_turn(session, conversation_id, turn_id)).progress

    def _mirror(self, conversation_id: UUID, turn_id: UUID) -> TurnMirror:
        """Return what follows the turn here, begun if need be."""
        mirror = self._mirrors.get(turn_id)
        if mirror is not None and not mirror.over:
            return mirror
        mirror = self._mirrors[turn_id] = TurnMirror(self._database, conversation_id, turn_id)
        task = asyncio.create_task(mirror.run(), name=f"following-{turn_id}")
        self._tasks.add(task)

        def ended(task: asyncio.Task[None]) -> None:
            self._tasks.discard(task)
            if self._mirrors.get(turn_id) is mirror:
                del self._mirrors[turn_id]

        task.add_done_callback(ended)
        return mirror
