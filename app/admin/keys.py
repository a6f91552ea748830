"""Present, create and revoke admin keys for the admin API."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.access import Identity
from app.access.audit import Target, record
from app.access.identity import KeyIdentity
from app.access.keys import add_key, list_keys, revoke_key, visible_prefix
from app.admin.schemas import KeyOut, Keys
from app.db.models import ApiKey
from app.dependencies import CoreServices


def present_key(key: ApiKey, identity: Identity) -> KeyOut:
    """Return a key as ``identity`` may see it."""
    return KeyOut(
        prefix=visible_prefix(key),
        label=key.label,
        created_at=key.created_at,
        last_used_at=key.last_used_at,
        revoked_at=key.revoked_at,
        current=identity.key is not None and identity.key.id == key.id,
    )


async def present_keys(session: AsyncSession, identity: Identity, *, configured: bool) -> Keys:
    """Return all keys; ``configured``: the settings hold a further one."""
    keys = await list_keys(session)
    return Keys(items=[present_key(key, identity) for key in keys], configured=configured)


async def create_key(
    services: CoreServices, identity: Identity, label: str
) -> tuple[ApiKey, str, str | None]:
    """Return a new key's row, the key, and the id of a session where the service was open before.

    Without the session the first key would lock its creator out of the page that shows it.
    """
    access = services.access
    open_till_now = not access.required
    async with services.database.write() as session:
        row, key = await add_key(session, label)
        target = Target("admin_key", visible_prefix(row))
        record(session, identity.caller.actor, "admin_key_created", target)
    access.close()
    made = KeyIdentity(row.id, visible_prefix(row))
    token = await access.begin_session(made) if open_till_now else None
    _log(services, "key_created", identity, made.prefix)
    return row, key, token


async def revoke(services: CoreServices, identity: Identity, prefix: str) -> None:
    """Revoke a key. Raises :class:`~app.errors.NotFoundError` (``key_not_found``)."""
    async with services.database.write() as session:
        await revoke_key(session, prefix)
        target = Target("admin_key", prefix)
        record(session, identity.caller.actor, "admin_key_revoked", target)
    _log(services, "key_revoked", identity, prefix)


def _log(services: CoreServices, event: str, identity: Identity, key: str) -> None:
    address = identity.client.address
    services.access.log.info(event, address=address, key=key, by=identity.actor)
