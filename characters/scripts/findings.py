"""Summarise a script that was read to its end: plain data, without its scenes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from characters.language import Language
from characters.scripts.display_names import display_name
from characters.scripts.merges import SuggestedMerge, nearest_names, suggest_merges
from characters.scripts.model import Header, Rejection, SpeakerCount
from characters.scripts.other_kinds import OtherKind, judge
from characters.scripts.reader import ScriptReading
from characters.scripts.report import ParseReport, RowCounts

REPORTED_SPEAKERS = 2_000
"""Most speakers that a report lists, and among which merges are sought."""


MOST_BEGINNINGS = 100
"""Speakers, those with most lines, for whom lines to begin with are suggested."""


@dataclass(frozen=True, slots=True)
class Suggestions:
    """Hold what a speaker's character may be made with."""

    display: str
    """The name as a person would write it."""
    nearest: str | None = None
    """The speaker whose name is most like this one's, for a merge by hand."""
    greeting: str = ""
    """One of its first lines of a scene."""
    openers: Sequence[str] = ()
    """At most three lines with which a person might begin."""


@dataclass(frozen=True, slots=True)
class Findings:
    """Hold a whole script in numbers, and everything that a report quotes from it."""

    format: str
    encoding: str
    confidence: float
    """Confidence in the encoding, 0 to 1."""
    language: Language
    scenes: int
    lines: int
    rows: RowCounts
    header: Header | None
    """The first header of a table."""
    speakers: Sequence[SpeakerCount]
    """Most lines first, at most 10,000."""
    suggestions: Mapping[str, Suggestions]
    """By speaker, for the ``REPORTED_SPEAKERS`` with most lines."""
    aliases: Mapping[str, str]
    merges: Sequence[SuggestedMerge]
    profiles: Mapping[str, str]
    rejections: Sequence[Rejection]
    rejected_total: int
    codes: Mapping[str, int]
    """Number of rejections of each code."""
    other_kind: OtherKind | None = None
    """What the file plainly is instead of a script; None for what may well be one."""


def summarise(reading: ScriptReading, report: ParseReport) -> Findings:
    """Return the findings of a ``reading`` that ``report`` observed to its end.

    Comparing the names for merges takes noticeable time with many speakers.
    """
    speakers = report.speakers
    return Findings(
        format=reading.format,
        encoding=reading.encoding,
        confidence=reading.confidence,
        language=report.language,
        scenes=report.scenes,
        lines=report.lines,
        rows=report.rows,
        header=report.header,
        speakers=speakers,
        suggestions=_suggest(report, speakers[:REPORTED_SPEAKERS]),
        aliases=dict(reading.aliases),
        merges=suggest_merges(speakers[:REPORTED_SPEAKERS]),
        profiles=report.profiles,
        rejections=report.rejections,
        rejected_total=report.rejected_total,
        codes=report.codes,
        other_kind=judge(reading.format, reading.contents.head, report),
    )


def _suggest(report: ParseReport, speakers: Sequence[SpeakerCount]) -> dict[str, Suggestions]:
    nearest = nearest_names(speakers)
    begins = {speaker.name for speaker in speakers[:MOST_BEGINNINGS]}
    return {
        name: Suggestions(
            display=display_name(name),
            nearest=nearest.get(name),
            greeting=report.beginnings.greeting(name) if name in begins else "",
            openers=report.beginnings.openers(name) if name in begins else (),
        )
        for name in (speaker.name for speaker in speakers)
    }
