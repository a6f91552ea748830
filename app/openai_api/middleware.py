"""Adjust requests for ``/v1`` before they are routed."""

import re
from collections.abc import Sequence

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from app.errors import is_openai_path

_SLASHES = re.compile(r"/{2,}")


class SingleSlashMiddleware:
    """Read ``/v1//models`` as ``/v1/models``: clients append to an address as users typed it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and is_openai_path(scope["path"]):
            path = _SLASHES.sub("/", scope["path"])
            scope = {**scope, "path": path, "raw_path": path.encode()}
        await self._app(scope, receive, send)


class ApiCorsMiddleware:
    """Allow pages of some origins to call ``/v1`` from a browser, and no other route.

    Credentials are not allowed: a foreign page never gets to use a cookie of this service.
    """

    def __init__(self, app: ASGIApp, origins: Sequence[str]) -> None:
        self._app = app
        self._cors = CORSMiddleware(
            app,
            allow_origins=origins,
            allow_methods=["GET", "POST"],
            allow_headers=["*"],
            expose_headers=["Retry-After"],
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        ours = scope["type"] == "http" and is_openai_path(scope["path"])
        await (self._cors if ours else self._app)(scope, receive, send)
