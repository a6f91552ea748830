"""Define the table by which processes follow and stop each other's turns."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, utc_now


class FollowedTurn(Base):
    """Store what a turn's process and the processes that follow the turn exchange.

    Most turns have no row. It is made by the first process that follows the turn or stops it, or by
    the turn's own where the stored reply does not say how the turn ended; maintenance deletes it a
    day later. The text so far is in the reply itself.
    """

    __tablename__ = "followed_turns"

    turn_id: Mapped[UUID] = mapped_column(primary_key=True)
    conversation_id: Mapped[UUID] = mapped_column(
        ForeignKey("conversations.id", ondelete="CASCADE"), index=True
    )
    heartbeats: Mapped[int] = mapped_column(default=0)
    """Counted up by other processes while they have listeners. A number and no time, for the clocks
    of two machines differ."""
    stop: Mapped[bool] = mapped_column(default=False)
    """Whether another process wants it stopped."""
    reply_id: Mapped[UUID | None]
    """None until the turn's process has written about it."""
    parent_id: Mapped[UUID | None]
    continued: Mapped[int] = mapped_column(default=0)
    """Characters that the reply had before the turn."""
    position: Mapped[int] = mapped_column(default=0)
    """In the queue; 0 once it may run."""
    prompts: Mapped[int] = mapped_column(default=0)
    """How many prompts were prepared for it."""
    examples: Mapped[list[Any]] = mapped_column(default=list)
    """Of the newest prompt."""
    failure: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """The error that it ended with."""
    created_at: Mapped[datetime] = mapped_column(default=utc_now, index=True)
