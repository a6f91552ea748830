"""Store the sign-ins that are under way at an OpenID provider."""

from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import OpenIDFlow


class FlowRepository:
    """Begin and end sign-ins within one session."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def pending(self, site: str, now: datetime) -> int:
        """Return how many began at an address and were not finished; delete expired ones."""
        await self.discard_expired(now)
        counted = select(func.count()).where(OpenIDFlow.site == site)
        return await self._session.scalar(counted) or 0

    async def discard_expired(self, now: datetime) -> None:
        """Delete the sign-ins that took too long."""
        await self._session.execute(delete(OpenIDFlow).where(OpenIDFlow.expires_at <= now))

    async def take(self, state_hash: str, browser_hash: str, now: datetime) -> OpenIDFlow | None:
        """Return the sign-in that a browser began, and end it: it can be taken once.

        Another browser, which lacks the secret, neither gets it nor ends it.
        """
        taken = (
            delete(OpenIDFlow)
            .where(
                OpenIDFlow.state_hash == state_hash,
                OpenIDFlow.browser_hash == browser_hash,
                OpenIDFlow.expires_at > now,
            )
            .returning(OpenIDFlow)
        )
        found: OpenIDFlow | None = await self._session.scalar(taken)
        return found

    async def forget_guest(self, owner: str) -> None:
        """Delete the sign-ins that would bring along the conversations of an owner."""
        await self._session.execute(delete(OpenIDFlow).where(OpenIDFlow.guest == owner))
