"""Admit turns to the engine: a few run, some wait, and users take turns."""

import asyncio
import contextlib
import math
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from itertools import zip_longest

from app.cpu_gate import CpuGate
from app.errors import TooManyTurnsError
from app.observability import Metrics

_MOST_SECONDS = 60
"""The longest wait before another try that an error suggests."""
_NEWEST_SHARE = 0.2
"""Weight of the newest turn in the mean duration of a turn."""


class Slot:
    """Hold one turn's slot, from its request to its end."""

    def __init__(self, admission: "Admission", user: str) -> None:
        self.user = user
        self.position = 0
        """Position in the queue, 1 for the next turn to run; 0 once it may run."""
        self.on_position: Callable[[int], None] = lambda _: None
        self.admitted = asyncio.Event()
        self.since = time.monotonic()
        self._admission = admission

    @contextlib.asynccontextmanager
    async def running(
        self, on_position: Callable[[int], None] = lambda _: None
    ) -> AsyncIterator[None]:
        """Wait to be admitted, run, and free the slot for the next turn.

        ``on_position`` is called with the position at once and whenever it improves, while it is
        above 0.
        """
        try:
            self.on_position = on_position
            if self.position:
                on_position(self.position)
            await self.admitted.wait()
            with self._admission.turn():
                yield
        finally:
            self.leave()

    def leave(self) -> None:
        """Give the slot up, waiting or running; a second call does nothing."""
        self._admission.leave(self)


class Admission:
    """Admit turns in order of arrival for each user, and round robin between users.

    For one event loop. The engine's slots are shared by all that generate: the pages' turns and
    the calls of the OpenAI API.
    """

    def __init__(self, metrics: Metrics, cpu_gate: CpuGate, *, running: int, waiting: int) -> None:
        """Let at most ``running`` turns run, and ``waiting`` more wait."""
        self._metrics = metrics
        self._cpu_gate = cpu_gate
        self._most_running = running
        self._most_waiting = waiting
        self._running: set[Slot] = set()
        self._queues: dict[str, deque[Slot]] = {}
        """Waiting slots by user; the first user's first is the next."""
        self._background: dict[Slot, Callable[[], None]] = {}
        """Running background slots, and how they are asked to leave."""
        self._mean_seconds = 1.0

    @property
    def most_of_one_user(self) -> int:
        """Slots that one user may have at once while no other user wants any."""
        return self._most_running + self._share(others=0)

    @contextlib.contextmanager
    def enter(self, user: str) -> Iterator[Slot]:
        """Yield a slot, which is given up if the block fails.

        Raises :class:`~app.errors.TooManyTurnsError` where the queue has no slot left for this
        user.
        """
        waiting = sum(map(len, self._queues.values()))
        if len(self._running) - len(self._background) >= self._most_running and (
            waiting >= self._most_waiting or self._waits_enough(user)
        ):
            self._metrics.rejected_turns.inc()
            raise TooManyTurnsError(self._seconds(waiting + 1))
        slot = Slot(self, user)
        self._queues.setdefault(user, deque()).append(slot)
        self._admit()
        if slot.position or self._cpu_gate.shared_processor:
            for wait_for_turns in list(self._background.values()):
                wait_for_turns()
        try:
            yield slot
        except BaseException:
            slot.leave()
            raise

    def try_background_slot(self, user: str, wait_for_turns: Callable[[], None]) -> Slot | None:
        """Return a slot for work that can wait, or None where a turn wants it.

        ``wait_for_turns`` is called as soon as a turn wants the slot; also as soon as any turn
        begins, where the engine shares this machine's processor and the turn would be slower.
        """
        most = 1 if self._cpu_gate.shared_processor else self._most_running
        if self._queues or len(self._running) >= most:
            return None
        slot = Slot(self, user)
        slot.admitted.set()
        self._running.add(slot)
        self._background[slot] = wait_for_turns
        return slot

    @contextlib.contextmanager
    def turn(self) -> Iterator[None]:
        """Count a turn as running while it retrieves and generates."""
        with self._cpu_gate.turn(), self._metrics.running_turns.track_inprogress():
            yield

    def leave(self, slot: Slot) -> None:
        """Take a slot back, and admit the next turns."""
        if slot in self._running:
            self._running.remove(slot)
            if self._background.pop(slot, None) is None:
                took = time.monotonic() - slot.since
                self._mean_seconds += _NEWEST_SHARE * (took - self._mean_seconds)
        elif (queue := self._queues.get(slot.user)) and slot in queue:
            queue.remove(slot)
            if not queue:
                del self._queues[slot.user]
        else:
            return
        self._admit()

    def _waits_enough(self, user: str) -> bool:
        """Return whether one more slot would take the share of other users, who may yet come."""
        others = sum(other != user for other in self._queues)
        return len(self._queues.get(user, ())) >= self._share(others)

    def _share(self, others: int) -> int:
        """Return one user's share of the queue beside ``others`` and one more who may yet come."""
        return min(self._most_waiting, max(1, self._most_waiting // (others + 2)))

    def _admit(self) -> None:
        while self._queues and len(self._running) < self._most_running:
            user, queue = next(iter(self._queues.items()))
            slot = queue.popleft()
            del self._queues[user]
            if queue:
                self._queues[user] = queue  # behind all other users
            self._running.add(slot)
            slot.position, slot.since = 0, time.monotonic()
            slot.admitted.set()
        self._report_positions()

    def _report_positions(self) -> None:
        """Report new positions to waiting slots: every user's first, then every second, ..."""
        rounds = zip_longest(*self._queues.values())
        waiting = [slot for each in rounds for slot in each if slot is not None]
        for position, slot in enumerate(waiting, start=1):
            if slot.position != position:
                slot.position = position
                slot.on_position(position)
        self._metrics.waiting_turns.set(len(waiting))

    def _seconds(self, before: int) -> int:
        """Return in how many seconds, about, a slot gets free behind ``before`` waiting turns."""
        seconds = self._mean_seconds * before / self._most_running
        return min(_MOST_SECONDS, max(1, math.ceil(seconds)))
