"""Authorise callers before a byte of the body is read.

FastAPI reads a body, and spools its files to disk, before it runs the dependencies that would
refuse the caller. A :class:`GuardedRoute` runs the caller's dependency first, and then allows the
body as many bytes as this caller may send on this route.
"""

import errno
import json
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, cast

from fastapi import Request, Response, params
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from app.access import Caller
from app.dependencies import CALLER_RULES, UPLOAD_RULES, CallerRule, get_services
from app.errors import InsufficientStorageError, TooLargeError
from app.http.body_limit import FORM_OVERHEAD, UNKNOWN_CALLER_BYTES, body_gate
from app.settings import LimitSettings

ADMIN_JSON_BYTES = 8_000_000
"""Bytes of an admin's bodies other than uploads; a setting bounds a visitor's."""
FORM_FILES = 1
FORM_FIELDS = 100
"""Fields of a form other than files; each alias of a character is a field."""
FORM_FIELD_BYTES = 1_048_576
VISITOR_JSON_VALUES = 20_000
"""Commas between the values of a visitor's JSON. Each value may become a validation error, and
describing half a million took four seconds, in which no stream advanced."""
_NO_SPACE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}

Handler = Callable[[Request], Awaitable[Response]]


class GuardedRoute(APIRoute):
    """Authorise the caller of a route, and bound the body, before the body is read."""

    def get_route_handler(self) -> Callable[[Request], Any]:
        """Return FastAPI's handler, preceded by the guard where the route has a body."""
        handle = super().get_route_handler()
        if self.body_field is None:
            return handle
        rules = list(caller_rules(self.dependant))
        form = isinstance(self.body_field.field_info, params.Form)

        async def guarded(request: Request) -> Response:
            services = await get_services(request)
            caller = None
            for rule in rules:
                caller = await rule(request, Response(), services)
            upload = form and _is_multipart(request)
            limit = body_bytes(services.settings.limits, rules, caller, upload=upload)
            body_gate(request.scope).allow(
                limit, named=limit - FORM_OVERHEAD if upload and caller else None
            )
            if not form and not (caller and caller.admin):
                await _check_values(request)
            return await _with_room(handle, request)

        return guarded


def caller_rules(dependant: Dependant) -> Iterator[CallerRule]:
    """Yield the caller dependencies of an endpoint, at any depth."""
    for needed in dependant.dependencies:
        if needed.call in CALLER_RULES:
            yield cast(CallerRule, needed.call)
        else:
            yield from caller_rules(needed)


def body_bytes(
    limits: LimitSettings, rules: list[CallerRule], caller: Caller | None, *, upload: bool
) -> int:
    """Return the bytes that a body may have; ``upload``: it is a form with a file."""
    if caller is None:
        return UNKNOWN_CALLER_BYTES
    if upload:
        uploads = caller.admin or not UPLOAD_RULES.isdisjoint(rules)
        return FORM_OVERHEAD + (limits.upload_bytes if uploads else limits.chat_log_bytes)
    return ADMIN_JSON_BYTES if caller.admin else limits.visitor_body_bytes


def _is_multipart(request: Request) -> bool:
    return request.headers.get("content-type", "").lower().startswith("multipart/form-data")


async def _check_values(request: Request) -> None:
    """Raise ``TooLargeError`` for JSON of more values than any client needs to send."""
    try:
        body = await request.body()
    except ClientDisconnect as error:
        raise HTTPException(400, "The body broke off.") from error
    if count_separators(body) > VISITOR_JSON_VALUES:
        raise TooLargeError(
            "too_many_values",
            f"This JSON has more than {VISITOR_JSON_VALUES:,} values. Send less at once.",
            limit=VISITOR_JSON_VALUES,
        )


def count_separators(body: bytes) -> int:
    """Return the number of commas between the values of a JSON text, broken ones included.

    Takes time in proportion to the bytes, whatever they are: without escapes, every second piece
    between quotes lies outside of strings, and a string without an end reaches to the text's.
    """
    unescaped = _as_utf8(body).replace(rb"\\", b"").replace(rb"\"", b"")
    return sum(piece.count(b",") for piece in unescaped.split(b'"')[::2])


def _as_utf8(body: bytes) -> bytes:
    """Return the text in UTF-8: in UTF-16, bytes of other characters look like quotes.

    The encoding is detected as by the parser; a text that it cannot decode has no values.
    """
    encoding = json.detect_encoding(body)
    if encoding.startswith("utf-8"):
        return body
    try:
        return body.decode(encoding, "surrogatepass").encode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return b""


async def _with_room(handle: Handler, request: Request) -> Response:
    """Answer; raise ``InsufficientStorageError`` where the disk is too full for the body."""
    try:
        return await handle(request)
    except (OSError, HTTPException) as error:
        # FastAPI turns any error while it reads a body into a 400.
        cause = error if isinstance(error, OSError) else error.__cause__
        if isinstance(cause, OSError) and cause.errno in _NO_SPACE:
            raise InsufficientStorageError from error
        raise
