"""Decide whether access is required, or the service is open to its one user."""

import asyncio
import time
from collections.abc import Callable

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.access.errors import NoAdminKeyError, WeakAdminKeyError
from app.access.keys import KeyStore
from app.access.people import PeopleStore
from app.settings import Settings

log = structlog.get_logger(__name__)

_SHORTEST_KEY = 16
_CHECK_EVERY = 1.0
"""Seconds after which an open service notices a key that another process created."""
_CHECK_SECONDS = 0.5
"""Seconds that a request waits for that at most: every connection may be in use."""


class Requirement:
    """Decide by the settings and the table of keys; once required, access stays required."""

    def __init__(
        self,
        settings: Settings,
        keys: KeyStore,
        people: PeopleStore,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._keys = keys
        self._people = people
        self._clock = clock
        self._reason = _reached_by_others(settings)
        key = settings.access.admin_key
        self.configured_key = key.get_secret_value().strip() if key else None
        """The admin key of the settings."""
        self.required = self.configured_key is not None or self._reason is not None
        """Whether admin routes need a key, as far as this process has read the database."""
        self.known = self.required
        """Whether ``required`` is certain: false until the table could be read."""
        self._next_check_at = clock()

    async def check(self) -> None:
        """Raise :class:`~app.access.errors.AccessSetupError` where the service would be unguarded.

        An unreachable database is no reason, unless only it can hold the key that guards.
        """
        configured = self.configured_key
        if configured is not None and len(configured) < _SHORTEST_KEY:
            raise WeakAdminKeyError(_SHORTEST_KEY)
        try:
            await self._refresh()
            if self.required and configured is None and not await self._has_admin():
                raise NoAdminKeyError(
                    self._reason or "Offbook will not serve with every key revoked"
                )
        except SQLAlchemyError as error:
            if self._reason is not None and configured is None:
                raise
            log.warning("admin_keys_not_read", error=type(error).__name__)

    async def refresh(self) -> bool:
        """Return whether access is required; read the table once a second at most."""
        if not self.required and self._clock() >= self._next_check_at:
            try:
                async with asyncio.timeout(_CHECK_SECONDS):
                    await self._refresh()
            except (SQLAlchemyError, TimeoutError) as error:
                log.warning("admin_keys_not_read", error=type(error).__name__)
        return self.required

    def close(self) -> None:
        """Require access from now on, as a key was created."""
        self.required = self.known = True

    async def _has_admin(self) -> bool:
        return await self._keys.exists(live=True) or await self._people.has_admin()

    async def _refresh(self) -> None:
        """Read whether a key was ever created; a revoked one still requires access."""
        self._next_check_at = self._clock() + _CHECK_EVERY
        if await self._keys.exists(live=False):
            self.close()
        self.known = True


def _reached_by_others(settings: Settings) -> str | None:
    """Return a sentence on why others can reach the service; None where only its user can."""
    if not settings.server.is_loopback:
        return (
            f"Offbook will not listen on {settings.server.host} without an admin key: anybody "
            "could change everything (on 127.0.0.1 it needs none)"
        )
    for name in ("allowed_hosts", "trusted_proxies"):
        if getattr(settings.access, name):
            return (
                f"Offbook will not serve others, as OFFBOOK_ACCESS__{name.upper()} says that it "
                "shall, without an admin key: anybody could change everything"
            )
    return None
