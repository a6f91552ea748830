"""Bound how often reports come from one address. Counted in the memory of each process."""

import math
import time
from collections import OrderedDict, deque
from collections.abc import Callable

_SITES = 10_000


class ReportPace:
    """Count reports by address."""

    def __init__(
        self, most: int, seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Admit ``most`` within ``seconds``."""
        self._most = most
        self._seconds = seconds
        self._clock = clock
        self._sites: OrderedDict[str, deque[float]] = OrderedDict()

    def admit(self, site: str) -> int | None:
        """Count a report; return the seconds to wait, or None where it may come now."""
        now = self._clock()
        times = self._sites.setdefault(site, deque())
        self._sites.move_to_end(site)
        if len(self._sites) > _SITES:
            self._sites.popitem(last=False)
        while times and now - times[0] >= self._seconds:
            times.popleft()
        if len(times) >= self._most:
            return math.ceil(self._seconds - (now - times[0]))
        times.append(now)
        return None
