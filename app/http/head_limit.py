"""Limit the line and the headers of a request, which the application holds in memory."""

from starlette.types import ASGIApp, Receive, Scope, Send

from app.errors import error_response
from app.schemas import ErrorDetail

HEAD_BYTES = 65_536
"""Bytes of the address, the query, and all headers with their names."""
_HEADERS = 100
"""Proxies add a dozen, browsers send two dozen; more make each look-up slow."""


class HeadLimitMiddleware:
    """Answer 431 to a request whose head is larger than any client's (RFC 6585, section 5)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _too_large(scope):
            await self._app(scope, receive, send)
            return
        detail = ErrorDetail(
            code="head_too_large",
            message=f"The address and headers are larger than {HEAD_BYTES:,} bytes, or more than "
            f"{_HEADERS} headers. Delete this site's cookies, or send less.",
        )
        response = error_response(scope, 431, detail, {"Connection": "close"})
        await response(scope, receive, send)


def _too_large(scope: Scope) -> bool:
    headers = scope["headers"]
    size = len(scope.get("raw_path") or scope["path"]) + len(scope.get("query_string", b""))
    size += sum(len(name) + len(value) for name, value in headers)
    return len(headers) > _HEADERS or size > HEAD_BYTES
