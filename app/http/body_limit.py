"""Limit the bytes of a body and the time that it takes.

Every request gets a :class:`BodyGate` that lets little through.
:class:`~app.http.guard.GuardedRoute` opens it as far as the caller may send, once the caller is
known.
"""

import asyncio
import time
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import TooLargeError, error_response
from app.schemas import ErrorDetail
from app.settings import ServerSettings

FORM_OVERHEAD = 1_000_000
"""Bytes of a multipart upload beside its file: the other fields and the boundaries."""
UNKNOWN_CALLER_BYTES = 16_000
"""Bytes of a body from an unidentified caller: enough to sign in."""
_GATE = "offbook.body_gate"
_DISCONNECT: Message = {"type": "http.disconnect"}


@dataclass(frozen=True, slots=True)
class Pace:
    """Hold the slowest pace at which a body may arrive."""

    idle_seconds: float
    """Seconds without a byte."""
    bytes_per_second: int
    window_seconds: float
    """Seconds over which ``bytes_per_second`` is measured."""

    @classmethod
    def of(cls, settings: ServerSettings) -> "Pace":
        """Return the pace of the settings."""
        return cls(settings.body_idle_timeout, settings.body_rate, settings.body_grace)


class BodyGate:
    """Pass on the body of one request within its limit and at its pace.

    A body beyond them ends in ``http.disconnect``, which every reader handles; :attr:`refusal` then
    holds the answer.
    """

    def __init__(self, receive: Receive, announced: int | None, pace: Pace) -> None:
        """``announced``: the Content-Length; None where the request has none."""
        self.refusal: tuple[int, ErrorDetail] | None = None
        self._receive = receive
        self._announced = announced or 0
        self._pace = pace
        self._limit = self._named_limit = UNKNOWN_CALLER_BYTES
        self._received = 0
        self._complete = False
        self._waited = 0.0
        self._in_window = 0

    def allow(self, limit: int, *, named: int | None = None) -> None:
        """Allow the body ``limit`` bytes; errors state ``named`` instead, if given.

        Raises :class:`~app.errors.TooLargeError` where a longer body is announced.
        """
        self._limit, self._named_limit = limit, named or limit
        if self._announced > limit:
            detail = self._too_large()
            raise TooLargeError(detail.code, detail.message, limit_bytes=self._named_limit)

    async def receive(self) -> Message:
        """Return the next message of the request, as an ASGI server's ``receive`` does."""
        if self.refusal is not None:
            return _DISCONNECT
        if self._complete:
            return await self._receive()
        if self._announced > self._limit:
            return self._refuse(413, self._too_large())
        began = time.monotonic()
        try:
            async with asyncio.timeout(self._pace.idle_seconds):
                message = await self._receive()
        except TimeoutError:
            return self._refuse(408, _too_slow())
        if message["type"] != "http.request":
            return message
        self._complete = not message.get("more_body", False)
        return self._check(message, time.monotonic() - began)

    def _check(self, message: Message, waited: float) -> Message:
        size = len(message.get("body", b""))
        self._received += size
        self._in_window += size
        self._waited += waited
        if self._received > self._limit:
            return self._refuse(413, self._too_large())
        if not self._complete and self._waited >= self._pace.window_seconds:
            if self._in_window < self._pace.bytes_per_second * self._waited:
                return self._refuse(408, _too_slow())
            self._waited, self._in_window = 0.0, 0
        return message

    def _refuse(self, status: int, detail: ErrorDetail) -> Message:
        self.refusal = status, detail
        return _DISCONNECT

    def _too_large(self) -> ErrorDetail:
        return ErrorDetail(
            code="too_large",
            message=f"This is larger than the limit of {self._named_limit:,} bytes. "
            "Nothing was stored.",
            detail={"limit_bytes": self._named_limit},
        )


def _too_slow() -> ErrorDetail:
    return ErrorDetail(
        code="too_slow",
        message="The request's body came too slowly, or stopped coming. Nothing was stored; "
        "send it again over a better connection.",
    )


def body_gate(scope: Scope) -> BodyGate:
    """Return the gate of the request's body."""
    gate = scope[_GATE]
    assert isinstance(gate, BodyGate)  # noqa: S101 (the middleware below put it there)
    return gate


class BodyLimitMiddleware:
    """Give every request its gate, and answer in place of a reader whose body was refused."""

    def __init__(self, app: ASGIApp, *, pace: Pace) -> None:
        self._app = app
        self._pace = pace

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        length = Headers(scope=scope).get("content-length", "")
        gate = BodyGate(receive, int(length) if length.isdecimal() else None, self._pace)
        started = False

        async def watched_send(message: Message) -> None:
            nonlocal started
            # A parser takes the early end for a broken body and answers 400: the wrong status.
            if gate.refusal is None or started:
                started = True
                await send(message)

        try:
            scope[_GATE] = gate  # in place: middlewares in front see the route that is found
            await self._app(scope, gate.receive, watched_send)
        except Exception:
            if gate.refusal is None or started:
                raise
        if gate.refusal is not None and not started:
            status, detail = gate.refusal
            # Close a slow sender's connection, or it would go on. The protocol lets one that
            # sends too much linger, or it would never see the answer.
            headers = {"Connection": "close"} if status == 408 else {}
            await error_response(scope, status, detail, headers)(scope, receive, send)
