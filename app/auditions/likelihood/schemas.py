"""Define the bodies of ``/api/admin/characters/{slug}/audition/likelihood``."""

from datetime import datetime
from typing import Literal

from app.auditions.schemas import IntervalOut
from app.engines.port import PromptStyle
from app.schemas import Schema
from app.settings import RetrievalMode

MeasurementStatus = Literal["never", "running", "stopped", "interrupted", "failed", "done"]


class DifferenceOut(Schema):
    """Hold how much easier replies are to guess with one prompt than with another."""

    bits_a_reply: IntervalOut
    """Each bit halves the number of replies that the model hesitates between."""
    nats_a_token: IntervalOut
    is_significant: bool
    """Whether the interval excludes zero."""


class ProofOut(Schema):
    """Hold what a character's lines do to the likelihood of its real replies, held out."""

    rag: DifferenceOut
    """Lines chosen for the moment, over the profile only: what retrieval adds."""
    lift: DifferenceOut
    """Lines chosen for the moment, over the character's lines in random order."""
    voice: DifferenceOut | None
    """The character's lines in random order, over another speaker's; null where it is alone."""
    own: DifferenceOut
    """The character's lines in random order, over the profile only."""
    other: DifferenceOut | None
    """Another speaker's lines, over the profile only."""
    without_copied: DifferenceOut | None
    """``rag`` without the replies that share eight letters or words in a row with a line shown;
    null where none is left."""
    copied: int
    """How many share so many."""
    replies: int
    """Held-out replies behind each figure."""
    scenes: int
    """Scenes that they are from."""
    example_tokens: dict[str, float]
    """Tokens of the lines shown, on average, by context."""
    mode: RetrievalMode
    """How the lines were chosen: as for the character's conversations at that time."""
    model: str
    prompt_style: PromptStyle
    embedder: str
    selector: str
    """The name of the selector's weights."""


class LikelihoodCost(Schema):
    """Hold what a measurement asks of the engine, roughly."""

    replies: int
    """Held-out replies, at most 60."""
    scores: int
    tokens: int
    """Tokens of prompts that the engine reads."""
    minutes: float | None
    """About how long it takes beside no conversation, at the pace of the last measurement with this
    model; null before its first scores."""


class MeasurementError(Schema):
    """Say why a measurement failed."""

    code: str
    """``engine_cannot_score``, ``nothing_to_ask``, ``internal``, or an error of the engine's, such
    as ``engine_unavailable``."""
    message: str


class LikelihoodAuditionOut(Schema):
    """Hold the progress of the newest measurement, and the result of the last finished one."""

    status: MeasurementStatus
    """``stopped``: by an admin; ``interrupted``: the service stopped while it ran. What was
    measured is kept in both cases and after a failure: it goes on there when it is begun again."""
    progress: float | None
    """From 0 to 1 while it runs, else null."""
    minutes_left: float | None
    """About, while it runs and once the first scores are in; else null."""
    error: MeasurementError | None
    cost: LikelihoodCost | None
    """Of a whole measurement; null while it runs, and for a character with too few lines."""
    finished_at: datetime | None
    """When the last measurement finished."""
    result: ProofOut | None


class ProofLine(Schema):
    """Hold the result of a character's measurement in short."""

    bits_a_reply: IntervalOut
    """How much easier its real replies are to guess with the lines chosen for the moment."""
    is_significant: bool
    replies: int
    finished_at: datetime


class ProofLineOut(Schema):
    """Hold the result of the last measurement of a character."""

    proof: ProofLine | None
    """Null where none was made."""
