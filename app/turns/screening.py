"""Decide whether a reply is screened, and record what its screen found."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Literal

import structlog

from app.engines.port import ChatEngine
from app.observability import Metrics
from app.turns.dialogue_context import DialogueContext
from app.turns.prepared_prompt import PreparedPrompt
from app.turns.voice_judge import VoiceJudge
from characters.language import Language
from characters.prompting.instructions import instructions_of
from characters.screening import Finding, Offence, Screen, ScreenedDialogue
from characters.screening.repeats import spoken

Accepts = Callable[[str], Awaitable[bool]]
"""Returns whether the model takes an opening for the character's."""

log = structlog.get_logger(__name__)

_NEWEST_REPLIES = 40
"""Earlier replies that a reply is compared with."""
_MOST_CHARACTERS = 20_000
"""Most characters of the texts of one kind that a reply is compared with."""


@dataclass(slots=True)
class ScreeningRecord:
    """Record what became of a reply's drafts."""

    redrawn: list[Offence] = field(default_factory=list)
    """Why each first sentence before the last was thrown away."""
    shown: Offence | Literal["line_of_script"] | None = None
    """What is wrong with the first sentence shown, where no draw was without fault; or that a line
    of the script is shown instead."""
    ended: Offence | None = None
    """Why the reply ended before a later sentence."""

    def as_json(self) -> dict[str, object]:
        """Return the record as stored; empty where the screen found nothing."""
        found = {"redrawn": [*self.redrawn], "shown": self.shown, "ended": self.ended}
        return {name: value for name, value in found.items() if value}


class ReplyScreen:
    """Screen one reply, and count what is found. The log has no text."""

    def __init__(
        self,
        engine: ChatEngine,
        language: Language,
        screen: Screen,
        accepts: Accepts | None,
        metrics: Metrics,
        record: ScreeningRecord,
        reply_timeout: float,
    ) -> None:
        self.engine = engine
        self.language = language
        self.screen = screen
        self.reply_timeout = reply_timeout
        """Seconds for all draws together."""
        self._accepts = accepts
        self._metrics = metrics
        self._record = record

    async def judge(self, opening: str) -> Finding | None:
        """Return what is wrong with the opening of a reply, by the rules or else by the model."""
        if not opening.strip():
            return Finding("empty")
        found = self.screen.judge_opening(opening)
        if found is None and self._accepts is not None and not await self._accepts(opening):
            return Finding("assistant_talk", by_rule=False)
        return found

    def note_redraw(self, finding: Finding) -> None:
        """Note that an opening is thrown away, and another drawn."""
        self._record.redrawn.append(finding.offence)
        self._metrics.reply_offences.labels(finding.offence).inc()
        self._metrics.reply_redraws.inc()
        log.info("reply_redrawn", offence=finding.offence, draw=len(self._record.redrawn))

    def note_last(self, finding: Finding) -> None:
        """Note that the last draw fails as well."""
        self._metrics.reply_offences.labels(finding.offence).inc()

    def note_shown(self, what: Offence | Literal["line_of_script"]) -> None:
        """Note what is wrong with the opening shown, or that a line of the script is shown."""
        self._record.shown = what
        self._metrics.replies_given_up.inc()
        log.info("reply_given_up", shown=what)

    def note_end(self, finding: Finding) -> None:
        """Note that the reply ends before a later sentence."""
        self._record.ended = finding.offence
        self._metrics.reply_offences.labels(finding.offence).inc()
        self._metrics.replies_cut.inc()
        log.info("reply_cut", offence=finding.offence)


class ReplyScreening:
    """Open screens for the replies of the models that need one."""

    def __init__(
        self,
        engine: ChatEngine,
        metrics: Metrics,
        mode: Literal["auto", "on", "off"],
        reply_timeout: float,
    ) -> None:
        """Take the setting; ``auto`` leaves it to the engine's model. The time is in seconds."""
        self._engine = engine
        self._judge = VoiceJudge(engine)
        self._metrics = metrics
        self._mode = mode
        self._reply_timeout = reply_timeout

    async def warm(self) -> None:
        """Prepare the engine for verdicts, once it is ready; cancel it where it never is."""
        if self._mode != "off":
            await self._judge.warm()

    async def open(
        self, dialogue: DialogueContext, record: ScreeningRecord, prepared: PreparedPrompt
    ) -> ReplyScreen | None:
        """Return the screen of a reply to the dialogue, or None where it is shown as it comes.

        Raises the engine's error while it is unavailable.
        """
        if self._mode == "off":
            return None
        limits = await self._engine.limits()
        if self._mode == "auto" and not limits.screened:
            return None
        screened, language = _screened(dialogue, prepared), dialogue.persona.language
        threshold = limits.voice_thresholds.get(language)
        accepts: Accepts | None = None
        if threshold is not None and (message := screened.message):
            accepts = partial(self._judge.accepts, message, language=language, threshold=threshold)
        return ReplyScreen(
            self._engine,
            language,
            # Its tables take some milliseconds to build for a long prompt.
            await asyncio.to_thread(Screen, screened),
            accepts,
            self._metrics,
            record,
            self._reply_timeout,
        )


def _screened(dialogue: DialogueContext, prepared: PreparedPrompt) -> ScreenedDialogue:
    said = [line.text for line in dialogue.history if line.role == "character"]
    asked = [line.text for line in dialogue.history if line.role == "user"]
    first = dialogue.history[0] if dialogue.history else None
    labels = [stop.lstrip("\n") for stop in prepared.stops if stop.endswith((":", "："))]
    return ScreenedDialogue(
        persona=dialogue.persona,
        message=asked[-1] if asked else "",
        before=_bounded(asked[:-1]),
        earlier=_bounded([*said[-_NEWEST_REPLIES:], dialogue.continued]),
        greeting=first.text if first is not None and first.role == "character" else "",
        examples=_bounded([line for example in prepared.shown for line in example.lines]),
        own_lines=[] if dialogue.continued else _own_lines(prepared),
        instructions=instructions_of(dialogue.persona),
        labels=labels,
    )


def _own_lines(prepared: PreparedPrompt) -> list[str]:
    """Return the replies of the character in the examples, which end with them, best first."""
    return spoken([example.lines[-1] for example in prepared.shown if example.lines])


def _bounded(texts: list[str]) -> list[str]:
    """Return the last texts that are not too long together, without empty ones."""
    kept, room = [], _MOST_CHARACTERS
    for text in reversed(texts):
        room -= len(text)
        if room < 0:
            break
        if text:
            kept.append(text)
    return kept[::-1]
