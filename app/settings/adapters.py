"""Bound and place adapters: small sets of weights that change how the model speaks."""

from pathlib import Path

from pydantic import BaseModel, Field


class AdapterSettings(BaseModel):
    """Set where adapters are kept, and what one must show before it speaks for a character."""

    folder: Path | None = None
    """The folder of the registered adapters; by default ``adapters`` in the data directory. The web
    processes, the workers and the engines of a fleet share it."""
    most_bytes: int = Field(default=2_000_000_000, ge=1_000)
    """Most bytes of all files of one adapter. An upload is bounded by
    ``OFFBOOK_LIMITS__UPLOAD_BYTES`` as well."""
    least_replies: int = Field(default=20, ge=5)
    """Fewest replies in scenes that an adapter was not trained on, for an audition."""
    scored_replies: int = Field(default=60, ge=5, le=1_000)
    """Most of them whose likelihood an audition measures."""
    written_replies: int = Field(default=30, ge=5, le=1_000)
    """Most of them that both sides of an audition answer anew, to be compared."""
    most_copying: float = Field(default=0.25, ge=0, le=1)
    """Largest share of its replies that an adapter may copy from the lines it is shown."""
