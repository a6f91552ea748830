"""Let a scene go on by itself for some turns; stopping one of them ends all."""

import asyncio
from collections.abc import AsyncGenerator
from uuid import UUID

from fastapi import Request
from fastapi.sse import EventSourceResponse

from app.errors import AppError
from app.quotas.payer import Payer
from app.turns.events import DoneEvent, failure_of
from app.turns.listening import call_when_gone
from app.turns.runner import RunningTurn
from app.turns.sse import STREAM_HEADERS, encode_event, turn_events
from app.turns.stage_turns import StageTurns


class StageRun:
    """Begin turn after turn of a stage, each once the one before is stored."""

    def __init__(
        self, stages: StageTurns, conversation_id: UUID, owner: str, payer: Payer | None
    ) -> None:
        self._stages = stages
        self._conversation_id = conversation_id
        self._owner = owner
        self._payer = payer

    async def first(self, turns: int, speaker: str | None) -> RunningTurn:
        """Begin the first of ``turns``."""
        turn = await self._stages.advance(
            self._conversation_id,
            self._owner,
            speaker=speaker,
            ahead=turns - 1,
            payer=self._payer,
        )
        assert turn is not None  # noqa: S101 (only a later one may have been stopped)
        return turn

    async def following(self, turn: RunningTurn) -> RunningTurn | None:
        """Begin the turn after one that is over.

        None where it was the last, was stopped or failed, or the run was stopped meanwhile.
        """
        end = turn.turn.progress.end
        if not isinstance(end, DoneEvent) or end.reply.finish_reason == "cancelled":
            return None
        return await self._stages.advance(self._conversation_id, self._owner, payer=self._payer)


def stream_run(request: Request, run: StageRun, first: RunningTurn) -> EventSourceResponse:
    """Stream the turns of a run one after the other.

    Each ends with ``done``, or the last with ``error``. None is begun once the listener has left.
    """
    return EventSourceResponse(_encoded(request, run, first), headers=STREAM_HEADERS)


async def _encoded(
    request: Request, run: StageRun, first: RunningTurn
) -> AsyncGenerator[bytes, None]:
    left = False
    turn: RunningTurn | None = first
    while turn is not None and not left:
        listener = turn.listen()

        def leave() -> None:
            nonlocal left
            left = True
            listener.cancel()  # noqa: B023 (the loop waits for its end)

        watcher = asyncio.create_task(call_when_gone(request, leave))
        try:
            async for event in turn_events(listener):
                yield event
        finally:
            watcher.cancel()
        if not left:
            try:
                turn = await run.following(turn)
            except AppError as error:
                yield encode_event(failure_of(error))
                return
