"""Annotated aliases over what the lifespan built.

All are coroutines: FastAPI calls plain functions in a thread each, which takes longer than they do.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Annotated, Any, Protocol, cast

from fastapi import Depends, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.access import AccessControl, Caller, Identity
from app.access.cookies import (
    VISITOR_COOKIE,
    VISITOR_SECONDS,
    set_cookie,
    set_session_cookie,
)
from app.db.session import Database
from app.engines.host import EngineHost
from app.errors import ForbiddenError, UnauthorizedError
from app.observability import Metrics
from app.readers.pool import ReaderPool
from app.settings import Settings
from retrieval.embedding.port import Embedder


class CoreServices(Protocol):
    """What every feature may use of what the lifespan built; :mod:`app.container` has all of it."""

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


async def get_services(request: Request) -> CoreServices:
    return cast(CoreServices, request.app.state.services)


ServicesDep = Annotated[CoreServices, Depends(get_services)]


async def get_caller(request: Request, response: Response, services: ServicesDep) -> Caller:
    """Return who asks a page or the API; a visitor without a cookie of ours is given one."""
    identity = await services.access.identify(request.scope)
    if cookie := identity.new_visitor_cookie:
        set_cookie(response, identity.client, VISITOR_COOKIE, cookie, VISITOR_SECONDS)
    return identity.caller


async def get_current_caller(request: Request, response: Response, services: ServicesDep) -> Caller:
    """Return the caller of a route that pages ask now and then: here an old session is renewed."""
    caller = await get_caller(request, response, services)
    identity = await services.access.identify(request.scope)
    if token := await services.access.renew(request.scope, identity):
        set_session_cookie(response, identity.client, token)
    return caller


async def get_api_caller(request: Request, response: Response, services: ServicesDep) -> Caller:
    """Return who asks ``/v1``."""
    return (await services.access.identify(request.scope)).caller


async def get_key_holder(request: Request, response: Response, services: ServicesDep) -> Caller:
    """Return who asks ``/v1``, with a key."""
    caller = await get_api_caller(request, response, services)
    if not caller.admin:
        raise UnauthorizedError("invalid_api_key", "This needs an API key.")
    return caller


def require_admin(caller: Caller) -> Caller:
    """Return ``caller``. Raises :class:`~app.errors.UnauthorizedError` unless it is an admin."""
    if not caller.admin:
        raise UnauthorizedError(
            "admin_key_needed", "This needs the admin key: sign in on /admin, or send it as bearer."
        )
    return caller


async def get_admin(request: Request, response: Response, services: ServicesDep) -> Caller:
    """Return the admin who asks."""
    return require_admin(await get_caller(request, response, services))


async def get_uploader(request: Request, response: Response, services: ServicesDep) -> Caller:
    """Return the caller, who may upload."""
    caller = await get_caller(request, response, services)
    if not caller.admin and not services.settings.access.public_uploads:
        raise ForbiddenError(
            "uploads_closed", "Only an admin may upload scripts and make characters here."
        )
    return caller


async def get_identity(request: Request, services: ServicesDep) -> Identity:
    """Return who asks and from where."""
    return await services.access.identify(request.scope)


CallerRule = Callable[[Request, Response, CoreServices], Awaitable[Caller]]
CALLER_RULES: frozenset[Callable[..., Any]] = frozenset(
    {get_caller, get_current_caller, get_api_caller, get_key_holder, get_admin, get_uploader}
)
"""Every dependency that decides who may call. The guard runs an endpoint's before its body is
read, so they take these three arguments and look at method, path and headers alone."""
UPLOAD_RULES: frozenset[CallerRule] = frozenset({get_admin, get_uploader})
"""Those whose callers may send files of the size of scripts."""

IdentityDep = Annotated[Identity, Depends(get_identity)]


# Sessions come after the caller: who may not ask holds no connection, and identifying may write.
async def get_read_session(services: ServicesDep, _: IdentityDep) -> AsyncIterator[AsyncSession]:
    async with services.database.read() as session:
        yield session


async def get_write_session(services: ServicesDep, _: IdentityDep) -> AsyncIterator[AsyncSession]:
    async with services.database.write() as session:
        yield session


async def watch_client(request: Request) -> AsyncIterator[asyncio.Future[None]]:
    """What is done once the client has gone away. Nothing else may read the request by then."""
    watching = asyncio.create_task(_until_left(request))
    try:
        yield watching
    finally:
        watching.cancel()


async def _until_left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


CallerDep = Annotated[Caller, Depends(get_caller)]
CurrentCallerDep = Annotated[Caller, Depends(get_current_caller)]
ApiCallerDep = Annotated[Caller, Depends(get_api_caller)]
KeyHolderDep = Annotated[Caller, Depends(get_key_holder)]
AdminDep = Annotated[Caller, Depends(get_admin)]
UploaderDep = Annotated[Caller, Depends(get_uploader)]
# The function scope commits before the response is sent: an answer of success is one.
ReadSession = Annotated[AsyncSession, Depends(get_read_session, scope="function")]
WriteSession = Annotated[AsyncSession, Depends(get_write_session, scope="function")]


# Its body was read before: what comes now says that the client is gone.
LeftDep = Annotated[asyncio.Future[None], Depends(watch_client, scope="function")]


async def get_readers(services: ServicesDep) -> ReaderPool:
    return services.readers


async def get_settings(services: ServicesDep) -> Settings:
    return services.settings


ReadersDep = Annotated[ReaderPool, Depends(get_readers)]
SettingsDep = Annotated[Settings, Depends(get_settings)]
