"""Who is asking, and what they may do.

On a loopback address the service is open for its one user. Anywhere else admin routes need an
admin key, and visitors are told apart by a random cookie, so that each sees only their own
conversations.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from urllib.parse import urlsplit

from fastapi import Request, Response
from sqlalchemy import select
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.db.models import AdminKey
from app.db.session import Database
from app.errors import UnauthorizedError, error_response, is_openai_path
from app.schemas import ErrorDetail
from app.settings import Settings

ADMIN_COOKIE = "offbook_admin"
VISITOR_COOKIE = "offbook_visitor"
LOCAL_OWNER = "local"
_LOOPBACK_NAMES = {"127.0.0.1", "localhost", "::1"}
_SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
_YEAR = 365 * 24 * 3600
_NO_KEYS = {"", "none", "undefined"}
"""What clients send that have no key: the OpenAI libraries insist on one, SillyTavern spells it."""


def hash_key(key: str) -> str:
    """SHA-256, hex. Enough for keys that are 256 random bits; nothing else is accepted as one."""
    return hashlib.sha256(key.encode(errors="surrogatepass")).hexdigest()


def new_key() -> str:
    return "ob_" + secrets.token_urlsafe(32)


@dataclass(frozen=True, slots=True)
class Caller:
    """The one who made a request."""

    owner: str
    """Whose conversations are theirs."""
    admin: bool


class AccessControl:
    """Knows the keys."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self.required = not settings.server.is_loopback
        self._database = database
        key = settings.access.admin_key
        self._configured = hash_key(key.get_secret_value()) if key else None

    async def has_key(self) -> bool:
        """Whether any admin key exists."""
        if self._configured is not None:
            return True
        async with self._database.read() as session:
            return await session.scalar(select(AdminKey.id).limit(1)) is not None

    async def is_admin_key(self, key: str) -> bool:
        """Whether ``key`` is an admin key."""
        hashed = hash_key(key)
        if self._configured is not None and hmac.compare_digest(hashed, self._configured):
            return True
        async with self._database.read() as session:
            statement = select(AdminKey.id).where(AdminKey.key_hash == hashed)
            return await session.scalar(statement) is not None

    async def caller(self, request: Request, response: Response) -> Caller:
        """Who made this request; a visitor without a cookie is given one."""
        if not self.required:
            return Caller(LOCAL_OWNER, admin=True)
        visitor = request.cookies.get(VISITOR_COOKIE, "")
        if not visitor:
            visitor = secrets.token_urlsafe(32)
            set_cookie(response, request, VISITOR_COOKIE, visitor, max_age=_YEAR)
        for key in (request.cookies.get(ADMIN_COOKIE), _bearer(request)):
            if key and await self.is_admin_key(key):
                return Caller(hash_key(visitor), admin=True)
        return Caller(hash_key(visitor), admin=False)

    async def api_caller(self, request: Request, *, key_required: bool) -> Caller:
        """Who made this request to ``/v1``, where clients send a key or nothing, and no cookies.

        Raises :class:`~app.errors.UnauthorizedError` for a wrong key, and for none where one is
        required.
        """
        if not self.required:
            return Caller(LOCAL_OWNER, admin=True)
        key = _bearer(request)
        if key.lower() in _NO_KEYS and not key_required:
            address = request.client.host if request.client else ""
            return Caller(hash_key(f"address {address}"), admin=False)
        if not await self.is_admin_key(key):
            raise UnauthorizedError("invalid_api_key", "This API key is missing or wrong.")
        return Caller(hash_key(key), admin=True)


def _bearer(request: Request) -> str:
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    return value.strip() if scheme.lower() == "bearer" else ""


def set_cookie(response: Response, request: Request, name: str, value: str, max_age: int) -> None:
    """A cookie scripts cannot read and other sites cannot send."""
    response.set_cookie(
        name,
        value,
        max_age=max_age,
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )


def _host_name(host: str) -> str:
    """The name in a Host header, without its port; empty where there is none to be made out."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


class OriginGuardMiddleware:
    """Keeps other web sites out of an open service.

    A page of another site must neither reach a loopback service under a name of its own (DNS
    rebinding: the Host header is checked) nor send it a form (cross-site request forgery: the
    Origin of a changing request must be this service's own host).
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        allowed = {name.lower() for name in settings.access.allowed_hosts}
        if settings.server.is_loopback:
            allowed |= _LOOPBACK_NAMES
        self._allowed = allowed
        self._api_origins = {origin.lower() for origin in settings.openai_api.origins}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        problem = self._problem(scope) if scope["type"] == "http" else None
        if problem is None:
            await self._app(scope, receive, send)
        else:
            await error_response(scope, 403, problem)(scope, receive, send)

    def _problem(self, scope: Scope) -> ErrorDetail | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        name = _host_name(host)
        if self._allowed and name not in self._allowed:
            return ErrorDetail(
                code="unknown_host",
                message=f"This service is not reached by the name {name!r}. "
                "Add it to OFFBOOK_ACCESS__ALLOWED_HOSTS if it should be.",
            )
        origin = headers.get("origin")
        changing = scope["method"] not in _SAFE_METHODS
        if origin and changing and not self._may_send(origin.lower(), host.lower(), scope["path"]):
            return ErrorDetail(
                code="foreign_origin", message="Requests from other web sites are refused."
            )
        return None

    def _may_send(self, origin: str, host: str, path: str) -> bool:
        own = origin.partition("://")[2] == host
        return own or (origin in self._api_origins and is_openai_path(path))


class NoSniffMiddleware:
    """Tells browsers to take every answer for what it says it is."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def marked_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).setdefault("X-Content-Type-Options", "nosniff")
            await send(message)

        await self._app(scope, receive, marked_send if scope["type"] == "http" else send)
