"""Count who speaks after whom in the scripts of a cast, once for all turns."""

import asyncio
from collections.abc import Hashable, Sequence
from uuid import UUID

from cachetools import LRUCache
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.conversations.participants import CastMember
from app.db.models import CharacterScript, Script
from app.db.scenes import SceneRepository
from app.db.session import Database
from characters.stage.transitions import Transitions

_CASTS = 64
"""Casts whose counts stay in memory."""
_SCENES = 3_000
"""Most scenes that are counted, from the first one on."""


class CastTransitions:
    """Count transitions of casts, and keep the counts."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known = LRUCache[Hashable, Transitions](_CASTS)

    def forget(self) -> None:
        """Forget all counts."""
        self._known.clear()

    async def of(self, cast: Sequence[CastMember], until_scene: int | None) -> Transitions:
        """Return the counts of a cast's scripts, its speakers named by their participants' ids.

        Only of scenes before ``until_scene``, if given.
        """
        speakers = {
            name: each.participant.id
            for each in cast
            if each.character is not None
            for name in each.character.speakers
        }
        characters = [each.character.id for each in cast if each.character is not None]
        async with self._database.read() as session:
            revisions = await _revisions(session, characters)
            key = (tuple(revisions), frozenset(speakers.items()), until_scene)
            if (known := self._known.get(key)) is not None:
                return known
            scenes: list[list[Hashable]] = []
            async for scene in SceneRepository(session).stream(revisions):
                if len(scenes) >= (_SCENES if until_scene is None else min(_SCENES, until_scene)):
                    break
                names = (speakers.get(line.speaker, line.speaker) for line in scene.lines)
                scenes.append([*names])
        counted = await asyncio.to_thread(Transitions, scenes)
        self._known[key] = counted
        return counted


async def _revisions(session: AsyncSession, characters: Sequence[UUID]) -> list[UUID]:
    """Return the revisions of all scripts that these characters play in."""
    rows = await session.execute(
        select(Script.id, Script.revision)
        .join(CharacterScript, CharacterScript.script_id == Script.id)
        .where(CharacterScript.character_id.in_(characters))
        .order_by(CharacterScript.position, Script.id)
    )
    return list({row.id: row.revision for row in rows}.values())
