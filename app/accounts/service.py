"""Make accounts, and sign people in to them."""

import secrets
from uuid import UUID

from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.types import Scope

from app.access import AccessControl, Caller, Identity, hash_key
from app.access.audit import Target, hand_over_acts, record
from app.access.identity import Actor, owner_of
from app.access.people import identify_person
from app.accounts.repository import InvitationRepository, PeopleRepository
from app.accounts.schemas import PersonSignIn, SignUp
from app.catalog.favourites import FavouriteRepository
from app.catalog.visibility import hand_over as hand_over_characters
from app.conversations.ownership import hand_over
from app.db.base import utc_now
from app.db.models import Invitation, Person
from app.db.session import Database
from app.errors import ConflictError, ForbiddenError, InvalidError, UnauthorizedError
from app.settings import Settings

_PASSWORD_BYTES = 12
_BAD_INVITATION = (
    "invitation_not_valid",
    "This invitation was used, has expired or never existed. Ask for a new one.",
)


class AccountService:
    """Make accounts and begin their sessions, each step in a transaction of its own."""

    def __init__(self, settings: Settings, database: Database, access: AccessControl) -> None:
        self._settings = settings
        self._database = database
        self._access = access

    async def sign_up(self, scope: Scope, caller: Caller, wanted: SignUp) -> str:
        """Return the id of a session of a new person.

        Raises :class:`~app.errors.ConflictError` for a taken login or in an open service, and
        :class:`~app.errors.ForbiddenError` without a valid invitation where one is needed.
        """
        if not await self._access.is_required():
            raise ConflictError(
                "open_service",
                "This Offbook is open to its one user, who needs no account. Make an admin key "
                "first; then others can sign up.",
            )
        password = wanted.password.get_secret_value()
        _check_password(password, wanted.login, wanted.name)
        await self._check_invited(scope, wanted)
        hashed = await self._access.passwords.hash(password)
        await self._access.audit.flush()  # what the guest did becomes the person's
        async with self._database.write() as session:
            role = await self._role_for(session, wanted)
            if await PeopleRepository(session).by_login(wanted.login) is not None:
                raise ConflictError("login_taken", "Someone has this name already. Take another.")
            person = Person(
                login=wanted.login,
                name=wanted.name,
                role=role,
                password_hash=hashed,
                language=wanted.language,
                seen_at=utc_now(),
            )
            session.add(person)
            await session.flush()
            if wanted.keep_conversations:
                await self._keep(session, caller, person.id)
            address = self._access.client(scope).address
            actor = Actor(owner=owner_of(person.id), login=person.login, address=address)
            record(session, actor, "signed_up", role=role)
        identity = identify_person(person)
        assert identity is not None  # noqa: S101 (made just now, and not disabled)
        self._access.log.info("signed_up", address=address, person=person.login, role=role)
        return await self._access.begin_session(identity)

    async def sign_in(self, scope: Scope, caller: Caller, shown: PersonSignIn) -> str:
        """Return the id of a session. Raises as :meth:`AccessControl.sign_in_person` does."""
        token, person = await self._access.sign_in_person(
            scope, shown.login, shown.password.get_secret_value()
        )
        if shown.keep_conversations:
            await self._access.audit.flush()  # what the guest did becomes the person's
            async with self._database.write() as session:
                await self._keep(session, caller, person.id)
        return token

    async def change_password(
        self, scope: Scope, identity: Identity, current: str, new: str
    ) -> None:
        """Replace the caller's password and end the person's other sessions.

        Raises :class:`~app.errors.UnauthorizedError` for a wrong current one.
        """
        person = identity.person
        if person is None or identity.session is None:
            raise UnauthorizedError("account_needed", "This needs an account.")
        await self._access.verify_password(scope, person.login, current)
        _check_password(new, person.login, person.name)
        hashed = await self._access.passwords.hash(new)
        async with self._database.write() as session:
            people = PeopleRepository(session)
            (await people.get(person.id)).password_hash = hashed
            await people.end_sessions(person.id, keep=identity.session.id)
            record(session, identity.caller.actor, "password_changed")
        self._access.log.info(
            "password_changed", address=identity.client.address, person=person.login
        )

    async def reset_password(self, identity: Identity, id: UUID) -> str:
        """Return a new random password of a person, whose sessions end; an admin hands it over."""
        password = secrets.token_urlsafe(_PASSWORD_BYTES)
        hashed = await self._access.passwords.hash(password)
        async with self._database.write() as session:
            people = PeopleRepository(session)
            person = await people.get(id)
            person.password_hash = hashed
            await people.end_sessions(id)
            target = Target("person", str(id), person.login)
            record(session, identity.caller.actor, "password_reset", target)
        self._access.log.info(
            "password_reset",
            address=identity.client.address,
            person=person.login,
            by=identity.actor,
        )
        return password

    async def check_invitation(self, scope: Scope, token: SecretStr) -> Invitation:
        """Return the invitation with this token; wrong ones count against the address.

        Raises :class:`~app.errors.ForbiddenError` and
        :class:`~app.access.errors.TooManyAttemptsError`.
        """
        hashed = hash_key(token.get_secret_value())
        async with self._access.attempt(scope) as failed:
            async with self._database.read() as session:
                found = await InvitationRepository(session).find(hashed, utc_now())
            if found is None:
                failed()
                raise ForbiddenError(*_BAD_INVITATION)
            return found

    async def _check_invited(self, scope: Scope, wanted: SignUp) -> None:
        """Refuse before a password is hashed, which takes memory, who may not sign up."""
        mode = self._settings.access.sign_up
        if mode == "closed":
            raise ForbiddenError("sign_up_closed", "This Offbook takes no further people.")
        if wanted.invitation is not None:
            await self.check_invitation(scope, wanted.invitation)
        elif mode != "open":
            raise ForbiddenError(
                "invitation_needed", "An account here needs an invitation. Ask an admin for a link."
            )

    async def _role_for(self, session: AsyncSession, wanted: SignUp) -> str:
        """Take one use of the invitation, which another person may have used up meanwhile."""
        if wanted.invitation is None:
            return self._settings.access.sign_up_role
        token = hash_key(wanted.invitation.get_secret_value())
        role = await InvitationRepository(session).use(token, utc_now())
        if role is None:
            raise ForbiddenError(*_BAD_INVITATION)
        return role

    async def _keep(self, session: AsyncSession, caller: Caller, person: UUID) -> None:
        if caller.role == "guest":
            await hand_over(session, caller.owner, owner_of(person))
            await hand_over_characters(session, caller.owner, owner_of(person))
            await FavouriteRepository(session).hand_over(caller.owner, owner_of(person))
            await hand_over_acts(session, caller.owner, owner_of(person))


def _check_password(password: str, login: str, name: str) -> None:
    """Raise :class:`~app.errors.InvalidError` for a password that is guessed first."""
    plain = password.casefold()
    if plain in {login.casefold(), name.casefold()} or len(set(plain)) < 4:
        raise InvalidError(
            "password_too_simple",
            "This password is too easy to guess. Take several words that do not belong together.",
        )
