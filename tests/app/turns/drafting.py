"""An engine whose draws are scripted one by one, and services that screen what it says."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from typing import Any

from app.engines.port import Delta, EngineError, EnginePrompt, Sampling
from app.engines.scripted import ScriptedEngine
from app.settings import Settings, TurnSettings

Draft = str | EngineError


class DraftingEngine(ScriptedEngine):
    """Says one draft after the other, the last over and over; an error is raised in its place."""

    def __init__(self, *drafts: Draft, screened: bool = False, **script: Any) -> None:
        super().__init__(**script)
        self.drafts = list(drafts)
        self.samplings: list[Sampling] = []
        """Of each draw."""
        self._limits = replace(self._limits, screened=screened)

    async def stream(
        self,
        prompt: EnginePrompt,
        sampling: Sampling,
        stop: Sequence[str] = (),
        *,
        affinity: str | None = None,
        adapter: str | None = None,
    ) -> AsyncGenerator[Delta, None]:
        draft = self.drafts.pop(0) if len(self.drafts) > 1 else self.drafts[0]
        self.fail_before = draft if isinstance(draft, EngineError) else None
        # What a real model would say, whatever it should avoid.
        self.samplings.append(sampling)
        plain = replace(sampling, avoided_words=())
        reply = super().stream(prompt, plain, stop, affinity=affinity, adapter=adapter)
        self.reply = None if isinstance(draft, EngineError) else draft
        async for delta in reply:
            yield delta


def screening(settings: Settings, mode: str = "on", **changes: Any) -> Settings:
    turn = TurnSettings.model_validate({"screen_replies": mode})
    return settings.model_copy(update={"turn": turn, **changes})
