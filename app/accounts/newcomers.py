"""Admit new people as the sign-up policy says, however they come."""

import secrets
from dataclasses import dataclass
from uuid import UUID

from pydantic import SecretStr
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.types import Scope

from app.access import AccessControl, hash_key
from app.access.audit import hand_over_acts, record
from app.access.identity import Actor, PersonIdentity, owner_of
from app.access.links import PROXY, find_link
from app.access.people import identify_person, login_of
from app.access.proxy_users import ProxyUser
from app.accounts.repository import InvitationRepository, PeopleRepository
from app.bookmarks.repository import BookmarkRepository
from app.catalog.favourites import FavouriteRepository
from app.catalog.visibility import hand_over as hand_over_characters
from app.conversations.ownership import hand_over
from app.db.base import utc_now
from app.db.models import Invitation, Person, PersonLink
from app.db.session import Database
from app.errors import ForbiddenError
from app.moderation.repository import hand_over as hand_over_reports
from app.quotas.usage import hand_over_usage
from app.rehearsal.repository import RehearsalRepository
from app.settings import AccessSettings
from app.signals.consent import hand_over as hand_over_signals

_LONGEST_LOGIN = 120
_LONGEST_NAME = 80
_NUMBERED_LOGINS = range(2, 10)
_BAD_INVITATION = (
    "invitation_not_valid",
    "This invitation was used, has expired or never existed. Ask for a new one.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer:
    """Describe a person to make an account for."""

    login: str
    name: str
    password_hash: str | None = None
    language: str | None = None
    invitation_hash: str | None = None
    guest: str | None = None
    """The owner whose conversations, characters and favourites become the person's."""


class Newcomers:
    """Check invitations, and make accounts."""

    def __init__(self, settings: AccessSettings, database: Database, access: AccessControl) -> None:
        self._settings = settings
        self._database = database
        self._access = access

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

    async def check(self, scope: Scope, invitation: SecretStr | None) -> None:
        """Raise :class:`~app.errors.ForbiddenError` for who may not sign up."""
        check_mode(self._settings, is_invited=invitation is not None)
        if invitation is not None:
            await self.check_invitation(scope, invitation)

    async def add(self, session: AsyncSession, newcomer: Newcomer) -> Person:
        """Return the stored account of a newcomer, who keeps what they had as a guest.

        Raises :class:`~app.errors.ForbiddenError` where the policy, or the invitation, which
        another person may have used up meanwhile, does not admit them.
        """
        person = Person(
            login=newcomer.login,
            name=newcomer.name,
            role=await self._role(session, newcomer.invitation_hash),
            password_hash=newcomer.password_hash,
            language=newcomer.language,
            seen_at=utc_now(),
        )
        session.add(person)
        await session.flush()
        if newcomer.guest is not None:
            await keep(session, newcomer.guest, person.id)
        return person

    async def welcome(
        self, user: ProxyUser, scope: Scope, guest: str | None
    ) -> PersonIdentity | None:
        """See :class:`~app.access.proxy_users.Welcome`: where everyone may sign up, add them."""
        if self._settings.sign_up != "open":
            return None
        try:
            return await self._welcome(user, scope, guest)
        except IntegrityError:  # another request of the same page was first
            async with self._database.read() as session:
                found = await find_link(session, PROXY, user.subject)
            return None if found is None else identify_person(found[1])

    async def _welcome(
        self, user: ProxyUser, scope: Scope, guest: str | None
    ) -> PersonIdentity | None:
        async with self._database.write() as session:
            login = await free_login(session, user.subject)
            name = (user.name or user.subject)[:_LONGEST_NAME]
            person = await self.add(session, Newcomer(login=login, name=name, guest=guest))
            session.add(proxy_link(user, person.id))
            address = self._access.client(scope).address
            actor = Actor(owner=owner_of(person.id), login=person.login, address=address)
            record(session, actor, "signed_up", role=person.role, by="proxy")
        self._access.log.info(
            "signed_up", address=address, person=person.login, role=person.role, by="proxy"
        )
        return identify_person(person)

    async def _role(self, session: AsyncSession, invitation_hash: str | None) -> str:
        check_mode(self._settings, is_invited=invitation_hash is not None)
        if invitation_hash is None:
            return self._settings.sign_up_role
        role = await InvitationRepository(session).use(invitation_hash, utc_now())
        if role is None:
            raise ForbiddenError(*_BAD_INVITATION)
        return role


def check_mode(settings: AccessSettings, *, is_invited: bool) -> None:
    """Raise :class:`~app.errors.ForbiddenError` where the settings admit no such newcomer."""
    if settings.sign_up == "closed":
        raise ForbiddenError("sign_up_closed", "This Offbook takes no further people.")
    if settings.sign_up != "open" and not is_invited:
        raise ForbiddenError(
            "invitation_needed", "An account here needs an invitation. Ask an admin for a link."
        )


def proxy_link(user: ProxyUser, person: UUID) -> PersonLink:
    """Return the row that makes a user of the proxy a person."""
    return PersonLink(
        issuer=PROXY, subject=user.subject, person_id=person, account=user.subject[:_LONGEST_LOGIN]
    )


async def keep(session: AsyncSession, guest: str, person: UUID) -> None:
    """Give a person what a guest has: conversations, favourites, bookmarks, what came by link."""
    owner = owner_of(person)
    await hand_over(session, guest, owner)
    await hand_over_characters(session, guest, owner)
    await FavouriteRepository(session).hand_over(guest, owner)
    await BookmarkRepository(session).hand_over(guest, owner)
    await RehearsalRepository(session).hand_over(guest, owner)
    await hand_over_usage(session, guest, owner)
    await hand_over_acts(session, guest, owner)
    await hand_over_reports(session, guest, owner)
    await hand_over_signals(session, guest, owner)


async def free_login(session: AsyncSession, wanted: str) -> str:
    """Return a login like ``wanted`` that no person has.

    A person who signs in elsewhere gets an account of their own, and never that of the person who
    happens to have the same name, or e-mail address, here.
    """
    plain = "-".join(login_of(wanted).split())[: _LONGEST_LOGIN - 10]
    if len(plain) < 2:
        plain = "person"
    people = PeopleRepository(session)
    for login in (plain, *(f"{plain}-{number}" for number in _NUMBERED_LOGINS)):
        if await people.by_login(login) is None:
            return login
    return f"{plain}-{secrets.token_hex(4)}"
