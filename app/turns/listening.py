"""Notice when a client has gone away."""

from typing import Protocol

from fastapi import Request


class Cancellable(Protocol):
    """Run for a listener, and stop on request."""

    def cancel(self) -> None:
        """Stop; a second call does nothing."""
        ...


async def cancel_when_gone(request: Request, running: Cancellable) -> None:
    """Cancel what runs for a request once its client disconnects, even before the first token."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
    running.cancel()
