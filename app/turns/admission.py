"""Who may have the engine now: so many turns run, so many wait, and everybody gets their turn."""

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
"""The longest that anybody is told to wait before trying again."""
_NEWEST_SHARE = 0.2
"""Weight of the newest turn in the mean duration of a turn."""


class Slot:
    """A place for one turn, from its request to its end."""

    def __init__(self, admission: "Admission", user: str) -> None:
        self.user = user
        self.place = 0
        """How many turns are admitted before this one, itself included; 0 once it may run."""
        self.on_place: Callable[[int], None] = lambda _: None
        self.admitted = asyncio.Event()
        self.since = time.monotonic()
        self._admission = admission

    @contextlib.asynccontextmanager
    async def running(
        self, on_place: Callable[[int], None] = lambda _: None
    ) -> AsyncIterator[None]:
        """Wait to be admitted, run, and make room for the next.

        ``on_place`` hears the place at once and whenever it gets better, while it is above 0.
        """
        try:
            self.on_place = on_place
            if self.place:
                on_place(self.place)
            await self.admitted.wait()
            with self._admission.turn():
                yield
        finally:
            self.leave()

    def leave(self) -> None:
        """Give the place up, waiting or running; a second time does nothing."""
        self._admission.leave(self)


class Admission:
    """Turns in order of arrival for each user, and round robin between users.

    For one event loop. An engine has so many places whoever asks: all that generate go through
    here, the pages' turns and the calls of the OpenAI API.
    """

    def __init__(self, metrics: Metrics, cpu_gate: CpuGate, *, running: int, waiting: int) -> None:
        """At most so many turns run, and so many more wait."""
        self._metrics = metrics
        self._cpu_gate = cpu_gate
        self._most_running = running
        self._most_waiting = waiting
        self._running: set[Slot] = set()
        self._queues: dict[str, deque[Slot]] = {}
        """Who waits, by user; the first user's first is the next."""
        self._spare: dict[Slot, Callable[[], None]] = {}
        """Running in places that no turn wanted, and how they are asked to leave."""
        self._mean_seconds = 1.0

    @property
    def most_of_one_user(self) -> int:
        """Places that one user may have at once while nobody else wants any."""
        return self._most_running + self._share(others=0)

    @contextlib.contextmanager
    def enter(self, user: str) -> Iterator[Slot]:
        """A ticket, given up again if the block fails.

        Raises :class:`~app.errors.TooManyTurnsError` where even waiting has no place left for
        this user.
        """
        waiting = sum(map(len, self._queues.values()))
        if len(self._running) - len(self._spare) >= self._most_running and (
            waiting >= self._most_waiting or self._waits_enough(user)
        ):
            self._metrics.rejected_turns.inc()
            raise TooManyTurnsError(self._seconds(waiting + 1))
        slot = Slot(self, user)
        self._queues.setdefault(user, deque()).append(slot)
        self._admit()
        if slot.place or self._cpu_gate.shared_processor:
            for wait_for_turns in list(self._spare.values()):
                wait_for_turns()
        try:
            yield slot
        except BaseException:
            slot.leave()
            raise

    def try_background_slot(self, user: str, wait_for_turns: Callable[[], None]) -> Slot | None:
        """A place for something that can wait, where no turn wants it.

        ``wait_for_turns`` is called as soon as one does; also as soon as one begins at all, where the
        engine's processor is this machine's and the turn would be slower.
        """
        most = 1 if self._cpu_gate.shared_processor else self._most_running
        if self._queues or len(self._running) >= most:
            return None
        slot = Slot(self, user)
        slot.admitted.set()
        self._running.add(slot)
        self._spare[slot] = wait_for_turns
        return slot

    @contextlib.contextmanager
    def turn(self) -> Iterator[None]:
        """While a turn retrieves and generates."""
        with self._cpu_gate.turn(), self._metrics.running_turns.track_inprogress():
            yield

    def leave(self, slot: Slot) -> None:
        """Take a ticket back."""
        if slot in self._running:
            self._running.remove(slot)
            if self._spare.pop(slot, None) is None:
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
        """Whether one more would take what is left for others: they may all come yet."""
        others = sum(other != user for other in self._queues)
        return len(self._queues.get(user, ())) >= self._share(others)

    def _share(self, others: int) -> int:
        """Places to wait in for one user beside ``others``, and beside one who may yet come."""
        return min(self._most_waiting, max(1, self._most_waiting // (others + 2)))

    def _admit(self) -> None:
        while self._queues and len(self._running) < self._most_running:
            user, queue = next(iter(self._queues.items()))
            slot = queue.popleft()
            del self._queues[user]
            if queue:
                self._queues[user] = queue  # behind everybody else
            self._running.add(slot)
            slot.place, slot.since = 0, time.monotonic()
            slot.admitted.set()
        self._tell()

    def _tell(self) -> None:
        """Say the new places of those who wait: everybody's first, then everybody's second, ..."""
        rounds = zip_longest(*self._queues.values())
        waiting = [slot for each in rounds for slot in each if slot is not None]
        for place, slot in enumerate(waiting, start=1):
            if slot.place != place:
                slot.place = place
                slot.on_place(place)
        self._metrics.waiting_turns.set(len(waiting))

    def _seconds(self, before: int) -> int:
        """In how many seconds a place gets free behind so many who wait."""
        seconds = self._mean_seconds * before / self._most_running
        return min(_MOST_SECONDS, max(1, math.ceil(seconds)))
