"""Set how long acts are kept."""

from pydantic import BaseModel, Field


class AuditSettings(BaseModel):
    """Set how long the audit keeps who did what."""

    kept_days: int = Field(default=365, ge=1, le=36_500)
    """Days after which an entry is deleted."""
