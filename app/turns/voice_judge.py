"""Let the model itself judge whether an opening is the character's."""

import asyncio
import math
import time
from collections.abc import Callable, Iterable

import structlog

from app.engines.port import ChatEngine, ChatMessage, EngineError
from characters.language import Language
from characters.screening import VERDICT, verdict_prompt

log = structlog.get_logger(__name__)

_LONGEST = 3.0
"""Seconds after which an opening passes without a verdict. The engine may be busy with other
replies, and the one that is judged keeps its own place there meanwhile."""
_SILENCE = 30.0
"""Seconds without another question to an engine that gave no verdict."""
_AFFINITY = "voice-judge"
_POLL = 2.0


class VoiceJudge:
    """Ask one engine for its verdicts."""

    def __init__(self, engine: ChatEngine, clock: Callable[[], float] = time.monotonic) -> None:
        self._engine = engine
        self._clock = clock
        self._silent_until = -math.inf

    async def warm(self) -> None:
        """Wait for the engine, and let it read the examples of every language that it judges.

        It keeps them, so that a verdict later costs the message and the opening alone.
        """
        while not await self._engine.ready():  # noqa: ASYNC110 (it has no event, and no error counts)
            await asyncio.sleep(_POLL)
        try:
            thresholds: Iterable[Language] = (await self._engine.limits()).voice_thresholds
            for language in thresholds:
                await self._score("", "", language)
        except EngineError as error:
            log.info("voice_judge_not_warmed", reason=str(error))

    async def accepts(
        self, message: str, opening: str, language: Language, threshold: float
    ) -> bool:
        """Return whether the opening of a reply to a message is the character's.

        The threshold is the model's (:class:`~app.engines.port.Limits`). True where the engine
        gives no verdict in time.
        """
        if self._clock() < self._silent_until:
            return True
        try:
            async with asyncio.timeout(_LONGEST):
                return await self._score(message, opening, language) >= threshold
        except (TimeoutError, EngineError) as error:
            self._silent_until = self._clock() + _SILENCE
            log.info("voice_not_judged", reason=str(error) or "The engine is busy.")
            return True

    async def _score(self, message: str, opening: str, language: Language) -> float:
        prompt = verdict_prompt(message, opening, language)
        messages = [ChatMessage(each.role, each.content) for each in prompt]
        scores = await self._engine.score(messages, VERDICT[language], affinity=_AFFINITY)
        return sum(scores)
