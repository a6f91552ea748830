"""Read the clock where a request enters the service and where its prompt reaches the engine."""

import time
from collections.abc import AsyncGenerator, Sequence

from starlette.types import ASGIApp, Receive, Scope, Send

from app.engines.port import Delta, EnginePrompt, Sampling
from app.engines.scripted import ScriptedEngine


class TimedEngine(ScriptedEngine):
    """Generate scripted replies, and note when the prompt came and when the first token left.

    Times are readings of :func:`time.perf_counter`; they are those of the last call.
    """

    def __init__(self) -> None:
        super().__init__(reply="好的，我记住了。")
        self.asked_at = 0.0
        self.spoke_at = 0.0

    async def stream(
        self,
        prompt: EnginePrompt,
        sampling: Sampling,
        stop: Sequence[str] = (),
        *,
        affinity: str | None = None,
        adapter: str | None = None,
    ) -> AsyncGenerator[Delta, None]:
        self.asked_at = time.perf_counter()
        self.spoke_at = 0.0
        async for delta in super().stream(
            prompt, sampling, stop, affinity=affinity, adapter=adapter
        ):
            if delta.text and not self.spoke_at:
                self.spoke_at = time.perf_counter()
            yield delta


class RequestClock:
    """Wrap an application, and note when it received its last request."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.received_at = 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.received_at = time.perf_counter()
        await self._app(scope, receive, send)
