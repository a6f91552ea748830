"""Define the tables of what people have used: counters of quotas, reservations, daily usage."""

import datetime as dt
from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base


class QuotaAccount(Base):
    """Count what one subject has used of its quotas: a person, a guest's cookie, or an address.

    One row holds every counter, so that one conditional statement checks and takes them all. A
    counter of a minute or a day that is over counts as 0.
    """

    __tablename__ = "quota_accounts"

    subject: Mapped[str] = mapped_column(String(80), primary_key=True)
    minute: Mapped[int] = mapped_column(BigInteger)
    """Minutes since 1970 in which the requests were made."""
    requests: Mapped[int] = mapped_column(BigInteger, default=0)
    day: Mapped[int] = mapped_column(BigInteger, index=True)
    """Days since 1970, in UTC, on which tokens and uploads were used."""
    tokens: Mapped[int] = mapped_column(BigInteger, default=0)
    """Settled, without what is reserved."""
    uploads: Mapped[int] = mapped_column(BigInteger, default=0)
    reserved: Mapped[int] = mapped_column(BigInteger, default=0)
    """Tokens of running turns, as estimated: the sum of the subject's reservations."""
    running: Mapped[int] = mapped_column(BigInteger, default=0)
    """Running turns: those of the subject's reservations."""


class QuotaReservation(Base):
    """Hold what one running turn has reserved of one subject's quotas.

    Its process renews the lease. The reservation of a process that died is given back once the
    lease has run out.
    """

    __tablename__ = "quota_reservations"
    __table_args__ = (Index("ix_quota_reservations_subject", "subject"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(String(80), primary_key=True)
    tokens: Mapped[int] = mapped_column(BigInteger)
    turns: Mapped[int] = mapped_column(BigInteger)
    lease_until: Mapped[datetime] = mapped_column(index=True)


class UsageDay(Base):
    """Count what one owner used of one character on one day, in UTC.

    The figures outlive conversations and characters; they are deleted with the person, and when
    they are old.
    """

    __tablename__ = "usage_days"
    __table_args__ = (Index("ix_usage_days_day", "day"),)

    owner: Mapped[str] = mapped_column(String(64), primary_key=True)
    """As conversations name their owners; empty: the service."""
    day: Mapped[dt.date] = mapped_column(primary_key=True)
    character_id: Mapped[UUID] = mapped_column(primary_key=True)
    """All zeros where it was about no character."""
    prompt_tokens: Mapped[int] = mapped_column(BigInteger, default=0)
    cached_tokens: Mapped[int] = mapped_column(BigInteger, default=0)
    """The part of the prompt tokens that the engine found in its cache."""
    completion_tokens: Mapped[int] = mapped_column(BigInteger, default=0)
    turns: Mapped[int] = mapped_column(BigInteger, default=0)
    storage_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    """As last measured on that day."""
