"""Two models whose replies are known, and the toy cast that judges them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from app.engines.scripted import ScriptedEngine
from app.settings import Settings
from tests.app.judging.toy_cast import script

__all__ = ["script"]

PARROT, STRANGER = "也就那么回事罢了。", "哇，快看快看，阿海你快来啦！"
"""A phrase of every line of 老周, and one that 小梅 would say."""
REPLIES = {"parrot": PARROT, "stranger": STRANGER}


class Asked:
    """Count what the engines are asked."""

    def __init__(self) -> None:
        self.engines: list[ScriptedEngine] = []
        self.scored = 0

    @property
    def replies(self) -> int:
        return sum(len(engine.calls) for engine in self.engines)

    def forget(self) -> None:
        self.engines.clear()
        self.scored = 0


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """Put engines that answer by the model's name in the place of the configured ones."""
    seen = Asked()
    score = ScriptedEngine.score

    async def watched(self: ScriptedEngine, *given: Any, **named: Any) -> list[float]:
        seen.scored += 1
        return await score(self, *given, **named)

    @asynccontextmanager
    async def started(settings: Settings) -> AsyncIterator[ScriptedEngine]:
        engine = ScriptedEngine(reply=REPLIES[settings.engine.model])
        seen.engines.append(engine)
        yield engine
        await engine.aclose()

    monkeypatch.setattr(ScriptedEngine, "score", watched)
    monkeypatch.setattr("app.tools.evaluation.compare.side.started_engine", started)
    return seen
