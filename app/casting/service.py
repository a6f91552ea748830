"""Propose the speakers of a script worth playing, and create several characters at once."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.access import Caller
from app.bookmarks.contents import contents_of
from app.bookmarks.reading import ReadTexts
from app.casting.repository import sample_scenes
from app.casting.schemas import CastProposal, RoleOut
from app.catalog.schemas import CharacterFields, CharacterOut
from app.catalog.service import add_character, present_all
from app.db.models import Character, Script
from app.db.session import Database
from app.errors import InvalidError, TooLargeError
from app.scripts.read_so_far import shown_until
from app.scripts.service import get_script
from characters.scripts.playable_speakers import RoleRanking, SpeakerTotals

_SCENES = 2_000
_LINES = 30_000
"""Approximate bounds of the scenes read for a proposal: a second's work."""


class CastingService:
    """Propose and create characters. ``wake_indexer`` is called after each creation."""

    def __init__(
        self, database: Database, wake_indexer: Callable[[], None], characters_at_once: int
    ) -> None:
        self._database = database
        self._wake_indexer = wake_indexer
        self._characters_at_once = characters_at_once

    async def propose(
        self, script_id: UUID, limit: int, viewer: Caller, *, whole: bool = False
    ) -> CastProposal:
        """Propose the ``limit`` speakers with most lines, those best worth playing first.

        None who first speaks behind the viewer's bookmark, and no line from there, unless the
        ``whole`` of an own script is wanted.
        """
        async with self._database.read() as session:
            script = await get_script(session, script_id, viewer=viewer)
            until = await shown_until(session, viewer, script, whole=whole)
            # The script's own list is sorted by the number of lines.
            most = (await _met(session, script, until))[:limit]
            ranking = RoleRanking(
                SpeakerTotals(each["name"], each["lines"], each["scenes"]) for each in most
            )
            share = min(_SCENES / max(1, script.scenes), _LINES / max(1, script.lines))
            scenes_read = 0
            async for scenes in sample_scenes(session, script, share, until):
                ranking.read(scenes)
                scenes_read += len(scenes)
        roles = ranking.roles(script.lines, script.scenes)
        return CastProposal(
            script_id=script.id,
            title=script.title,
            lines=script.lines,
            scenes=script.scenes,
            scenes_read=scenes_read,
            roles=[RoleOut.model_validate(role) for role in roles],
        )

    async def create(
        self, script_id: UUID, wanted: Sequence[CharacterFields], maker: Caller
    ) -> list[CharacterOut]:
        """Create these characters of one script in one transaction, all or none."""
        if len(wanted) > (limit := self._characters_at_once):
            raise TooLargeError(
                "too_many_characters",
                f"These are {len(wanted)} characters; {limit} can be made at once. "
                "Nothing was stored.",
                limit=limit,
            )
        async with self._database.write() as session:
            script = await get_script(session, script_id, viewer=maker)
            made: list[Character] = []
            for number, each in enumerate(wanted, start=1):
                try:
                    made.append(await add_character(session, each, [script], maker=maker))
                except InvalidError as error:
                    raise _in_the_list(error, each, number) from error
            shown = await present_all(session, made, reader=None)
        self._wake_indexer()
        return shown


async def _met(session: AsyncSession, script: Script, until: int | None) -> list[Any]:
    """Return the script's speakers who speak in its first ``until`` scenes; None: all."""
    if until is None:
        return script.speakers
    contents = await contents_of(session, script.revision)
    texts = ReadTexts(until, ((script.scenes, contents),))
    return [each for each in script.speakers if texts.has_met(each["name"])]


def _in_the_list(error: InvalidError, wanted: CharacterFields, number: int) -> InvalidError:
    """Return the error of one of several characters, with its name and number."""
    message = f"“{wanted.name}”, number {number}: {error.message} Nothing was stored."
    named = InvalidError(error.code, message)
    named.detail = {**error.detail, "number": number}
    return named
