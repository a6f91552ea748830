"""Remember who was refused in this minute, so that refusing further requests needs no database."""

from datetime import datetime

from app.quotas.clock import minute_of
from app.quotas.payer import Subject
from app.settings import QuotaName


class Refusals:
    """Remember refusals of one minute, in this process.

    A subject whose requests are used up is closed for the rest of the minute. So is one that was
    refused for other reasons as often as it may ask: what is refused counts nowhere else, and each
    of those refusals took a transaction. Other limits open it at once.
    """

    def __init__(self) -> None:
        self._minute = 0
        self._counts: dict[Subject, int] = {}
        self._closed: set[Subject] = set()

    def is_closed(self, subject: Subject, now: datetime) -> bool:
        """Return whether further requests of this minute are refused."""
        self._turn_to(now)
        return subject in self._closed

    def note(self, subject: Subject, quota: QuotaName, now: datetime) -> None:
        """Note a refusal."""
        self._turn_to(now)
        most = subject.quota.requests_a_minute
        if quota == "requests_a_minute":
            self._closed.add(subject)
        elif most is not None:
            count = self._counts[subject] = self._counts.get(subject, 0) + 1
            if count >= most:
                self._closed.add(subject)

    def _turn_to(self, now: datetime) -> None:
        if (minute := minute_of(now)) != self._minute:
            self._minute = minute
            self._counts.clear()
            self._closed.clear()
