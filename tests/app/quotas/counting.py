"""People who pay, a clock that tests set, and services that count on one database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from app.db.models import QuotaAccount, QuotaReservation
from app.db.session import Database
from app.quotas.payer import Payer, Subject
from app.quotas.service import QuotaService
from app.settings import Quota, QuotaSettings
from tests.app.conftest import make_settings

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@dataclass
class SetClock:
    """Shows the time that a test sets."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


def payer(name: str = "person a", **limits: Any) -> Payer:
    """Someone with these limits."""
    return Payer(owner=name, queue=name, subjects=(Subject(name, "person", Quota(**limits)),))


@asynccontextmanager
async def counting(
    database_url: str, folder: Path, clock: SetClock, services: int = 1
) -> AsyncIterator[list[QuotaService]]:
    """Services as of as many processes, each with connections of its own."""
    settings = make_settings(database_url, folder)
    databases = [Database(settings) for _ in range(services)]
    started = [QuotaService(each, QuotaSettings(), clock) for each in databases]
    try:
        yield started
    finally:
        for quotas, database in zip(started, databases, strict=True):
            await quotas.aclose()
            await database.aclose()


async def account(quotas: QuotaService, name: str = "person a") -> dict[str, int]:
    """What is counted of someone."""
    async with quotas._database.read() as session:
        row = await session.get_one(QuotaAccount, name)
    return {each: getattr(row, each) for each in ("tokens", "reserved", "running", "uploads")}


async def reservations(quotas: QuotaService) -> int:
    """How many are held, by anyone."""
    async with quotas._database.read() as session:
        return len((await session.scalars(select(QuotaReservation.id))).all())
