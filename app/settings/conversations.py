"""Set how long conversations are kept."""

from pydantic import BaseModel, Field


class ConversationSettings(BaseModel):
    """Set how long conversations are kept in which nothing happens."""

    kept_days: int | None = Field(default=None, ge=1, le=36_500)
    """Days without a change after which a conversation is deleted for good; by default it stays."""
    guests_kept_days: int | None = Field(default=None, ge=1, le=36_500)
    """The same for guests; by default as for people."""

    def days_for(self, *, guest: bool) -> int | None:
        """Return the days that a guest's or a person's conversations are kept; None for ever."""
        return (self.guests_kept_days or self.kept_days) if guest else self.kept_days
