"""Renew a running turn's lease on its conversation, and save the text so far.

A process that is killed loses the text of the last few seconds only.
"""

import asyncio

from app.conversations.repository import TURN_LEASE
from app.turns.store import TurnStore
from app.turns.turn import Turn

_LEASE_SECONDS = TURN_LEASE.total_seconds() / 3
_FIRST_SAVE_SECONDS = 1.5
"""After the first text: many replies are over by then, and cost no write of their own."""
_SAVE_SECONDS = 3.5


async def keep_lease(store: TurnStore, turn: Turn) -> None:
    """Renew the turn's lease and save its text until the turn is over."""
    while not await _is_set_within(turn.started, _LEASE_SECONDS):
        await store.renew(turn)
    pause = _FIRST_SAVE_SECONDS
    while not await _is_set_within(turn.ended, pause):
        await store.renew(turn)
        pause = _SAVE_SECONDS


async def _is_set_within(event: asyncio.Event, seconds: float) -> bool:
    """Return whether the event is set within the time; returns as soon as it is."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return False
    return True
