"""Recognise the user whom a trusted proxy names in a header."""

from dataclasses import dataclass
from typing import Protocol

from starlette.requests import HTTPConnection
from starlette.types import Scope

from app.access.forwarding import ClientResolver, peer_address
from app.access.identity import PersonIdentity
from app.access.links import PROXY, LinkStore
from app.access.security_log import SecurityLog
from app.db.session import Database
from app.errors import ForbiddenError
from app.settings import AccessSettings
from app.text import has_control_characters

_LONGEST = 255
_SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}


@dataclass(frozen=True, slots=True)
class ProxyUser:
    """Hold whom a trusted proxy signed in."""

    subject: str
    """The user's name there, exactly as the proxy writes it."""
    name: str
    """What they are called; may be empty."""


class Welcome(Protocol):
    """Decide about a user of the proxy who comes for the first time."""

    async def __call__(
        self, user: ProxyUser, scope: Scope, guest: str | None
    ) -> PersonIdentity | None:
        """Return a new person for the user; None where the sign-up policy takes none.

        ``guest``: the owner that the browser had before, whose conversations the person keeps.
        """


class ProxyUsers:
    """Read the user's header, and believe it from trusted proxies alone."""

    def __init__(
        self,
        settings: AccessSettings,
        database: Database,
        clients: ClientResolver,
        log: SecurityLog,
    ) -> None:
        self._header = settings.user_header
        self._name_header = settings.user_name_header
        self._clients = clients
        self._log = log
        self._links = LinkStore(database)
        self.welcome: Welcome | None = None
        """Set by the composition root: making accounts is a feature above this package."""

    def named(self, connection: HTTPConnection) -> ProxyUser | None:
        """Return the user that a trusted proxy names in the headers of a request.

        A header that is sent twice was sent by the client as well, and is ignored.
        """
        if not self._header:
            return None
        values = connection.headers.getlist(self._header)
        if not values:
            return None
        if not self._clients.trusts(connection.scope):
            peer = peer_address(connection.scope)
            self._log.warning("user_header_ignored", address=peer, header=self._header)
            return None
        subject = _decoded(values[0])
        if len(values) > 1 or not subject or len(subject) > _LONGEST:
            self._log.warning("user_header_unusable", header=self._header)
            return None
        name = _decoded(connection.headers.get(self._name_header, "")) if self._name_header else ""
        return ProxyUser(subject, name)

    async def find(
        self, user: ProxyUser, connection: HTTPConnection, guest: str | None
    ) -> PersonIdentity | None:
        """Return the person of a user, made at the first appearance where the policy allows it."""
        linked = await self._links.find(PROXY, user.subject)
        if linked is not None:
            return linked.person
        if self.welcome is None:
            return None
        return await self.welcome(user, connection.scope, guest)


def check_own_page(connection: HTTPConnection) -> None:
    """Refuse a change that a page of another site may have caused.

    The proxy adds its header to every request of a browser, whichever page caused it, so a change
    needs a sign that a page of this service did: an ``Origin``, which
    :class:`~app.access.middleware.OriginGuardMiddleware` has compared with the host, or
    ``Sec-Fetch-Site``. Raises :class:`~app.errors.ForbiddenError` (``foreign_origin``).
    """
    if connection.scope.get("method", "GET") in _SAFE_METHODS:
        return
    headers = connection.headers
    if not headers.get("origin") and headers.get("sec-fetch-site") != "same-origin":
        raise ForbiddenError(
            "foreign_origin",
            "This request does not say that a page of this service sent it. Programs send a key.",
        )


def _decoded(value: str) -> str:
    """Return a header's value, which proxies write in UTF-8; empty for what cannot be shown."""
    try:
        text = value.encode("latin-1").decode().strip()
    except UnicodeError:
        return ""
    return "" if has_control_characters(text) else text
