"""Show of a script what a reader with a bookmark may know."""

import asyncio

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.access import Caller
from app.bookmarks.contents import contents_of
from app.bookmarks.reading import ReadTexts, readable_until
from app.db.models import Script, StoredScene
from app.errors import ForbiddenError
from app.scripts.repository import ScriptRepository
from app.scripts.schemas import CharacterRef, RejectionOut, ScriptReport, SpeakerOut
from app.scripts.service import is_own_script


async def shown_until(
    session: AsyncSession, caller: Caller, script: Script, *, whole: bool
) -> int | None:
    """Return how many scenes a caller is shown; None: all.

    Raises :class:`~app.errors.ForbiddenError` (``not_yours``) where the ``whole`` of another's
    script is wanted.
    """
    if not whole:
        return await readable_until(session, caller.owner, script)
    if not is_own_script(script, caller):
        raise ForbiddenError("not_yours", f"“{script.title}” belongs to another.")
    return None


async def limit_report(
    session: AsyncSession, script: Script, report: ScriptReport, until: int
) -> ScriptReport:
    """Return the report without speakers, lines and rows behind the first ``until`` scenes."""
    contents = await contents_of(session, script.revision)
    texts = ReadTexts(until, ((script.scenes, contents),))
    met = {
        player.slug
        for deleted in (False, True)
        for player in await ScriptRepository(session).characters(script.id, deleted=deleted)
        if any(map(texts.has_met, player.speakers))
    }
    rejected = await _rejected(session, script, report.rejected, until)
    return await asyncio.to_thread(_limit, report, texts, met, rejected)


def _limit(
    report: ScriptReport, texts: ReadTexts, met: set[str], rejected: list[RejectionOut]
) -> ScriptReport:
    def listed(characters: list[CharacterRef]) -> list[CharacterRef]:
        return [each for each in characters if each.slug in met]

    return report.model_copy(
        update={
            "speakers": [
                _speaker(each, texts) for each in report.speakers if texts.has_met(each.name)
            ],
            "aliases": {
                alias: name for alias, name in report.aliases.items() if texts.has_met(name)
            },
            "merges": [
                each
                for each in report.merges
                if texts.has_met(each.alias) and texts.has_met(each.name)
            ],
            "profiles": [
                each
                for each in report.profiles
                if (not each.name or texts.has_met(each.name)) and texts.may_show(each.text)
            ],
            "rejected": rejected,
            "characters": listed(report.characters),
            "deleted_characters": listed(report.deleted_characters),
        }
    )


def _speaker(speaker: SpeakerOut, texts: ReadTexts) -> SpeakerOut:
    nearest = speaker.nearest
    return speaker.model_copy(
        update={
            "samples": [*filter(texts.has_heard, speaker.samples)],
            "greeting": speaker.greeting if texts.has_heard(speaker.greeting) else "",
            "openers": [*filter(texts.has_heard, speaker.openers)],
            "nearest": nearest if nearest is not None and texts.has_met(nearest) else None,
        }
    )


async def _rejected(
    session: AsyncSession, script: Script, rejected: list[RejectionOut], until: int
) -> list[RejectionOut]:
    """Return the rows of files, and of the rows of the file now being read, before the scene."""
    of_script = StoredScene.revision == script.revision
    next_one = await session.execute(
        select(StoredScene.part, StoredScene.row).where(of_script, StoredScene.number == until + 1)
    )
    part, row = next_one.one()
    read = select(StoredScene.part).where(of_script, StoredScene.number <= until).distinct()
    parts = {*(await session.scalars(read)), part}
    return [
        each for each in rejected if each.part in parts and (each.part != part or each.row < row)
    ]
