"""Look after people and invitations, as an admin."""

import secrets
from datetime import timedelta
from uuid import UUID

from app.access import AccessControl, Identity, hash_key
from app.access.audit import Target, record
from app.accounts.repository import InvitationRepository, PeopleRepository
from app.accounts.schemas import NewInvitation, PersonUpdate
from app.db.base import utc_now
from app.db.models import Invitation, Person
from app.db.session import Database
from app.errors import ConflictError

_PASSWORD_BYTES = 12
_MOST_INVITATIONS = 1_000


class PeopleAdministration:
    """Change the accounts of others, and invite people; each act is logged."""

    def __init__(self, database: Database, access: AccessControl) -> None:
        self._database = database
        self._access = access

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

    async def change_person(self, identity: Identity, id: UUID, changes: PersonUpdate) -> Person:
        """Return a person changed by an admin; disabling the account ends its sessions.

        Raises :class:`~app.errors.ConflictError` for admins who would lock themselves out.
        """
        locks_out = bool(changes.disabled) or changes.role not in (None, "admin")
        async with self._database.write() as session:
            people = PeopleRepository(session)
            person = await people.get(id)
            if person.id == identity.caller.person and locks_out:
                raise ConflictError(
                    "not_yourself", "Another admin must do this: you would lock yourself out."
                )
            if changes.name is not None:
                person.name = changes.name
            if changes.role is not None:
                person.role = changes.role
            if changes.disabled is not None:
                person.disabled_at = (person.disabled_at or utc_now()) if changes.disabled else None
            if changes.disabled:
                await people.end_sessions(person.id)
            record(
                session,
                identity.caller.actor,
                "person_changed",
                Target("person", str(person.id), person.login),
                **changes.model_dump(include={"role", "disabled"}, exclude_none=True),
                fields=sorted(changes.model_fields_set),
            )
        self._access.log.info(
            "person_changed",
            address=identity.client.address,
            person=person.login,
            changed=sorted(changes.model_fields_set),
            by=identity.actor,
        )
        return person

    async def invite(self, identity: Identity, wanted: NewInvitation) -> tuple[Invitation, str]:
        """Return a new invitation, and its token, which is not kept.

        Raises :class:`~app.errors.ConflictError` (``too_many_invitations``).
        """
        token = secrets.token_urlsafe(32)
        async with self._database.write() as session:
            invitations = InvitationRepository(session)
            now = utc_now()
            await invitations.discard_used(now)
            if len(await invitations.all(now)) >= _MOST_INVITATIONS:
                raise ConflictError(
                    "too_many_invitations",
                    f"There are {_MOST_INVITATIONS:,} open invitations already. Delete some first.",
                )
            row = Invitation(
                token_hash=hash_key(token),
                role=wanted.role,
                note=wanted.note,
                uses_left=wanted.uses,
                made_by=identity.caller.person,
                expires_at=now + timedelta(days=wanted.days),
            )
            session.add(row)
            await session.flush()
            target = Target("invitation", str(row.id))
            record(
                session,
                identity.caller.actor,
                "invitation_created",
                target,
                role=row.role,
                uses=row.uses_left,
            )
        self._access.log.info(
            "invited", address=identity.client.address, role=wanted.role, by=identity.actor
        )
        return row, token
