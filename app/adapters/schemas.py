"""Define the bodies of ``/api/admin/adapters``, and of a character's adapters."""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from app.adapters.serving import ServingStatus
from app.schemas import Schema

AdapterAuditionStatus = Literal["never", "running", "interrupted", "failed", "done"]
Figure = Literal["likelihood", "speakers", "copying"]
"""What an audition compares."""
Reason = Literal[
    "audition_needed",
    "audition_outdated",
    "adapter_not_served",
    "adapter_not_better",
    "adapter_in_force",
]
"""Why an adapter cannot be promoted."""


class IntervalOut(Schema):
    """Hold an estimate with its 95 % interval over resamplings of the scenes."""

    value: float
    low: float
    high: float


class CharacterName(Schema):
    """Name a character."""

    slug: str
    name: str


class AdapterFile(Schema):
    """Describe one file of an adapter."""

    name: str
    size: int
    sha256: str


class AdapterOut(Schema):
    """Describe a registered adapter."""

    name: str
    base: str
    """The catalogue's name of the model that it was trained on."""
    base_title: str
    """What that model is called."""
    rank: int
    size: int
    """Bytes of all files."""
    files: list[AdapterFile]
    card: dict[str, Any]
    """Its data card: what it was trained on, how, and the figures of the training."""
    status: ServingStatus
    detail: str
    """What the engine says about it, where it does not serve it."""
    in_force: list[CharacterName]
    """The characters that it speaks for."""
    created_at: datetime


class AdaptersOut(Schema):
    """List the registered adapters, the newest first."""

    items: list[AdapterOut]
    model: str | None
    """The model that runs; null while no engine answers."""
    most_bytes: int
    """Most bytes of an uploaded adapter."""


class SideOut(Schema):
    """Hold the figures of one side of an audition: the adapter, or what was in force."""

    nats_a_token: IntervalOut
    """Mean log-probability of a token of the true replies: closer to zero is likelier."""
    right: IntervalOut
    """Mean probability that a classifier gives the character for the replies written anew."""
    copied: IntervalOut
    """Mean share of these replies that stands in runs copied from the lines they were shown."""


class DifferencesOut(Schema):
    """Hold the adapter's figures less those of what was in force, paired at the same moments."""

    bits_a_reply: IntervalOut
    nats_a_token: IntervalOut
    right: IntervalOut
    copied: IntervalOut


class AdapterSample(Schema):
    """Hold the replies of both sides at one moment."""

    scene: int
    said_before: str
    """The newest line before it."""
    true: str
    adapter: str
    in_force: str


class AdapterResult(Schema):
    """Hold what an audition of an adapter found, on scenes that it was not trained on."""

    adapter: SideOut
    in_force: SideOut
    true_right: float
    """What the classifier gives the character for the true replies at the same moments."""
    true_copied: float
    """The share of the true replies copied from the lines that the prompts show."""
    differences: DifferencesOut
    replies: int
    """True replies whose likelihood was compared."""
    written: int
    """Moments at which both wrote a reply."""
    scenes: int
    """Held-out scenes that they are from."""
    trained_here: bool
    """Whether the adapter was trained on this character's script; then only the scenes that its
    data card holds out count."""
    most_copying: float
    """The largest share of copying allowed at the time."""
    model: str
    speakers: list[str] = Field(default_factory=list)
    """Who is distinguished; the character is the first."""
    samples: list[AdapterSample] = Field(default_factory=list)


class FailedFigure(Schema):
    """Say which figure keeps an adapter from being promoted."""

    figure: Figure
    value: float
    low: float
    high: float
    bound: float
    """What it had to be above (``likelihood``, ``speakers``), or not above (``copying``)."""


class AdapterAuditionOut(Schema):
    """Hold the newest audition of an adapter for a character, and the last result."""

    status: AdapterAuditionStatus
    progress: float | None
    """From 0 to 1 while it runs, else null."""
    error_code: str | None
    error: str | None
    against: str | None
    """The adapter that was in force at the last result; "" for the model alone."""
    finished_at: datetime | None
    result: AdapterResult | None


class AdapterForCharacter(Schema):
    """Describe a registered adapter, as a character sees it."""

    name: str
    base: str
    rank: int
    size: int
    status: ServingStatus
    detail: str
    """What the engine says about it, where it does not serve it."""
    audition: AdapterAuditionOut
    reason: Reason | None
    """Why it cannot be promoted now; null where it can."""
    failed: list[FailedFigure]
    """The figures with which it does not beat what is in force."""


class CharacterAdapters(Schema):
    """Hold which adapter speaks for a character, and which could."""

    in_force: str | None
    """The adapter's name; null for the model alone."""
    status: ServingStatus | None
    """Whether the one in force speaks; otherwise the model answers alone. Null without one."""
    model: str | None
    """The model that runs; null while no engine answers."""
    before: str | None
    """What `revert` goes back to: a name, or "" for the model alone; null where there is
    nothing to go back to."""
    least_replies: int
    """Fewest replies in held-out scenes that an audition needs."""
    items: list[AdapterForCharacter]
    """Those for the model that runs, the one in force, and those with an audition."""


class Promotion(Schema):
    """Name the adapter that is to speak for a character."""

    adapter: str = Field(max_length=64)
