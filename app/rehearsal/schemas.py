"""Define the bodies of rehearsals: the parts of a script, their lines, attempts at them."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from app.schemas import Schema
from characters.rehearsal.marking import Mark
from characters.rehearsal.rating import Prompted, Rating, Shown

Typed = Annotated[str, Field(max_length=20_000)]
Fingerprint = Annotated[str, Field(pattern="^[0-9a-f]{32}$")]


class PartOut(Schema):
    """Describe a part of a script, and how much of it the caller knows."""

    speaker: str
    display: str
    """The name set properly: Agnes for AGNES."""
    lines: int
    scenes: int
    known: int
    """Lines that were remembered at the newest attempt."""
    started: int
    """Lines with an attempt."""
    due: int
    """Lines that come back now."""


class PartSceneOut(Schema):
    """Describe a scene that a part speaks in."""

    number: int
    heading: str | None
    """At most 200 characters."""
    episode: str | None
    lines: int
    """Those of the part."""
    known: int
    due: int


class LeadLine(Schema):
    """Hold a line of another, said before one of the part's."""

    speaker: str
    text: str
    direction: str | None


class Progress(Schema):
    """Say how well the caller knows a line."""

    known: bool
    due: bool
    due_at: datetime
    attempts: int
    rating: Rating
    """Of the newest attempt."""


class RehearsedLineOut(Schema):
    """Hold a line of a part with its cue, its hints and the caller's progress."""

    line: str
    """Its fingerprint, which attempts name. It stays while its words do."""
    number: int
    """Its place in the part, from 1."""
    scene: int
    heading: str | None
    episode: str | None
    lead: list[LeadLine]
    """What others say since the part's line before, at most their last 40 lines."""
    cue: str
    """The last words before it, as cue scripts print them; empty at the beginning of a scene."""
    text: str
    direction: str | None
    initials: str
    """The first letters of its words."""
    words: str
    """Its first words, for a prompter."""
    more: str
    """About half of it."""
    progress: Progress | None
    """Null before the first attempt."""


class DueLines(Schema):
    """Hold the lines that come back now, those due longest first."""

    items: list[RehearsedLineOut]
    total: int
    """As many are due; those beyond ``limit`` are left out."""


class Attempt(Schema):
    """Send what was typed or spoken for a line, and with which help."""

    line: Fingerprint
    typed: Typed
    prompted: Prompted = "none"
    """How much the prompter gave: first words, about half, or all of the line."""
    shown: Shown = "hidden"
    """What of the line was shown meanwhile. With ``text`` it is marked, not rated."""


class MarkedPieceOut(Schema):
    """Hold a piece of the line, or words that were typed and are not in it."""

    text: str
    mark: Mark
    """``missed``: in the line only; ``added``: typed only; ``given``: nothing to say."""


class AttemptOut(Schema):
    """Hold a line marked by what was typed."""

    pieces: list[MarkedPieceOut]
    """In order; without those added, their texts are the line."""
    words: int
    wrong: int
    """Words missed or added; one in place of another counts once."""
    rating: Rating | None
    """``again``: prompted as a whole, or more than a quarter wrong; ``hard``: something wrong, a
    prompt, or first letters shown; ``good``: all right without help; null: the text was shown."""
    progress: Progress | None
    part: PartOut
