"""Find, make, link and unlink the accounts of people whom an OpenID provider vouches for."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.access import AccessControl, Client
from app.access.audit import Action, Target, record
from app.access.identity import Actor, Identity, PersonIdentity, owner_of
from app.access.links import find_link
from app.access.people import identify_person
from app.accounts.newcomers import Newcomer, Newcomers, free_login, keep
from app.accounts.repository import PeopleRepository
from app.db.base import utc_now
from app.db.models import Login, OpenIDFlow, Person, PersonLink
from app.db.session import Database
from app.errors import ConflictError, ForbiddenError, NotFoundError, UnauthorizedError
from app.openid import Profile
from app.settings import AccessSettings

_LONGEST_ACCOUNT = 120
_LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class _Entry:
    person: Person
    is_new: bool
    role_before: str


class OpenIDAccounts:
    """Decide who a verified profile is here: by issuer and subject, never by an e-mail address."""

    def __init__(
        self,
        settings: AccessSettings,
        database: Database,
        access: AccessControl,
        newcomers: Newcomers,
    ) -> None:
        self._settings = settings.openid
        self._database = database
        self._access = access
        self._newcomers = newcomers

    async def find_or_add(
        self, flow: OpenIDFlow, profile: Profile, client: Client
    ) -> PersonIdentity:
        """Return the person that a profile is linked to; a new one where the policy allows it.

        Raises :class:`~app.errors.ForbiddenError` where the settings, the policy or an admin, who
        disabled the account, does not admit them.
        """
        role = self._mapped_role(profile)
        try:
            entry = await self._find_or_add(flow, profile, role)
        except IntegrityError:  # the same person came through another window at that moment
            entry = await self._find_or_add(flow, profile, role)
        person, address = entry.person, client.address
        identity = identify_person(person)
        if identity is None:
            raise ForbiddenError("account_disabled", "This account is disabled.")
        event: Action = "signed_up" if entry.is_new else "signed_in"
        self._access.log.info(event, address=address, person=person.login, by="openid")
        actor = _actor(person.id, person.login, client)
        self._access.audit.note(actor, event, by="openid")
        if person.role != entry.role_before:
            self._access.log.info(
                "person_changed",
                address=address,
                person=person.login,
                changed=["role"],
                role=person.role,
                by="openid",
            )
            target = Target("person", str(person.id), person.login)
            self._access.audit.note(actor, "person_changed", target, role=person.role, by="openid")
        return identity

    async def _find_or_add(self, flow: OpenIDFlow, profile: Profile, role: str | None) -> _Entry:
        async with self._database.write() as session:
            found = await find_link(session, profile.issuer, profile.subject)
            if found is not None:
                link, person = found
                link.used_at = utc_now()
                link.account = _account(profile)
                if flow.guest is not None and flow.keeps and person.disabled_at is None:
                    await keep(session, flow.guest, person.id)
            else:
                person = await self._add(session, flow, profile)
            role_before = person.role
            if role is not None:
                person.role = role
        return _Entry(person, found is None, role_before)

    async def _add(self, session: AsyncSession, flow: OpenIDFlow, profile: Profile) -> Person:
        login = await free_login(session, profile.login)
        newcomer = Newcomer(
            login=login,
            name=(profile.name or login)[:_LONGEST_NAME],
            language=flow.language,
            invitation_hash=flow.invitation_hash,
            guest=flow.guest,
        )
        person = await self._newcomers.add(session, newcomer)
        session.add(_link(profile, person.id))
        await session.flush()
        return person

    async def link(self, flow: OpenIDFlow, profile: Profile, client: Client) -> None:
        """Link a profile to the account whose person began this, if they are signed in still.

        Raises :class:`~app.errors.ConflictError` where either is linked already.
        """
        self._mapped_role(profile)
        try:
            login = await self._store_link(flow, profile)
        except IntegrityError as error:
            raise _linked_elsewhere() from error
        self._access.log.info("openid_linked", address=client.address, person=login)
        if flow.person_id is not None:
            self._access.audit.note(_actor(flow.person_id, login, client), "openid_linked")

    async def _store_link(self, flow: OpenIDFlow, profile: Profile) -> str:
        async with self._database.write() as session:
            person = await session.get(Person, flow.person_id)
            used = await session.get(Login, flow.session_id) if flow.session_id else None
            is_signed_in = used is not None and used.person_id == flow.person_id
            if person is None or person.disabled_at is not None or not is_signed_in:
                raise UnauthorizedError("account_needed", "You are signed out. Sign in again.")
            found = await find_link(session, profile.issuer, profile.subject)
            if found is not None and found[1].id != person.id:
                raise _linked_elsewhere()
            own = await link_of(session, person.id, profile.issuer)
            if own is not None and own.subject != profile.subject:
                raise ConflictError(
                    "openid_linked_already",
                    "Your account is linked to another account there. Unlink that one first.",
                )
            if own is None:
                session.add(_link(profile, person.id))
            return person.login

    async def unlink(self, identity: Identity, issuer: str) -> None:
        """Unlink the provider from a person's account.

        Raises :class:`~app.errors.NotFoundError` (``openid_not_linked``), and
        :class:`~app.errors.ConflictError` (``password_needed``) where no way in would be left.
        """
        if identity.person is None:
            raise UnauthorizedError("account_needed", "This needs an account.")
        async with self._database.write() as session:
            person = await PeopleRepository(session).get(identity.person.id)
            if await link_of(session, person.id, issuer) is None:
                raise NotFoundError("openid_not_linked", "Your account is not linked.")
            if person.password_hash is None:
                raise ConflictError(
                    "password_needed",
                    "Set a password first: otherwise you could not sign in any more.",
                )
            gone = delete(PersonLink).where(
                PersonLink.person_id == person.id, PersonLink.issuer == issuer
            )
            await session.execute(gone)
            record(session, identity.caller.actor, "openid_unlinked")
        self._access.log.info(
            "openid_unlinked", address=identity.client.address, person=identity.person.login
        )

    def _mapped_role(self, profile: Profile) -> str | None:
        """Return the role that the provider's groups give; None where they decide none.

        Raises :class:`~app.errors.ForbiddenError` (``openid_not_admitted``) for a profile outside
        of the domains and groups that the settings admit.
        """
        settings = self._settings
        domains = {each.lower().lstrip("@") for each in settings.email_domains}
        if domains and profile.email.rpartition("@")[2].lower() not in domains:
            raise _not_admitted(settings.name)
        if not settings.maps_roles:
            return None
        if profile.groups.intersection(settings.admin_groups):
            return "admin"
        if profile.groups.intersection(settings.author_groups):
            return "author"
        if settings.reader_groups and not profile.groups.intersection(settings.reader_groups):
            raise _not_admitted(settings.name)
        return "reader"


async def link_of(session: AsyncSession, person: UUID, issuer: str) -> PersonLink | None:
    """Return the link of a person to a provider."""
    statement = select(PersonLink).where(
        PersonLink.person_id == person, PersonLink.issuer == issuer
    )
    return await session.scalar(statement)


def _link(profile: Profile, person: UUID) -> PersonLink:
    return PersonLink(
        issuer=profile.issuer,
        subject=profile.subject,
        person_id=person,
        account=_account(profile),
    )


def _account(profile: Profile) -> str:
    return (profile.login or profile.name or profile.subject)[:_LONGEST_ACCOUNT]


def _linked_elsewhere() -> ConflictError:
    return ConflictError(
        "openid_linked_elsewhere", "That account is linked to another person's account here."
    )


def _not_admitted(name: str) -> ForbiddenError:
    return ForbiddenError("openid_not_admitted", f"Your account at {name} is not admitted here.")


def _actor(person: UUID, login: str, client: Client) -> Actor:
    return Actor(owner=owner_of(person), login=login, address=client.address)
