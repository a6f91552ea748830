"""List what erases an owner: the one place where a table that names people is registered.

A feature with a table of its own adds a line. ``tests/app/own_data/test_registry.py`` fails for a
column that names people and is not listed.
"""

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import ColumnElement, Delete, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from app.access.audit import ERASED, pseudonymise
from app.access.identity import person_of
from app.access.keys import visible_prefix
from app.accounts.flow_repository import FlowRepository
from app.accounts.repository import PeopleRepository
from app.conversations.purging import disown
from app.db.base import utc_now
from app.db.models import (
    ApiKey,
    Bookmark,
    Character,
    CharacterGuest,
    Conversation,
    Favourite,
    IndexJob,
    Invitation,
    Login,
    QuotaAccount,
    QuotaReservation,
    RehearsedLine,
    Report,
    Script,
    Signal,
    SignalConsent,
    UsageDay,
    UserPersona,
)
from app.moderation.repository import closed_by, erase_reports


@dataclass(slots=True)
class Leaving:
    """Hold the owner who is erased, and the ids of what is erased with them."""

    owner: str
    erasure: UUID
    ids: list[str] = field(default_factory=list)

    @property
    def person(self) -> UUID | None:
        """The id of the owner's account; None for a guest."""
        return person_of(self.owner)

    @property
    def pseudonym(self) -> str:
        """The owner of what is still to be deleted, and of the acts that stay in the audit."""
        return pseudonym_of(self.erasure)


def pseudonym_of(erasure: UUID) -> str:
    """Return the owner that whatever an erasure still has to delete belongs to."""
    return f"{ERASED} {erasure.hex}"


def digest_of(owner: str) -> str:
    """Return what recognises an erased owner without naming it: the ids in it are random."""
    return hashlib.sha256(owner.encode()).hexdigest()


Eraser = Callable[[AsyncSession, Leaving], Awaitable[None]]


def rows_of(column: InstrumentedAttribute[str]) -> Eraser:
    """Return what deletes the rows of a table whose column names the owner."""

    async def erase(session: AsyncSession, leaving: Leaving) -> None:
        await session.execute(
            delete(column.class_)
            .where(column == leaving.owner)
            .execution_options(synchronize_session=False)
        )

    return erase


async def _give_up_conversations(session: AsyncSession, leaving: Leaving) -> None:
    """Take the conversations from their owner; they are deleted a little at a time."""
    own = select(Conversation.id).where(Conversation.owner == leaving.owner)
    ids = (await session.scalars(own)).all()
    leaving.ids += map(str, ids)
    for start in range(0, len(ids), 500):
        await disown(session, ids[start : start + 500])


async def _give_up_characters(session: AsyncSession, leaving: Leaving) -> None:
    """Hide the characters from everyone at once; they are deleted one after the other."""
    given = (
        update(Character)
        .where(Character.owner == leaving.owner)
        .values(owner=leaving.pseudonym, published=False, link=None, deleted_at=utc_now())
        .returning(Character.id)
        .execution_options(synchronize_session=False)
    )
    ids = (await session.scalars(given)).all()
    leaving.ids += map(str, ids)
    theirs = select(Character.id).where(Character.owner == leaving.pseudonym)
    await session.execute(_of(IndexJob.character_id.in_(theirs), IndexJob))
    await session.execute(_of(CharacterGuest.character_id.in_(theirs), CharacterGuest))


async def _give_up_scripts(session: AsyncSession, leaving: Leaving) -> None:
    given = (
        update(Script)
        .where(Script.owner == leaving.owner)
        .values(owner=leaving.pseudonym)
        .returning(Script.id)
        .execution_options(synchronize_session=False)
    )
    leaving.ids += map(str, (await session.scalars(given)).all())


async def _end_sessions(session: AsyncSession, leaving: Leaving) -> None:
    if leaving.person is not None:
        await session.execute(_of(Login.person_id == leaving.person, Login))


async def _delete_keys(session: AsyncSession, leaving: Leaving) -> None:
    if leaving.person is None:
        return
    keys = (await session.scalars(select(ApiKey).where(ApiKey.person_id == leaving.person))).all()
    leaving.ids += [visible_prefix(key) for key in keys]
    await session.execute(_of(ApiKey.person_id == leaving.person, ApiKey))


async def _delete_invitations(session: AsyncSession, leaving: Leaving) -> None:
    if leaving.person is None:
        return
    made = delete(Invitation).where(Invitation.made_by == leaving.person).returning(Invitation.id)
    leaving.ids += map(str, (await session.scalars(made)).all())


async def _delete_person(session: AsyncSession, leaving: Leaving) -> None:
    """Delete the account, and the ways to sign in to it."""
    await FlowRepository(session).forget_guest(leaving.owner)
    if leaving.person is not None:
        leaving.ids.append(str(leaving.person))
        await PeopleRepository(session).delete(leaving.person)


async def _delete_reports(session: AsyncSession, leaving: Leaving) -> None:
    await erase_reports(session, leaving.owner)
    closed = update(Report).where(closed_by(leaving.owner))
    await session.execute(closed.values(closed_by=leaving.pseudonym))


async def _take_names_from_audit(session: AsyncSession, leaving: Leaving) -> None:
    await pseudonymise(session, leaving.owner, leaving.pseudonym, leaving.ids)


def _of(condition: ColumnElement[bool], table: type) -> Delete:
    return delete(table).where(condition).execution_options(synchronize_session=False)


ERASERS: Mapping[str, Eraser] = {
    # While it is known whose conversations the reported messages are in.
    "report_entries.reporter": _delete_reports,
    "reports.closed_by": _delete_reports,
    # Characters before the rows that belong to them: all writers lock in this order.
    "characters.owner": _give_up_characters,
    "conversations.owner": _give_up_conversations,
    "scripts.owner": _give_up_scripts,
    "character_guests.owner": rows_of(CharacterGuest.owner),
    "favourites.owner": rows_of(Favourite.owner),
    "bookmarks.owner": rows_of(Bookmark.owner),
    "rehearsed_lines.owner": rows_of(RehearsedLine.owner),
    "user_personas.owner": rows_of(UserPersona.owner),
    # Consents first: a transaction that keeps a signal holds the consent until its end.
    "signal_consents.owner": rows_of(SignalConsent.owner),
    "signals.owner": rows_of(Signal.owner),
    "admin_sessions.person_id": _end_sessions,
    "admin_keys.person_id": _delete_keys,
    "invitations.made_by": _delete_invitations,
    "usage_days.owner": rows_of(UsageDay.owner),
    "quota_accounts.subject": rows_of(QuotaAccount.subject),
    "quota_reservations.subject": rows_of(QuotaReservation.subject),
    "people.login": _delete_person,
    "person_links.account": _delete_person,
    "person_links.person_id": _delete_person,
    "openid_flows.guest": _delete_person,
    "openid_flows.person_id": _delete_person,
    # Last, for the others collect the ids that its entries name.
    "audit_entries.owner": _take_names_from_audit,
}
"""By the column that names people. They run in this order, in one short transaction, after which
nothing leads to the owner any more; what takes longer is deleted by
:mod:`app.own_data.erasure`."""
