"""Define the tables of people who sign in elsewhere, and of sign-ups by address."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, utc_now
from app.db.ids import new_id


class PersonLink(Base):
    """Store that a user of an OpenID provider, or of a proxy, is a person of this service."""

    __tablename__ = "person_links"
    __table_args__ = (
        UniqueConstraint("issuer", "subject"),
        UniqueConstraint("person_id", "issuer"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    issuer: Mapped[str] = mapped_column(String(500))
    """The provider's address; ``proxy`` for users whom a trusted proxy names."""
    subject: Mapped[str] = mapped_column(String(255))
    """The user's name there, which never becomes another's. Unlike an e-mail address."""
    person_id: Mapped[UUID]
    """No foreign key: who deletes a person deletes these."""
    account: Mapped[str] = mapped_column(String(120))
    """What the provider calls the account, for its owner to recognise it."""
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    used_at: Mapped[datetime] = mapped_column(default=utc_now)
    """Precise to five minutes."""


class OpenIDFlow(Base):
    """Store a sign-in under way at an OpenID provider, until its browser comes back."""

    __tablename__ = "openid_flows"

    state_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    browser_hash: Mapped[str] = mapped_column(String(64))
    """Of the cookie that the browser got; what the provider is sent is derived from that cookie."""
    redirect_uri: Mapped[str] = mapped_column(String(500))
    next: Mapped[str] = mapped_column(String(500))
    """The page to go on with."""
    person_id: Mapped[UUID | None] = mapped_column(index=True)
    """Whose account is to be linked; None for a sign-in."""
    session_id: Mapped[UUID | None]
    """The session in use at the start: that of the person, or the one that a sign-in replaces."""
    guest: Mapped[str | None] = mapped_column(String(64), index=True)
    """The owner whose conversations become the person's, where that is new here."""
    keeps: Mapped[bool]
    """Whether they become those of a person who has an account, too."""
    invitation_hash: Mapped[str | None] = mapped_column(String(64))
    language: Mapped[str | None] = mapped_column(String(8))
    site: Mapped[str] = mapped_column(String(64), index=True)
    """Where it began; see :attr:`app.access.addresses.Client.site`."""
    expires_at: Mapped[datetime] = mapped_column(index=True)


class SignUpCount(Base):
    """Store how many sign-ups an address tried since a time."""

    __tablename__ = "sign_up_counts"

    site: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 of the address, which is not stored itself."""
    began_at: Mapped[datetime] = mapped_column(index=True)
    tries: Mapped[int]
