"""Notice when a client has gone away."""

from collections.abc import Callable

from fastapi import Request


async def call_when_gone(request: Request, leave: Callable[[], None]) -> None:
    """Call ``leave`` once the client of a request disconnects, even before the first token."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
    leave()
