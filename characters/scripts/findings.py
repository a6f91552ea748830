"""Summarise a script that was read to its end: plain data, without its scenes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from characters.language import Language
from characters.scripts.merges import SuggestedMerge, suggest_merges
from characters.scripts.model import Header, Rejection, SpeakerCount
from characters.scripts.reader import ScriptReading
from characters.scripts.report import ParseReport, RowCounts

REPORTED_SPEAKERS = 2_000
"""Most speakers that a report lists, and among which merges are sought."""


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
    aliases: Mapping[str, str]
    merges: Sequence[SuggestedMerge]
    profiles: Mapping[str, str]
    rejections: Sequence[Rejection]
    rejected_total: int
    codes: Mapping[str, int]
    """Number of rejections of each code."""


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
        aliases=dict(reading.aliases),
        merges=suggest_merges(speakers[:REPORTED_SPEAKERS]),
        profiles=report.profiles,
        rejections=report.rejections,
        rejected_total=report.rejected_total,
        codes=report.codes,
    )
