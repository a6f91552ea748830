"""Limit the wrong keys that an address may try.

They are counted in the memory of each process. Guarantees:

- Ten wrong keys within a minute close an address for a minute, then for two, four, at most an hour.
  While it is closed a right key is refused as well, or guessing would go on unhindered.
- Requests from other addresses never close an address. Many wrong keys from many addresses only
  lower the limit to three for addresses that never sent a right key.
- A right key neither resets the count of its address nor helps other addresses.
"""

import asyncio
import math
import time
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from app.access.errors import TooManyAttemptsError
from app.access.security_log import SecurityLog

_WINDOW = 60.0
_ALLOWED = 10
_ALLOWED_UNDER_ATTACK = 3
_ATTACK = 100
"""Wrong keys of all addresses within the window that count as an attack."""
_LONGEST = 3_600.0
_FORGIVEN_AFTER = 3_600.0
"""Seconds without a wrong key after which the next closure is a short one again."""
_TRUSTED_FOR = 24 * 3_600.0
_MOST_SITES = 10_000
_AT_ONCE = 5
"""Keys of one address looked up in parallel, and so the most that can exceed its limit."""


@dataclass(slots=True)
class _Site:
    failures: deque[float] = field(default_factory=lambda: deque(maxlen=_ALLOWED))
    closed_until: float = -math.inf
    closures: int = 0
    failed_at: float = -math.inf
    right_at: float = -math.inf
    gate: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))


class AttemptLimiter:
    """Count wrong keys by site (:attr:`app.access.addresses.Client.site`)."""

    def __init__(
        self,
        log: SecurityLog,
        clock: Callable[[], float] = time.monotonic,
        on_closed: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Call ``on_closed`` with each site that is closed."""
        self._log = log
        self._clock = clock
        self._on_closed = on_closed
        self._sites: OrderedDict[str, _Site] = OrderedDict()
        self._overall: deque[float] = deque(maxlen=_ATTACK)

    @asynccontextmanager
    async def turn(self, site: str) -> AsyncIterator[None]:
        """Wait until a key of this address may be looked up.

        Raises :class:`~app.access.errors.TooManyAttemptsError` while the address is closed.
        """
        entry = self._entry(site)
        self._check(entry)
        async with entry.gate:
            self._check(entry)  # others of the same address may have failed meanwhile
            yield

    def failed(self, site: str) -> None:
        """Count a wrong key."""
        now = self._clock()
        entry = self._entry(site)
        self._overall.append(now)
        if now - max(entry.failed_at, entry.closed_until) > _FORGIVEN_AFTER:
            entry.closures = 0
        entry.failed_at = now
        entry.failures.append(now)
        while now - entry.failures[0] >= _WINDOW:
            entry.failures.popleft()
        if len(entry.failures) >= self._allowed(entry, now):
            self._close(site, entry, now)

    def succeeded(self, site: str) -> None:
        """Record that a right key came from this address."""
        self._entry(site).right_at = self._clock()

    def __len__(self) -> int:
        return len(self._sites)

    def _entry(self, site: str) -> _Site:
        entry = self._sites.get(site)
        if entry is None:
            entry = self._sites[site] = _Site()
            if len(self._sites) > _MOST_SITES:
                self._sites.popitem(last=False)
        self._sites.move_to_end(site)
        return entry

    def _check(self, entry: _Site) -> None:
        left = entry.closed_until - self._clock()
        if left > 0:
            raise TooManyAttemptsError(math.ceil(left))

    def _allowed(self, entry: _Site, now: float) -> int:
        attacked = len(self._overall) == _ATTACK and now - self._overall[0] < _WINDOW
        known = now - entry.right_at < _TRUSTED_FOR
        return _ALLOWED if known or not attacked else _ALLOWED_UNDER_ATTACK

    def _close(self, site: str, entry: _Site, now: float) -> None:
        seconds = min(_WINDOW * 2**entry.closures, _LONGEST)
        entry.closures = min(entry.closures + 1, 10)
        entry.closed_until = now + seconds
        entry.failures.clear()
        self._log.warning("attempts_limited", address=site, seconds=int(seconds))
        self._on_closed(site)
