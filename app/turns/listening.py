"""Whether anybody still listens."""

from typing import Protocol

from fastapi import Request


class Cancellable(Protocol):
    """Something that runs for a listener."""

    def cancel(self) -> None: ...


async def cancel_when_gone(request: Request, running: Cancellable) -> None:
    """Nobody listens any more: the engine need not go on, also before the first token."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
    running.cancel()
