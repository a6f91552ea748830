"""Bodies of ``/api/admin/characters/{slug}/audition``."""

from datetime import datetime
from typing import Literal

from app.schemas import Schema
from app.settings import RetrievalMode

AuditionStatus = Literal["never", "running", "interrupted", "failed", "done"]


class IntervalOut(Schema):
    """An estimate, and where it lies in 95 of 100 resamplings of the scenes."""

    value: float
    low: float
    high: float


class FiguresOut(Schema):
    """One way of choosing, at one budget."""

    gap_share: IntervalOut
    """Of the way from random lines (0) to the best possible ones (1), by how like what was said
    then the best reply shown is."""
    lift_share: IntervalOut
    """Of what is specific to the moment: 0 would fit any other moment as well, 1 is what the best
    possible choice has."""
    cosine: IntervalOut
    """Of the nearest reply shown with what was said, in the embedder's space."""
    replies: float
    """Replies shown, on average."""
    gap_over_reference: IntervalOut | None
    lift_over_reference: IntervalOut | None
    """What it has over the mode ``reference``, resampled together."""


class AuditionResult(Schema):
    """Past scenes held out, and how much of what was said there each way of choosing finds."""

    name: str
    scenes: int
    """Scenes that were looked at."""
    of_scenes: int
    """Scenes there are: of a long script, evenly spaced ones are looked at."""
    replies: int
    """Lines the character speaks in them."""
    questions: int
    """Moments that were held out and asked for."""
    embedder: str
    recipe: str
    """The selector's weights."""
    budgets: dict[int, dict[str, FiguresOut]]
    """By tokens of examples, then by mode; beside the modes ``random`` lines, the same ``static``
    ones whatever is asked, and the ``oracle``, which knows what was said."""
    known_items: dict[RetrievalMode, IntervalOut]
    """How often a line said again with 40 % of its characters missing finds its exchange first."""


class AuditionOut(Schema):
    """How far the newest audition is, and the result of the last one that came to an end."""

    status: AuditionStatus
    """``interrupted``: the service stopped while it ran."""
    progress: float | None
    """From 0 to 1, while it runs."""
    error: str | None
    """Why it failed."""
    finished_at: datetime | None
    """When the result was found."""
    result: AuditionResult | None
