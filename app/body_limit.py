"""Refuses a body above the limit: at once where its length is announced, else while it comes."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import error_response
from app.schemas import ErrorDetail

FORM_OVERHEAD = 1_000_000
"""Bytes a multipart upload may need beside its file: the other fields and the boundaries."""


class _BodyTooLargeError(Exception):
    """The body went on past the limit."""


class BodyLimitMiddleware:
    """Answers 413 with the service's own error body; nothing of the request is stored."""

    def __init__(self, app: ASGIApp, *, upload_bytes: int, other_bytes: int) -> None:
        """``upload_bytes`` bounds the file of a multipart form, ``other_bytes`` other bodies."""
        self._app = app
        self._upload_bytes = upload_bytes
        self._other_bytes = other_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        upload = headers.get("content-type", "").startswith("multipart/form-data")
        told = self._upload_bytes if upload else self._other_bytes
        limit = told + FORM_OVERHEAD if upload else told
        announced = headers.get("content-length", "")
        if announced.isdecimal() and int(announced) > limit:
            await self._refuse(told, scope, receive, send)
            return
        received = 0
        started = exceeded = False

        async def limited_receive() -> Message:
            nonlocal received, exceeded
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit:
                exceeded = True
                raise _BodyTooLargeError
            return message

        async def watched_send(message: Message) -> None:
            nonlocal started
            # Whoever parses the body takes our error for a broken one, and answers 400.
            if exceeded and not started:
                return
            started = True
            await send(message)

        try:
            await self._app(scope, limited_receive, watched_send)
        except _BodyTooLargeError:
            if started:
                raise
        if exceeded and not started:
            await self._refuse(told, scope, receive, send)

    async def _refuse(self, limit: int, scope: Scope, receive: Receive, send: Send) -> None:
        detail = ErrorDetail(
            code="too_large",
            message=f"This is larger than the limit of {limit:,} bytes. Nothing was stored.",
            detail={"limit_bytes": limit},
        )
        response = error_response(scope, 413, detail, {"Connection": "close"})
        await response(scope, receive, send)
