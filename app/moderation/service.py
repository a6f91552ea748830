"""Decide by the moderators' findings and the operator's policy what becomes of a text."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from app.errors import UnavailableError
from app.moderation.port import Finding, ModerationError, Moderator, Passage, Side
from app.observability import Metrics
from app.settings import ModerationSettings
from app.settings.moderation import Action

log = structlog.get_logger(__name__)

_SEVERITY: dict[Action, int] = {"allow": 0, "flag": 1, "refuse": 2, "hide": 3}


@dataclass(frozen=True, slots=True)
class Verdict:
    """Hold a finding, who found it where, and what follows from it."""

    side: Side
    source: str
    category: str
    detail: str
    action: Action


@dataclass(frozen=True, slots=True)
class Ruling:
    """Hold what becomes of a text: the strictest of what its findings ask for."""

    action: Action = "allow"
    verdicts: Sequence[Verdict] = ()


class ModerationUnavailableError(UnavailableError):
    """Report that a text was not checked, where the settings let none pass unchecked."""

    def __init__(self) -> None:
        super().__init__(
            "moderation_unavailable",
            "What is said here is checked first, and the check does not answer at the moment. "
            "Nothing said is lost. Try again in a while.",
            retry_after=10,
        )


class Moderation:
    """Judge texts with all moderators at once; safe for concurrent use."""

    def __init__(
        self, moderators: Sequence[Moderator], settings: ModerationSettings, metrics: Metrics
    ) -> None:
        """Judge with ``moderators``; with none, nothing is checked."""
        self._moderators = moderators
        self._settings = settings
        self._metrics = metrics

    @property
    def enabled(self) -> bool:
        """Whether anything is checked."""
        return bool(self._moderators)

    @property
    def shows_pieces(self) -> bool:
        """Whether replies are shown piece by piece, each checked before."""
        return self._settings.replies_shown == "in_pieces"

    @property
    def reach(self) -> int:
        """How many folded characters of a reply stay back until more of it is known."""
        return max((each.reach for each in self._moderators), default=0)

    async def rule(self, passage: Passage) -> Ruling:
        """Return what becomes of a text.

        Raises :class:`ModerationUnavailableError` where a moderator has no verdict, and the
        settings let no text pass unchecked; what the others found stands in any case.
        """
        if not passage.text.strip():
            return Ruling()
        judged = await asyncio.gather(*(self._judge(each, passage) for each in self._moderators))
        found = [
            Verdict(
                passage.side,
                each.name,
                finding.category,
                finding.detail,
                self._action(passage.side, finding),
            )
            for each, findings in zip(self._moderators, judged, strict=True)
            for finding in findings or ()
        ]
        ruling = _strictest([each for each in found if each.action != "allow"])
        self._count(passage, found)
        unjudged = any(findings is None for findings in judged)
        if unjudged and self._settings.on_failure == "closed" and ruling.action != "hide":
            raise ModerationUnavailableError
        return ruling

    async def aclose(self) -> None:
        """Release the moderators' connections."""
        for each in self._moderators:
            await each.aclose()

    async def _judge(self, moderator: Moderator, passage: Passage) -> Sequence[Finding] | None:
        """Return a moderator's findings; None where it has no verdict."""
        started = time.perf_counter()
        try:
            return await moderator.judge(passage)
        except ModerationError as error:
            self._metrics.moderation_failures.labels(moderator.name, error.kind).inc()
            log.warning(
                "moderation_failed",
                source=moderator.name,
                kind=error.kind,
                reason=str(error),
                passes=self._settings.on_failure == "open",
            )
            return None
        finally:
            seconds = time.perf_counter() - started
            self._metrics.moderation_seconds.labels(moderator.name).observe(seconds)

    def _action(self, side: Side, finding: Finding) -> Action:
        settings = self._settings
        usual = settings.messages if side == "message" else settings.replies
        return settings.actions.get(finding.category, usual)

    def _count(self, passage: Passage, found: Sequence[Verdict]) -> None:
        counter = self._metrics.moderation_verdicts
        for each in found:
            counter.labels(each.side, each.source, each.action).inc()
            log.info("moderation_found", side=each.side, source=each.source, action=each.action)
        if not found:
            counter.labels(passage.side, "all", "pass").inc()


def _strictest(found: Sequence[Verdict]) -> Ruling:
    if not found:
        return Ruling()
    return Ruling(max((each.action for each in found), key=_SEVERITY.__getitem__), found)
