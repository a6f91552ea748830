"""Let the model itself judge whether an opening is the character's."""

import asyncio

import structlog

from app.engines.port import ChatEngine, ChatMessage, EngineError
from characters.language import Language
from characters.screening import VERDICT, verdict_prompt

log = structlog.get_logger(__name__)

_LONGEST = 4.0
"""Seconds after which an opening passes without a verdict. The engine may be busy with other
replies, and the one that is judged keeps its own place there meanwhile."""
_AFFINITY = "voice-judge"


class VoiceJudge:
    """Judge openings of replies to one message."""

    def __init__(
        self, engine: ChatEngine, message: str, language: Language, threshold: float
    ) -> None:
        """Take the model's threshold, see :class:`~app.engines.port.Limits`."""
        self._engine = engine
        self._message = message
        self._language: Language = language
        self._threshold = threshold

    async def accepts(self, opening: str) -> bool:
        """Return whether it is the character's; true where the engine gives no verdict in time."""
        prompt = verdict_prompt(self._message, opening, self._language)
        messages = [ChatMessage(each.role, each.content) for each in prompt]
        try:
            async with asyncio.timeout(_LONGEST):
                scores = await self._engine.score(
                    messages, VERDICT[self._language], affinity=_AFFINITY
                )
        except (TimeoutError, EngineError) as error:
            log.warning("voice_not_judged", reason=str(error) or "The engine is busy.")
            return True
        return sum(scores) >= self._threshold
