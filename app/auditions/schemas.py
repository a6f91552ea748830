"""Define the bodies of ``/api/admin/characters/{slug}/audition``."""

from datetime import datetime
from typing import Literal

from app.engines.port import PromptStyle
from app.schemas import Schema
from app.settings import RetrievalMode

AuditionStatus = Literal["never", "running", "interrupted", "failed", "done"]


class IntervalOut(Schema):
    """Hold an estimate with its 95 % interval over resamplings of the scenes."""

    value: float
    low: float
    high: float


class FiguresOut(Schema):
    """Hold the figures of one mode at one budget."""

    gap_share: IntervalOut
    """Similarity of the best reply shown to the actual one, scaled from random lines (0) to the
    best possible ones (1)."""
    lift_share: IntervalOut
    """The part of it that is specific to the query: 0 would fit any other query as well, 1 is the
    best possible choice's."""
    cosine: IntervalOut
    """Cosine of the nearest reply shown and the actual reply, in the embedder's space."""
    replies: float
    """Replies shown, on average."""
    gap_over_reference: IntervalOut | None
    lift_over_reference: IntervalOut | None
    """Difference to the mode ``reference``, resampled together."""


class AuditionResult(Schema):
    """Hold how well each mode finds the actual replies of past scenes that were held out."""

    name: str
    scenes: int
    """Scenes sampled."""
    of_scenes: int
    """Scenes of the script; of a long one, evenly spaced scenes are sampled."""
    replies: int
    """The character's lines in the sampled scenes."""
    questions: int
    """Queries, each a reply that was held out."""
    short_replies: int | None = None
    """Answers of fewer than five letters, which are no queries; null in results of versions that
    asked for them."""
    query_length: int | None = None
    """Most of the newest lines that was embedded, in CJK characters; null in old results."""
    tokenizer: str | None = None
    """The model whose tokenizer counted the tokens, or ``estimate``; null in old results, which
    were estimated."""
    prompt_style: PromptStyle | None = None
    """How the prompts counted show examples; null in old results."""
    embedder: str
    recipe: str
    """The name of the selector's weights."""
    budgets: dict[int, dict[str, FiguresOut]]
    """By tokens of examples, then by mode; also for ``random`` lines, for ``static`` lines that are
    the same for every query, and for the ``oracle``, which knows the actual reply."""
    known_items: dict[RetrievalMode, IntervalOut]
    """Share of lines that find their exchange first when repeated with 40 % of the characters
    missing."""


class AuditionOut(Schema):
    """Hold the progress of the newest audition, and the result of the last finished one."""

    status: AuditionStatus
    """``interrupted``: the service stopped while it ran."""
    progress: float | None
    """From 0 to 1 while it runs, else null."""
    error: str | None
    """Why it failed."""
    finished_at: datetime | None
    """When the last audition finished."""
    result: AuditionResult | None
