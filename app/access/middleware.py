"""Guard every request before it is routed: the open service, the Host, the Origin."""

from typing import cast
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.access.addresses import is_loopback
from app.access.control import AccessControl
from app.access.forwarding import forwarding_header, peer_address
from app.errors import error_response, is_openai_path
from app.schemas import ErrorDetail
from app.settings import Settings

_LOOPBACK_NAMES = {"127.0.0.1", "localhost", "::1"}
_SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
_GUARDED = {"http", "websocket"}
_PROBES = {"/healthz", "/readyz", "/metrics"}
"""Balancers, kubelets and scrapers ask for these by a process's own address."""


async def _refuse(problem: ErrorDetail, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": problem.code})
        return
    await error_response(scope, 403, problem)(scope, receive, send)


class OpenServiceMiddleware:
    """Refuse requests to an open service that did not come from its own machine.

    An open service treats every caller as its one user, and a proxy on the same machine would let
    others in: requests with a proxy's headers are refused, like requests from other addresses.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        problem = await self._problem(scope) if scope["type"] in _GUARDED else None
        if problem is None:
            await self._app(scope, receive, send)
        else:
            await _refuse(problem, scope, receive, send)

    async def _problem(self, scope: Scope) -> ErrorDetail | None:
        access = cast(AccessControl, scope["app"].state.services.access)
        header = forwarding_header(Headers(scope=scope))
        peer = peer_address(scope)
        if await access.is_required():
            if header is not None and not access.trusts_peer(scope):
                access.log.warning("forwarding_header_ignored", address=peer, header=header)
            return None
        if header is not None:
            access.log.warning("open_service_refused", address=peer, header=header)
            return ErrorDetail(
                code="forwarded_to_open_service",
                message=f"This request came through a proxy (it has the header {header}), and this "
                "Offbook is open: it has no admin key and would take everyone for its owner. "
                "Run `offbook admin-key create` or set OFFBOOK_ACCESS__ADMIN_KEY, put the name "
                "that browsers use into OFFBOOK_ACCESS__ALLOWED_HOSTS, and the proxy's address "
                "into OFFBOOK_ACCESS__TRUSTED_PROXIES.",
            )
        if not is_loopback(peer):
            access.log.warning("open_service_refused", address=peer)
            return ErrorDetail(
                code="open_service_is_local",
                message="This Offbook is open to its own machine only: it has no admin key. Run "
                "`offbook admin-key create` or set OFFBOOK_ACCESS__ADMIN_KEY to let others in.",
            )
        return None


def _host_name(headers: Headers) -> str:
    """Return the name in the Host header without its port; empty where it cannot be parsed."""
    hosts = headers.getlist("host")
    try:
        return urlsplit(f"//{hosts[0]}").hostname or "" if len(hosts) == 1 else ""
    except ValueError:
        return ""


class OriginGuardMiddleware:
    """Refuse requests that pages of other sites make.

    A page of another site must neither reach a loopback service under a name of its own (DNS
    rebinding: the Host header is checked) nor send it a form (cross-site request forgery: the
    Origin of a changing request must be this service's own host). Proxies must pass Host on
    unchanged; ``X-Forwarded-Host`` is ignored. Probes may use any name, except on loopback.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        allowed = {name.lower() for name in settings.access.allowed_hosts}
        if settings.server.is_loopback:
            allowed |= _LOOPBACK_NAMES
        self._allowed = allowed
        # Beyond loopback a key guards what they show; on loopback the name is what guards it.
        self._probes = set() if settings.server.is_loopback else _PROBES
        self._api_origins = {origin.lower() for origin in settings.openai_api.origins}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        problem = self._problem(scope) if scope["type"] in _GUARDED else None
        if problem is None:
            await self._app(scope, receive, send)
        else:
            await _refuse(problem, scope, receive, send)

    def _problem(self, scope: Scope) -> ErrorDetail | None:
        headers = Headers(scope=scope)
        name = _host_name(headers)
        if self._allowed and name not in self._allowed and scope["path"] not in self._probes:
            return ErrorDetail(
                code="unknown_host",
                message=f"This service is not reached by the name {name!r}. "
                "Add it to OFFBOOK_ACCESS__ALLOWED_HOSTS if it should be.",
            )
        origin = headers.get("origin")
        changing = scope["type"] == "websocket" or scope["method"] not in _SAFE_METHODS
        if origin and changing and not self._may_send(origin.lower(), headers, scope["path"]):
            return ErrorDetail(
                code="foreign_origin", message="Requests from other web sites are refused."
            )
        return None

    def _may_send(self, origin: str, headers: Headers, path: str) -> bool:
        sender = origin.partition("://")[2]
        # "null" names no host, and a request without Host neither: that is no agreement.
        own = sender != "" and sender == headers.get("host", "").lower()
        return own or (origin in self._api_origins and is_openai_path(path))


class DefaultHeadersMiddleware:
    """Add default headers to every answer that does not set them.

    ``no-store``: an answer belongs to one caller, and no cache may keep it. ``nosniff``: browsers
    must take every answer for its declared type.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def marked_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("X-Content-Type-Options", "nosniff")
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self._app(scope, receive, marked_send if scope["type"] == "http" else send)
