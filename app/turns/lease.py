"""Renew a running turn's lease on its conversation, and save the text so far.

A process that is killed loses the text of the last few seconds only. While another process follows
the turn, it reads the text there, so that it is saved more often.
"""

import asyncio
import contextlib
import math
import time

from app.conversations.repository import TURN_RENEWAL
from app.turns.store import TurnStore
from app.turns.turn import Turn

_LEASE_SECONDS = TURN_RENEWAL.total_seconds()
_FIRST_SAVE_SECONDS = 1.5
"""After the first text: many replies are over by then, and cost no write of their own."""
_SAVE_SECONDS = 3.5
_FOLLOWED_SECONDS = 0.4
"""Between two writes of a turn that another process follows. Each is three or four statements, so
that a followed turn costs eight to ten a second."""


async def keep_lease(store: TurnStore, turn: Turn) -> None:
    """Renew the turn's lease and save its text until the turn is over."""
    clock = time.monotonic
    written, due, any_text, state = -math.inf, clock() + _LEASE_SECONDS, False, (-1, 0)
    while True:
        if turn.text and not any_text:
            any_text, due = True, clock() + _FIRST_SAVE_SECONDS
        wait = due - clock()
        if await _is_over_within(turn, min(wait, _FOLLOWED_SECONDS) if turn.followed else wait):
            return
        now, changed = clock(), (turn.progress.number, turn.progress.position) != state
        shown = turn.followed and changed and now >= written + _FOLLOWED_SECONDS
        if now >= due or shown:
            state = turn.progress.number, turn.progress.position
            await store.renew(turn)
            written = clock()
            due = written + (_SAVE_SECONDS if any_text else _LEASE_SECONDS)


async def _is_over_within(turn: Turn, seconds: float) -> bool:
    """Wait for news of the turn, at most this many seconds; return whether it is over."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await turn.news.wait()
    turn.news.clear()
    return turn.over
