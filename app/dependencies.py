"""Provide requests with the services of the application, callers and sessions.

All are coroutines: FastAPI runs plain functions in threads, which costs more than their work.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Annotated, Any, Protocol, cast

from fastapi import Depends, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.access import AccessControl, Caller, Identity
from app.access.cookies import (
    SESSION_COOKIE,
    VISITOR_COOKIE,
    VISITOR_SECONDS,
    set_cookie,
    set_session_cookie,
)
from app.access.roles import Scope
from app.db.session import Database
from app.draining import Draining
from app.engines.host import EngineHost
from app.errors import ForbiddenError, UnauthorizedError
from app.observability import Metrics
from app.readers.pool import ReaderPool
from app.settings import Settings
from retrieval.embedding.port import Embedder

_SAFE_METHODS = {"GET", "HEAD"}


class CoreServices(Protocol):
    """List the services that every feature may use; :mod:`app.container` has the rest."""

    @property
    def settings(self) -> Settings: ...
    @property
    def metrics(self) -> Metrics: ...
    @property
    def database(self) -> Database: ...
    @property
    def access(self) -> AccessControl: ...
    @property
    def readers(self) -> ReaderPool: ...
    @property
    def embedder(self) -> Embedder: ...
    @property
    def engine(self) -> EngineHost: ...
    @property
    def draining(self) -> Draining: ...


async def get_services(request: Request) -> CoreServices:
    """Return the services of the application."""
    return cast(CoreServices, request.app.state.services)


ServicesDep = Annotated[CoreServices, Depends(get_services)]


async def get_visitor(request: Request, response: Response, services: ServicesDep) -> Caller:
    """Return the caller of a page or the API, of any kind; give a new guest who acts a cookie.

    Reading gives none: a page reads several things at once, and each answer would name another
    visitor (see :func:`welcome`).
    """
    identity = await services.access.identify(request.scope)
    acts = request.method not in _SAFE_METHODS
    if (cookie := identity.visitor_cookie) and (acts or not identity.is_new_visitor):
        set_cookie(response, identity.client, VISITOR_COOKIE, cookie, VISITOR_SECONDS)
    return identity.caller


async def welcome(request: Request, response: Response) -> None:
    """Give a browser without a cookie one with its first page, before that requests anything."""
    if VISITOR_COOKIE not in request.cookies and SESSION_COOKIE not in request.cookies:
        access = cast(CoreServices, request.app.state.services).access
        client = access.client(request.scope)
        cookie = await access.new_visitor_cookie()
        set_cookie(response, client, VISITOR_COOKIE, cookie, VISITOR_SECONDS)


async def get_current_caller(request: Request, response: Response, services: ServicesDep) -> Caller:
    """Return the caller of a route that pages request now and then; renew an old session there."""
    caller = await get_visitor(request, response, services)
    identity = await services.access.identify(request.scope)
    if token := await services.access.renew(request.scope, identity):
        set_session_cookie(response, identity.client, token)
    return caller


async def get_caller(request: Request, response: Response, services: ServicesDep) -> Caller:
    """Return the caller of a page or the API.

    Raises :class:`~app.errors.UnauthorizedError` for a guest where only people with an account may
    talk, and :class:`~app.errors.ForbiddenError` for a key that is limited to less.
    """
    caller = await get_visitor(request, response, services)
    return _admit(caller, services, _scope_of(request))


async def get_api_caller(request: Request, response: Response, services: ServicesDep) -> Caller:
    """Return the caller of ``/v1``. Raises as :func:`get_caller` does, and for a wrong key."""
    caller = (await services.access.identify(request.scope)).caller
    return _admit(caller, services, _scope_of(request))


def _scope_of(request: Request) -> Scope:
    return "read" if request.method in _SAFE_METHODS else "chat"


def _admit(caller: Caller, services: CoreServices, scope: Scope) -> Caller:
    if caller.role == "guest" and not services.settings.access.guests:
        raise UnauthorizedError("sign_in_needed", "Sign in first: guests are not admitted here.")
    return require_scope(caller, scope)


def require_scope(caller: Caller, scope: Scope) -> Caller:
    """Return ``caller``. Raises :class:`~app.errors.ForbiddenError` where its key lacks a scope."""
    if scope not in caller.scopes:
        raise ForbiddenError("scope_missing", f"This key lacks the scope {scope!r}.", scope=scope)
    return caller


async def get_key_holder(request: Request, response: Response, services: ServicesDep) -> Caller:
    """Return the caller of ``/v1``, who has a key.

    Raises :class:`~app.errors.UnauthorizedError` without one.
    """
    caller = await get_api_caller(request, response, services)
    if caller.role == "guest":
        raise UnauthorizedError("invalid_api_key", "This needs an API key.")
    return caller


def require_admin(caller: Caller) -> Caller:
    """Return ``caller``, an admin.

    Raises :class:`~app.errors.UnauthorizedError` for a guest, and
    :class:`~app.errors.ForbiddenError` for people and keys that are known and may not.
    """
    if caller.admin:
        return caller
    if caller.role == "guest":
        raise UnauthorizedError(
            "admin_key_needed", "This needs the admin key: sign in on /admin, or send it as bearer."
        )
    require_scope(caller, "admin")
    raise ForbiddenError("admin_needed", "Only an admin may do this.")


async def get_admin(request: Request, response: Response, services: ServicesDep) -> Caller:
    """Return the caller, an admin. Raises as :func:`require_admin` does."""
    return require_admin(await get_visitor(request, response, services))


async def get_uploader(request: Request, response: Response, services: ServicesDep) -> Caller:
    """Return the caller, who may upload. Raises :class:`~app.errors.ForbiddenError` for others."""
    caller = _admit(await get_visitor(request, response, services), services, "author")
    check_reads_scripts(caller, services.settings)
    return caller


def check_reads_scripts(caller: Caller, settings: Settings) -> None:
    """Raise :class:`~app.errors.ForbiddenError` for a caller to whom scripts are closed."""
    if not caller.may("author") and not settings.access.public_uploads:
        raise ForbiddenError(
            "uploads_closed", "Only authors and admins may upload scripts and make characters here."
        )


def may_make(caller: Caller, services: CoreServices) -> bool:
    """Return whether a caller may upload, and change what it made: :func:`get_author` lets it."""
    access = services.settings.access
    makes = access.public_uploads and (access.guests or caller.role != "guest")
    return "author" in caller.scopes and (caller.may("author") or makes)


async def get_author(request: Request, response: Response, services: ServicesDep) -> Caller:
    """Return the caller, who may change characters of their own; whose one is, the route checks.

    Raises as :func:`get_uploader` does, and for guests who may not upload as :func:`get_admin`.
    """
    caller = await get_visitor(request, response, services)
    if caller.role == "guest" and not services.settings.access.public_uploads:
        return require_admin(caller)
    return await get_uploader(request, response, services)


async def get_person(request: Request, response: Response, services: ServicesDep) -> Caller:
    """Return the caller, who has an account and did not come with a key of limited scope.

    Raises :class:`~app.errors.UnauthorizedError` for others. A key must not make another key with
    more rights than its own, nor change a password.
    """
    caller = await get_visitor(request, response, services)
    identity = await services.access.identify(request.scope)
    if caller.person is None or identity.key is not None:
        raise UnauthorizedError("account_needed", "This needs an account: sign in on the page.")
    return caller


async def get_self(request: Request, response: Response, services: ServicesDep) -> Caller:
    """Return the caller as the owner of their data: a person who is signed in, or a guest.

    Raises :class:`~app.errors.UnauthorizedError` for a person's key, which must not take or delete
    everything, and for guests where they are not admitted.
    """
    caller = await get_visitor(request, response, services)
    identity = await services.access.identify(request.scope)
    if caller.person is not None and identity.key is not None:
        raise UnauthorizedError("account_needed", "This needs an account: sign in on the page.")
    return _admit(caller, services, "read")


async def get_identity(request: Request, services: ServicesDep) -> Identity:
    """Return the identity of the caller: who they are, from which address, and how recognised."""
    return await services.access.identify(request.scope)


CallerRule = Callable[[Request, Response, CoreServices], Awaitable[Caller]]
CALLER_RULES: frozenset[Callable[..., Any]] = frozenset(
    {
        *(get_visitor, get_caller, get_current_caller, get_api_caller, get_key_holder),
        *(get_admin, get_uploader, get_author, get_person, get_self),
    }
)
"""Every dependency that authorises a caller. The guard runs an endpoint's before its body is read,
so they take these three arguments and read method, path and headers alone."""
UPLOAD_RULES: frozenset[CallerRule] = frozenset({get_admin, get_uploader, get_author})
"""Rules of the endpoints that accept files as large as scripts."""

IdentityDep = Annotated[Identity, Depends(get_identity)]


# Sessions depend on the identity: a refused caller holds no connection, and identifying may write.
async def get_read_session(services: ServicesDep, _: IdentityDep) -> AsyncIterator[AsyncSession]:
    """Yield a session for reading."""
    async with services.database.read() as session:
        yield session


async def get_write_session(services: ServicesDep, _: IdentityDep) -> AsyncIterator[AsyncSession]:
    """Yield the session of a transaction."""
    async with services.database.write() as session:
        yield session


async def watch_disconnect(request: Request) -> AsyncIterator[asyncio.Future[None]]:
    """Yield a future that is done once the client has disconnected.

    Only where the body has been read: nothing else may read the request meanwhile.
    """
    watching = asyncio.create_task(_until_disconnected(request))
    try:
        yield watching
    finally:
        watching.cancel()


async def _until_disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


VisitorDep = Annotated[Caller, Depends(get_visitor)]
CallerDep = Annotated[Caller, Depends(get_caller)]
SelfDep = Annotated[Caller, Depends(get_self)]
PersonDep = Annotated[Caller, Depends(get_person)]
CurrentCallerDep = Annotated[Caller, Depends(get_current_caller)]
ApiCallerDep = Annotated[Caller, Depends(get_api_caller)]
KeyHolderDep = Annotated[Caller, Depends(get_key_holder)]
AdminDep = Annotated[Caller, Depends(get_admin)]
UploaderDep = Annotated[Caller, Depends(get_uploader)]
AuthorDep = Annotated[Caller, Depends(get_author)]
# The function scope commits before the response is sent: a success is answered once it is stored.
ReadSession = Annotated[AsyncSession, Depends(get_read_session, scope="function")]
WriteSession = Annotated[AsyncSession, Depends(get_write_session, scope="function")]


# The body was read before: the next message of the request is its disconnect.
DisconnectDep = Annotated[asyncio.Future[None], Depends(watch_disconnect, scope="function")]


async def get_readers(services: ServicesDep) -> ReaderPool:
    """Return the processes that read files."""
    return services.readers


async def get_settings(services: ServicesDep) -> Settings:
    """Return the settings."""
    return services.settings


ReadersDep = Annotated[ReaderPool, Depends(get_readers)]
SettingsDep = Annotated[Settings, Depends(get_settings)]
