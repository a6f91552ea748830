"""Name the acts that are kept, and store one within the transaction that does it.

An act and its entry are then both stored or neither is. Acts without a transaction of their own go
to :class:`~app.access.audit_trail.AuditTrail`. Entries hold names, ids and codes: never a secret,
nor anything said in a conversation.
"""

from datetime import datetime
from typing import Literal, NamedTuple

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.access.identity import Actor
from app.db.models import AuditEntry

Action = Literal[
    "adapter_promoted",
    "adapter_registered",
    "adapter_removed",
    "adapter_reverted",
    "address_blocked",
    "admin_key_created",
    "admin_key_revoked",
    "audit_exported",
    "backup_deleted",
    "backup_downloaded",
    "backup_made",
    "character_changed",
    "character_created",
    "character_deleted",
    "character_exported",
    "character_published",
    "character_restored",
    "character_shared",
    "character_taken",
    "character_unpublished",
    "character_unshared",
    "conversation_deleted",
    "conversation_exported",
    "conversation_restored",
    "conversations_exported",
    "data_downloaded",
    "data_erased",
    "invitation_created",
    "invitation_deleted",
    "key_created",
    "key_refused",
    "key_revoked",
    "limits_changed",
    "model_chosen",
    "model_deleted",
    "model_pulled",
    "openid_linked",
    "openid_unlinked",
    "password_changed",
    "password_reset",
    "person_changed",
    "person_erased",
    "report_closed",
    "report_read",
    "script_deleted",
    "script_stored",
    "script_taken",
    "sign_in_failed",
    "signed_in",
    "signed_out",
    "signed_up",
]
Outcome = Literal["done", "refused"]
Detail = dict[str, str | int | bool | list[str]]

ERASED = "erased"
"""What the owner of entries begins with whose person or guest was erased."""
_DISCARDED_AT_ONCE = 1_000
_IN_ONE_CLAUSE = 500


class Target(NamedTuple):
    """Name what an act is done to, as it was called then."""

    kind: str = ""
    id: str = ""
    title: str = ""


NOTHING = Target()
"""The target of acts that have none, such as a sign-in."""


def make_entry(
    actor: Actor, action: Action, target: Target, detail: Detail, outcome: Outcome = "done"
) -> AuditEntry:
    """Return an act as a row; texts too long for their columns are cut off."""
    return AuditEntry(
        owner=actor.owner[:64],
        login=actor.login[:120],
        key=actor.key[:16],
        address=actor.address[:64],
        action=action,
        target_kind=target.kind,
        target_id=target.id[:64],
        target_title=target.title[:200],
        detail=detail,
        outcome=outcome,
    )


def record(
    session: AsyncSession,
    actor: Actor,
    action: Action,
    target: Target = NOTHING,
    **detail: str | int | bool | list[str],
) -> None:
    """Store an act in the transaction that does it."""
    session.add(make_entry(actor, action, target, detail))


async def hand_over_acts(session: AsyncSession, before: str, after: str) -> None:
    """Give the acts of a guest to the account that the guest signed up or in to.

    Erasing the person then takes their address out of these entries as well.
    """
    given = update(AuditEntry).where(AuditEntry.owner == before)
    await session.execute(given.values(owner=after))


async def pseudonymise(
    session: AsyncSession, owner: str, pseudonym: str, targets: list[str]
) -> None:
    """Take the names and addresses of an erased owner out of all entries; the acts stay.

    ``pseudonym`` replaces the owner, so that their acts still belong together; ``targets`` are the
    ids of the person and of everything that is erased with them.
    """
    nameless = {"target_id": "", "target_title": ""}
    await session.execute(
        update(AuditEntry)
        .where(AuditEntry.owner == owner)
        .values(owner=pseudonym, login="", key="", address="", **nameless)
    )
    for start in range(0, len(targets), _IN_ONE_CLAUSE):
        some = targets[start : start + _IN_ONE_CLAUSE]
        # Wrong passwords for an account mostly come from where its person is.
        tried = AuditEntry.target_id.in_(some), AuditEntry.action == "sign_in_failed"
        await session.execute(update(AuditEntry).where(*tried).values(address=""))
        await session.execute(
            update(AuditEntry).where(AuditEntry.target_id.in_(some)).values(**nameless)
        )


async def discard_older(session: AsyncSession, before: datetime) -> bool:
    """Delete a batch of the entries older than a time; return whether more may follow."""
    old = select(AuditEntry.id).where(AuditEntry.at < before).limit(_DISCARDED_AT_ONCE)
    gone = await session.scalars(
        delete(AuditEntry).where(AuditEntry.id.in_(old)).returning(AuditEntry.id)
    )
    return len(gone.all()) == _DISCARDED_AT_ONCE
