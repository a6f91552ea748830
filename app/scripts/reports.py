"""Report an upload, from its findings or from the stored script."""

import asyncio
from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Script
from app.scripts.repository import ScriptRepository
from app.scripts.schemas import (
    CharacterRef,
    ColumnsOut,
    MergeOut,
    OtherKindOut,
    ProfileOut,
    RejectionOut,
    RowCountsOut,
    ScriptReport,
    SpeakerOut,
)
from app.scripts.upload import Upload
from characters.scripts.findings import REPORTED_SPEAKERS, Findings, Suggestions
from characters.scripts.merges import suggest_merges
from characters.scripts.model import Rejection, SpeakerCount

_UNATTRIBUTED = "unattributed"


def report_upload(upload: Upload, found: Findings) -> ScriptReport:
    """Return the report of an upload that is not stored."""
    return ScriptReport(
        id=None,
        title=upload.read_title(),
        filename=upload.own_name(),
        format=found.format,
        encoding=found.encoding,
        encoding_confidence=found.confidence,
        language=found.language,
        size_bytes=upload.size,
        scenes=found.scenes,
        lines=found.lines,
        rows=RowCountsOut.model_validate(found.rows),
        columns=None if found.header is None else ColumnsOut.model_validate(found.header),
        speakers=[
            _present_speaker(one, found.suggestions[one.name])
            for one in found.speakers[:REPORTED_SPEAKERS]
        ],
        aliases=dict(found.aliases),
        merges=[MergeOut.model_validate(merge) for merge in found.merges],
        profiles=[ProfileOut(name=name, text=text) for name, text in found.profiles.items()],
        rejected=[_present(item) for item in found.rejections],
        rejected_total=found.rejected_total,
        rejected_by_code=dict(found.codes),
        unattributed_share=_unattributed_share(found.lines, found.codes),
        other_kind=found.other_kind and OtherKindOut.model_validate(found.other_kind),
    )


def _present_speaker(speaker: SpeakerCount, suggested: Suggestions) -> SpeakerOut:
    return SpeakerOut(
        name=speaker.name,
        lines=speaker.lines,
        scenes=speaker.scenes,
        samples=speaker.samples,
        display=suggested.display,
        nearest=suggested.nearest,
        greeting=suggested.greeting,
        openers=list(suggested.openers),
    )


def _present(item: Rejection) -> RejectionOut:
    return RejectionOut(
        row=item.row, part=item.member, text=item.text, code=item.code, reason=item.reason
    )


_STORED = (
    "title",
    "filename",
    "format",
    "encoding",
    "encoding_confidence",
    "language",
    "size_bytes",
    "scenes",
    "lines",
    "rows",
    "columns",
    "speakers",
    "aliases",
    "profiles",
    "rejected",
    "rejected_total",
    "rejected_by_code",
)
"""Fields of a report that are columns of a script; the others are computed."""


def stored_fields(report: ScriptReport) -> dict[str, object]:
    """Return the report as columns of a script."""
    return report.model_dump(mode="json", include=set(_STORED))


async def describe(
    session: AsyncSession, script: Script, *, duplicate: bool = False, replaced: bool = False
) -> ScriptReport:
    """Return a stored script's report."""
    repository = ScriptRepository(session)
    players = await repository.characters(script.id)
    deleted = await repository.characters(script.id, deleted=True)
    stored = {name: getattr(script, name) for name in _STORED}
    # A script stored by an earlier version lacks some of them.
    report = ScriptReport(
        id=script.id, **{name: value for name, value in stored.items() if value is not None}
    )
    return report.model_copy(
        update={
            "merges": await asyncio.to_thread(_suggest, report.speakers),
            "unattributed_share": _unattributed_share(report.lines, report.rejected_by_code),
            "duplicate": duplicate,
            "replaced": replaced,
            "characters": [CharacterRef(slug=one.slug, name=one.name) for one in players],
            "deleted_characters": [CharacterRef(slug=one.slug, name=one.name) for one in deleted],
            "created_at": script.created_at,
            "updated_at": script.updated_at,
        }
    )


def _suggest(speakers: Sequence[SpeakerOut]) -> list[MergeOut]:
    counts = [SpeakerCount(speaker.name, speaker.lines) for speaker in speakers]
    return [MergeOut.model_validate(merge) for merge in suggest_merges(counts)]


def _unattributed_share(lines: int, codes: Mapping[str, int]) -> float | None:
    unattributed = codes.get(_UNATTRIBUTED, 0)
    return round(unattributed / (lines + unattributed), 4) if unattributed else None
