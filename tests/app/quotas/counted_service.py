"""``offbook serve`` with a set clock and an engine that waits where a prompt asks it to."""

import asyncio
import os
from collections.abc import AsyncGenerator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from app import container
from app.cli import main
from app.engines import factory
from app.engines.port import Delta, EnginePrompt, Sampling
from app.engines.scripted import ScriptedEngine
from tests.app.quotas.counting import NOON

WAITS = "慢"
"""A prompt with it is answered once the gate, a file, exists."""


class GateEngine(ScriptedEngine):
    """Waits for the gate before replies that are to be slow."""

    def __init__(self, gate: Path | None = None, **script: Any) -> None:
        super().__init__(**script)
        self.gate = gate or Path(os.environ["GATE"])

    async def stream(
        self,
        prompt: EnginePrompt,
        sampling: Sampling,
        stop: Sequence[str] = (),
        *,
        affinity: str | None = None,
        adapter: str | None = None,
    ) -> AsyncGenerator[Delta, None]:
        while WAITS in str(prompt) and not self.gate.exists():  # noqa: ASYNC110 (another process makes it)
            await asyncio.sleep(0.02)
        async for delta in super().stream(
            prompt, sampling, stop, affinity=affinity, adapter=adapter
        ):
            yield delta


def set_time() -> datetime:
    """Noon, or so many minutes later; no minute ends while people are counted."""
    return NOON + timedelta(minutes=int(os.environ.get("MINUTES_LATER", "0")))


if __name__ == "__main__":
    factory.__dict__["ScriptedEngine"] = GateEngine
    container.__dict__["utc_now"] = set_time
    main()
