"""Identify callers: the only module that decides who is an admin, and which visitor is which."""

import asyncio
import contextlib
import hashlib
import hmac
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import HTTPConnection
from starlette.types import Scope

from app.access.addresses import Client
from app.access.attempts import AttemptLimiter
from app.access.audit import discard_older
from app.access.audit_trail import AuditTrail
from app.access.cookies import SESSION_COOKIE, VISITOR_COOKIE
from app.access.forwarding import ClientResolver
from app.access.identity import (
    LOCAL_OWNER,
    Actor,
    Caller,
    Identity,
    KeyIdentity,
    PersonIdentity,
    Session,
    owner_of,
)
from app.access.keys import KeyStore, hash_key
from app.access.passwords import Passwords
from app.access.people import PeopleStore, login_of
from app.access.proxy_users import ProxyUsers, check_own_page
from app.access.requirement import Requirement
from app.access.roles import SCOPES, Role
from app.access.security_log import SecurityLog
from app.access.server_secret import load_secret
from app.access.sessions import CONFIGURED, SessionStore
from app.access.visitors import VisitorCookies
from app.db.base import utc_now
from app.db.session import Database
from app.errors import UnauthorizedError, UnavailableError, is_openai_path
from app.settings import Settings

_NO_KEYS = {"", "none", "undefined"}
"""Values that clients without a key send: the OpenAI libraries require one, and SillyTavern writes
these words."""
_IDENTITY = "offbook.identity"
"""Key under which a request's scope caches the identity."""


_AWAY = "The database did not answer, so whether this needs a key is not known. Try again."


@dataclass(frozen=True, slots=True)
class _Stored:
    visitors: VisitorCookies
    sessions: SessionStore


class AccessControl:
    """Check keys, sessions and visitors. Use it after :meth:`start`."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._keys = KeyStore(database)
        self.passwords = Passwords()
        self._people = PeopleStore(database, self.passwords)
        self._requirement = Requirement(settings, self._keys, self._people, clock)
        self._configured = self._requirement.configured_key
        self._key_required = settings.openai_api.key_required
        self.log = SecurityLog(clock)
        self.audit = AuditTrail(database, clock)
        self._limiter = AttemptLimiter(self.log, clock, self._note_closed)
        self._logins = AttemptLimiter(self.log, clock)
        self._clients = ClientResolver(settings.access.trusted_proxies)
        self.proxy_users = ProxyUsers(settings.access, database, self._clients, self.log)
        self._acts_kept = timedelta(days=settings.audit.kept_days)
        self._stores: _Stored | None = None

    async def start(self) -> None:
        """Read keys and secrets. Raises :class:`~app.access.errors.AccessSetupError`."""
        await self._requirement.check()
        with contextlib.suppress(SQLAlchemyError):  # unreachable: the first request reads it
            await self._stored()

    @property
    def required(self) -> bool:
        """Whether admin routes need a key, as far as this process has read the database."""
        return self._requirement.required

    async def is_required(self) -> bool:
        """Return whether access is required; once required, it stays so until the service ends.

        While it is not, the database is queried once a second at most.
        """
        return await self._requirement.refresh()

    def close(self) -> None:
        """Require access from now on, as a key was created."""
        self._requirement.close()

    async def _stored(self) -> _Stored:
        """Return the stores that use the secret in the database; it is read once."""
        if self._stores is None:
            secret = await load_secret(self._database, "visitors")
            digest = await asyncio.to_thread(_slow_digest, self._configured, secret.value)
            self._stores = _Stored(
                VisitorCookies(self._database, secret.value, secret.created_at),
                SessionStore(self._database, digest),
            )
        return self._stores

    def client(self, scope: Scope) -> Client:
        """Return the client of a request, behind all trusted proxies."""
        return self._clients.resolve(scope)

    def trusts_peer(self, scope: Scope) -> bool:
        """Return whether the peer of a request is a trusted proxy."""
        return self._clients.trusts(scope)

    async def identify(self, scope: Scope) -> Identity:
        """Return the identity of a caller, from the request's headers alone.

        It is cached in the scope, for the middleware and the dependencies of the request. Below
        ``/v1`` clients send a key or nothing, and cookies do not count; elsewhere browsers have a
        session and a visitor's cookie. It may write to the database, so call it before a write
        session is open. Raises :class:`~app.errors.UnauthorizedError` for a wrong or missing key
        below ``/v1``, :class:`~app.access.errors.TooManyAttemptsError` for a key from a closed
        address, and :class:`~app.errors.UnavailableError` where the database is needed to decide
        and does not answer.
        """
        known: Identity | None = scope.get(_IDENTITY)
        if known is None:
            known = scope[_IDENTITY] = (await self._identify(scope)).with_actor()
        return known

    async def sign_in(self, scope: Scope, key: str) -> str:
        """Return the id of a new session for a right admin key; the session in use ends.

        Raises :class:`~app.errors.UnauthorizedError` for a wrong key, and
        :class:`~app.access.errors.TooManyAttemptsError`.
        """
        client = self.client(scope)
        found = await self._verify(key, client)
        if found is None or found.person is not None:
            self.log.warning("sign_in_failed", address=client.address)
            self.audit.note(_at(client), "sign_in_failed", outcome="refused")
            raise UnauthorizedError("wrong_key", "This is not an admin key.")
        token = await self._replace_session(scope, found)
        self.log.info("signed_in", address=client.address, key=found.prefix)
        self.audit.note(_at(client, key=found.prefix), "signed_in")
        return token

    async def sign_in_person(
        self, scope: Scope, login: str, password: str
    ) -> tuple[str, PersonIdentity]:
        """Return the id of a new session for a person, and the person; the session in use ends.

        Raises as :meth:`verify_password` does.
        """
        person = await self.verify_password(scope, login, password)
        token = await self._replace_session(scope, person)
        client = self.client(scope)
        self.log.info("signed_in", address=client.address, person=person.login)
        self.audit.note(_at(client, person), "signed_in")
        return token, person

    async def verify_password(self, scope: Scope, login: str, password: str) -> PersonIdentity:
        """Return the person with this login and password.

        Wrong passwords are counted by address and, from all addresses, by login. Raises
        :class:`~app.errors.UnauthorizedError` and
        :class:`~app.access.errors.TooManyAttemptsError`.
        """
        client = self.client(scope)
        name = hash_key(login_of(login))
        async with self._limiter.turn(client.site), self._logins.turn(name):
            person = await self._people.check(login, password)
            if person is None:
                self._limiter.failed(client.site)
                self._logins.failed(name)
            else:
                self._limiter.succeeded(client.site)
        if person is None:
            self.log.warning("sign_in_failed", address=client.address)
            tried = login_of(login)
            self.audit.note(_at(client), "sign_in_failed", outcome="refused", tried=tried)
            raise UnauthorizedError("wrong_password", "The name or the password is wrong.")
        return person

    @contextlib.asynccontextmanager
    async def attempt(self, scope: Scope) -> AsyncIterator[Callable[[], None]]:
        """Yield a function that counts a wrong secret against the address of a request.

        Raises :class:`~app.access.errors.TooManyAttemptsError` while the address is closed.
        """
        site = self.client(scope).site
        async with self._limiter.turn(site):
            yield lambda: self._limiter.failed(site)

    async def _replace_session(self, scope: Scope, by: KeyIdentity | PersonIdentity) -> str:
        replaced = await self._session(HTTPConnection(scope))
        return await self.begin_session(by, replaced.id if replaced else None)

    async def sign_out(self, scope: Scope) -> None:
        """End the session of a request, if it has one."""
        session = await self._session(HTTPConnection(scope))
        if session is not None:
            await (await self._stored()).sessions.end(session)
            client = self.client(scope)
            if session.person is not None:
                self.log.info("signed_out", address=client.address, person=session.person.login)
                self.audit.note(_at(client, session.person), "signed_out")
            elif session.key is not None:
                self.log.info("signed_out", address=client.address, key=session.key.prefix)
                self.audit.note(_at(client, key=session.key.prefix), "signed_out")

    async def renew(self, scope: Scope, identity: Identity) -> str | None:
        """Return a new id for the session of a request; None where it keeps its own."""
        if identity.session is None:
            return None
        token = HTTPConnection(scope).cookies.get(SESSION_COOKIE, "")
        return await (await self._stored()).sessions.renew(identity.session, token)

    async def begin_session(
        self, by: KeyIdentity | PersonIdentity, replaced: UUID | None = None
    ) -> str:
        """Return the id of a new session for a key or person verified or created just now.

        ``replaced``: the row of the session that ends with it.
        """
        return await (await self._stored()).sessions.begin(by, replaced)

    async def discard_expired_sessions(self) -> None:
        """Delete the rows of expired sessions."""
        await (await self._stored()).sessions.discard_expired()

    def _note_closed(self, site: str) -> None:
        self.audit.note(Actor(address=site), "address_blocked", outcome="refused")

    async def is_last_admin(self, person: UUID) -> bool:
        """Return whether the service would have no admin without this person, nor a key of one."""
        if self._configured is not None or await self._keys.exists(live=True):
            return False
        return not await self._people.has_admin(besides=person)

    async def discard_old_acts(self) -> None:
        """Delete the entries of the audit that were kept long enough, in small transactions."""
        before = utc_now() - self._acts_kept
        more = True
        while more:
            async with self._database.write() as session:
                more = await discard_older(session, before)

    async def _identify(self, scope: Scope) -> Identity:
        client = self.client(scope)
        if not await self.is_required():
            if not self._requirement.known:
                raise UnavailableError("database_unavailable", _AWAY, retry_after=2)
            return Identity(Caller(LOCAL_OWNER, "admin"), client)
        connection = HTTPConnection(scope)
        if is_openai_path(scope["path"]):
            return await self._identify_program(connection, client)
        return await self._identify_visitor(connection, client)

    async def _identify_program(self, connection: HTTPConnection, client: Client) -> Identity:
        key = _bearer(connection)
        if key.lower() in _NO_KEYS and not self._key_required:
            return Identity(Caller(hash_key(f"address {client.site}"), "guest"), client)
        # A client without a key guesses nothing: it is refused, but not counted as an attempt.
        found = None if key.lower() in _NO_KEYS else await self._bearer_key(key, connection, client)
        if found is None:
            raise UnauthorizedError("invalid_api_key", "This API key is missing or wrong.")
        person = found.person
        caller = Caller(hash_key(key), "admin") if person is None else _caller_of(person, found)
        return Identity(caller, client, found, person=person)

    async def _identify_visitor(self, connection: HTTPConnection, client: Client) -> Identity:
        session = await self._session(connection)
        key, person = (session.key, session.person) if session else (None, None)
        shown = _bearer(connection)
        if session is None and shown.lower() not in _NO_KEYS:
            key = await self._bearer_key(shown, connection, client)
            person = key.person if key else None
        if key is None and (proxied := await self._proxied(connection, session)) is not None:
            check_own_page(connection)
            return Identity(_caller_of(proxied), client, person=proxied, by_proxy=True)
        if person is not None:
            return Identity(_caller_of(person, key), client, key, session, person)
        known = await self._visitor(connection)
        owner, cookie = known or (await self._stored()).visitors.issue()
        role: Role = "guest" if key is None else "admin"
        return Identity(
            Caller(owner, role), client, key, session, None, cookie, is_new_visitor=known is None
        )

    async def _proxied(
        self, connection: HTTPConnection, session: Session | None
    ) -> PersonIdentity | None:
        """Return whom a trusted proxy vouches for; None where the session is that person's own.

        The proxy's word counts more than the session of another person, who used this browser
        before.
        """
        user = self.proxy_users.named(connection)
        if user is None:
            return None
        known = await self._visitor(connection)
        person = await self.proxy_users.find(user, connection, known[0] if known else None)
        signed_in = session.person if session else None
        is_own = person is not None and signed_in is not None and person.id == signed_in.id
        return None if is_own else person

    async def new_visitor_cookie(self) -> str:
        """Return the cookie of a new visitor."""
        return (await self._stored()).visitors.issue()[1]

    async def _visitor(self, connection: HTTPConnection) -> tuple[str, str | None] | None:
        """Return what :meth:`VisitorCookies.read` says of the request's cookie."""
        cookie = connection.cookies.get(VISITOR_COOKIE, "")
        return await (await self._stored()).visitors.read(cookie)

    async def _session(self, connection: HTTPConnection) -> Session | None:
        token = connection.cookies.get(SESSION_COOKIE)
        return await (await self._stored()).sessions.find(token) if token else None

    async def _bearer_key(
        self, key: str, connection: HTTPConnection, client: Client
    ) -> KeyIdentity | None:
        found = await self._verify(key, client)
        if found is None:
            path = connection.scope["path"][:100]
            self.log.warning("wrong_bearer", address=client.address, path=path)
            self.audit.note(_at(client), "key_refused", outcome="refused")
        return found

    async def _verify(self, key: str, client: Client) -> KeyIdentity | None:
        async with self._limiter.turn(client.site):
            found = await self._find(key)
            if found is None:
                self._limiter.failed(client.site)
            else:
                self._limiter.succeeded(client.site)
            return found

    async def _find(self, key: str) -> KeyIdentity | None:
        if self._configured is not None and hmac.compare_digest(
            hash_key(key), hash_key(self._configured)
        ):
            return CONFIGURED
        return await self._keys.find(key)


def _at(client: Client, person: PersonIdentity | None = None, key: str = "") -> Actor:
    """Return who signs in or out, or tries to, as the audit names them."""
    if person is None:
        return Actor(key=key, address=client.address)
    return Actor(owner=owner_of(person.id), login=person.login, address=client.address)


def _caller_of(person: PersonIdentity, key: KeyIdentity | None = None) -> Caller:
    """Return a person as a caller, limited to what a key of theirs may."""
    scopes = key.scopes if key else frozenset(SCOPES)
    return Caller(owner_of(person.id), person.role, scopes, person.id)


def _slow_digest(key: str | None, salt: bytes) -> str | None:
    """Return the scrypt digest of the configured key that is stored with sessions.

    Configured keys may be short, and a fast hash in the database would let them be guessed.
    """
    if key is None:
        return None
    encoded = key.encode(errors="surrogatepass")
    return hashlib.scrypt(encoded, salt=salt, n=2**14, r=8, p=1, dklen=32).hex()


def _bearer(connection: HTTPConnection) -> str:
    scheme, _, value = connection.headers.get("authorization", "").partition(" ")
    return value.strip() if scheme.lower() == "bearer" else ""
