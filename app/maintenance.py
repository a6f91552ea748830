"""Delete rows that no request can reach, and fill in what older versions lack, every hour.

Of all workers of a database one does it: the one that holds the lock, for as long as it runs. The
others try to take it before each of their hours, so that they go on where that process died.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import structlog
from sqlalchemy import make_url

from app.admin.deletion import purge_characters
from app.blobs.errors import BlobUnavailableError
from app.catalog.signatures import fill_signatures
from app.container import Services
from app.conversations.expiry import give_up_unused
from app.conversations.purging import purge_deleted
from app.db.errors import DATABASE_ERRORS, reason_of
from app.db.kept_counts import fold_counts
from app.db.locks import LockName, lock_of
from app.db.session import Database
from app.search.spaces import Space
from app.search.unused_spaces import discard_unused
from app.search.unused_vectors import discard_orphaned_vectors
from app.turns.followed_repository import FollowedRepository

log = structlog.get_logger(__name__)

_SECONDS = 3_600
_FOLD_SECONDS = 60
_WAIT_SECONDS = 0.1


async def maintain_hourly(services: Services, stopping: asyncio.Event) -> None:
    """Do the maintenance at once and every hour, in one process of all; end when ``stopping``."""
    lock = lock_of(make_url(services.settings.direct_database_url), LockName.MAINTENANCE)
    try:
        while not stopping.is_set():
            try:
                held = await asyncio.to_thread(lock.is_held) or await asyncio.to_thread(
                    lock.acquire, shared=False, wait=_WAIT_SECONDS
                )
                if held:
                    await maintain(services, stopping)
            except (*DATABASE_ERRORS, OSError) as error:
                log.warning("maintenance_put_off", error=reason_of(error))
            except BlobUnavailableError:
                log.warning("files_not_discarded")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), _SECONDS)
    finally:
        await asyncio.to_thread(lock.release)


async def maintain(services: Services, stopping: asyncio.Event) -> None:
    """Do the maintenance once; when ``stopping``, leave the remaining steps to the next time."""
    for step in _steps(services):
        if stopping.is_set():
            return
        await step()


def _steps(services: Services) -> tuple[Callable[[], Awaitable[object]], ...]:
    database = services.database
    return (
        services.scripts.discard_abandoned,
        services.access.discard_expired_sessions,
        services.accounts.discard_expired,
        services.quotas.maintain,
        services.access.discard_old_acts,
        lambda: _delete_old_turns(database),
        lambda: discard_orphaned_vectors(database),
        lambda: discard_unused(database, Space.of(services.embedder.model_id)),
        lambda: give_up_unused(database, services.settings.conversations),
        lambda: purge_deleted(database),
        lambda: purge_characters(database),
        services.erasing.finish_all,
        lambda: fill_signatures(database),
        services.blobs.discard,
    )


async def _delete_old_turns(database: Database) -> None:
    async with database.write() as session:
        await FollowedRepository(session).delete_old()


async def fold_counts_often(services: Services, stopping: asyncio.Event) -> None:
    """Fold what triggers noted into the kept counts, every minute; end when ``stopping``."""
    while not stopping.is_set():
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), _FOLD_SECONDS)
            return
        try:
            await fold_counts(services.database)
        except DATABASE_ERRORS as error:
            log.warning("counts_not_folded", error=reason_of(error))


async def discard_backups_hourly(services: Services, stopping: asyncio.Event) -> None:
    """Delete old backups that this process or an earlier one left in the data directory."""
    while not stopping.is_set():
        try:
            await asyncio.to_thread(services.backups.discard_old)
        except OSError as error:
            log.warning("backups_not_discarded", error=str(error))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), _SECONDS)
