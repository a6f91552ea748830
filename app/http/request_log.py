"""Give every request an id, which its answer and its log lines carry, and log how it ended."""

import re
import time
from uuid import uuid4

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = structlog.get_logger(__name__)

HEADER = "X-Request-ID"
_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}", re.ASCII)
"""What is taken from a proxy in front, so that its log and ours name a request alike."""


class RequestLogMiddleware:
    """Name each request, and log its end where ``logged``."""

    def __init__(self, app: ASGIApp, *, logged: bool) -> None:
        self._app = app
        self._logged = logged

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        known = Headers(scope=scope).get(HEADER, "")
        request_id = known if _ID.fullmatch(known) else uuid4().hex
        status = 500
        started = time.perf_counter()

        async def named(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[HEADER] = request_id
            await send(message)

        with structlog.contextvars.bound_contextvars(request=request_id):
            try:
                await self._app(scope, receive, named)
            finally:
                if self._logged:
                    log.info(
                        "request",
                        method=scope["method"],
                        path=_path(scope),
                        status=status,
                        ms=round((time.perf_counter() - started) * 1_000, 1),
                    )


def _path(scope: Scope) -> str:
    """Return the route, whose parameters may be secrets; the address where none matched."""
    route = scope.get("route")
    return str(getattr(route, "path_format", None) or scope["path"][:200])
