"""Make accounts, and sign people in to them."""

from datetime import timedelta

from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import HTTPConnection
from starlette.types import Scope

from app.access import AccessControl, Caller, Identity, hash_key
from app.access.audit import record
from app.access.identity import Actor, owner_of
from app.access.links import PROXY, find_link
from app.access.people import identify_person
from app.access.proxy_users import check_own_page
from app.accounts.flow_repository import FlowRepository
from app.accounts.newcomers import Newcomer, Newcomers, keep, proxy_link
from app.accounts.repository import PeopleRepository
from app.accounts.schemas import PersonSignIn, SignUp
from app.accounts.sign_up_limit import SignUpLimit, discard_old_counts
from app.db.base import utc_now
from app.db.models import Invitation, Person
from app.db.session import Database
from app.errors import ConflictError, ForbiddenError, InvalidError, UnauthorizedError
from app.settings import Settings

_RECENT = timedelta(minutes=15)
"""Age of a session that still shows that its person is at the screen."""


class AccountService:
    """Make and change accounts, each step in a transaction of its own."""

    def __init__(
        self, settings: Settings, database: Database, access: AccessControl, newcomers: Newcomers
    ) -> None:
        self._database = database
        self._access = access
        self._newcomers = newcomers
        self._limit = SignUpLimit(database, settings.access.sign_ups_per_hour)

    async def sign_up(self, scope: Scope, caller: Caller, wanted: SignUp) -> str:
        """Return the id of a session of a new person.

        Raises :class:`~app.errors.ConflictError` for a taken login or in an open service,
        :class:`~app.errors.ForbiddenError` without a valid invitation where one is needed, and
        :class:`~app.errors.TooManyRequestsError` after too many sign-ups of the address.
        """
        await check_guarded(self._access)
        password = wanted.password.get_secret_value()
        _check_password(password, wanted.login, wanted.name)
        # Before a password is hashed, which takes memory.
        await self._newcomers.check(scope, wanted.invitation)
        await self._limit.count(self._access.client(scope).site)
        hashed = await self._access.passwords.hash(password)
        await self._access.audit.flush()  # what the guest did becomes the person's
        async with self._database.write() as session:
            if await PeopleRepository(session).by_login(wanted.login) is not None:
                raise ConflictError("login_taken", "Someone has this name already. Take another.")
            person = await self._newcomers.add(session, _newcomer(wanted, hashed, caller))
            await self._link_proxy_user(session, scope, person)
            address = self._access.client(scope).address
            actor = Actor(owner=owner_of(person.id), login=person.login, address=address)
            record(session, actor, "signed_up", role=person.role)
        identity = identify_person(person)
        assert identity is not None  # noqa: S101 (made just now, and not disabled)
        self._access.log.info("signed_up", address=address, person=person.login, role=person.role)
        return await self._access.begin_session(identity)

    async def sign_in(self, scope: Scope, caller: Caller, shown: PersonSignIn) -> str:
        """Return the id of a session. Raises as :meth:`AccessControl.sign_in_person` does."""
        token, person = await self._access.sign_in_person(
            scope, shown.login, shown.password.get_secret_value()
        )
        if shown.keep_conversations and caller.role == "guest":
            await self._access.audit.flush()  # what the guest did becomes the person's
            async with self._database.write() as session:
                await keep(session, caller.owner, person.id)
        return token

    async def change_password(
        self, scope: Scope, identity: Identity, current: SecretStr | None, new: SecretStr
    ) -> None:
        """Replace the caller's password and end the person's other sessions.

        Raises as :meth:`confirm` does.
        """
        person = identity.person
        if person is None:
            raise UnauthorizedError("account_needed", "This needs an account.")
        await self.confirm(scope, identity, current)
        password = new.get_secret_value()
        _check_password(password, person.login, person.name)
        hashed = await self._access.passwords.hash(password)
        async with self._database.write() as session:
            people = PeopleRepository(session)
            (await people.get(person.id)).password_hash = hashed
            kept = identity.session.id if identity.session else None
            await people.end_sessions(person.id, keep=kept)
            record(session, identity.caller.actor, "password_changed")
        self._access.log.info(
            "password_changed", address=identity.client.address, person=person.login
        )

    async def confirm(self, scope: Scope, identity: Identity, password: SecretStr | None) -> None:
        """Make sure that a person is at the screen, and not who found it.

        A person with a password shows it; another has signed in just now. Raises
        :class:`~app.errors.UnauthorizedError` for a wrong password,
        :class:`~app.access.errors.TooManyAttemptsError`, and :class:`~app.errors.ForbiddenError`
        (``sign_in_again``) for a session of some time ago.
        """
        person = identity.person
        if person is None:
            raise UnauthorizedError("account_needed", "This needs an account.")
        async with self._database.read() as session:
            has_password = (
                await PeopleRepository(session).get(person.id)
            ).password_hash is not None
        if has_password:
            shown = password.get_secret_value() if password else ""
            await self._access.verify_password(scope, person.login, shown)
        elif identity.session is None or utc_now() - identity.session.began_at > _RECENT:
            raise ForbiddenError(
                "sign_in_again", "You signed in a while ago. Sign in again, and do this at once."
            )

    async def check_invitation(self, scope: Scope, token: SecretStr) -> Invitation:
        """Return the invitation with this token. See :meth:`Newcomers.check_invitation`."""
        return await self._newcomers.check_invitation(scope, token)

    async def discard_expired(self) -> None:
        """Delete sign-ins that were not finished in time, and counts of sign-ups that are over."""
        now = utc_now()
        async with self._database.write() as session:
            await FlowRepository(session).discard_expired(now)
            await discard_old_counts(session, now)

    async def _link_proxy_user(self, session: AsyncSession, scope: Scope, person: Person) -> None:
        """Let the proxy's user, who signed up with an invitation, be this person from now on."""
        connection = HTTPConnection(scope)
        user = self._access.proxy_users.named(connection)
        if user is not None and await find_link(session, PROXY, user.subject) is None:
            check_own_page(connection)  # or others could make the user's account theirs
            session.add(proxy_link(user, person.id))


async def check_guarded(access: AccessControl) -> None:
    """Raise :class:`~app.errors.ConflictError` in an open service, which has no accounts."""
    if not await access.is_required():
        raise ConflictError(
            "open_service",
            "This Offbook is open to its one user, who needs no account. Make an admin key "
            "first; then others can sign up.",
        )


def _newcomer(wanted: SignUp, hashed: str, caller: Caller) -> Newcomer:
    is_kept = wanted.keep_conversations and caller.role == "guest"
    token = wanted.invitation
    return Newcomer(
        login=wanted.login,
        name=wanted.name,
        password_hash=hashed,
        language=wanted.language,
        invitation_hash=None if token is None else hash_key(token.get_secret_value()),
        guest=caller.owner if is_kept else None,
    )


def _check_password(password: str, login: str, name: str) -> None:
    """Raise :class:`~app.errors.InvalidError` for a password that is guessed first."""
    plain = password.casefold()
    if plain in {login.casefold(), name.casefold()} or len(set(plain)) < 4:
        raise InvalidError(
            "password_too_simple",
            "This password is too easy to guess. Take several words that do not belong together.",
        )
