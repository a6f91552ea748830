"""Count who speaks after whom in the scripts of a cast, once for all turns."""

import asyncio
from collections.abc import Hashable, Mapping, Sequence
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
        """Return the counts of a cast's scripts, asked by its participants' ids.

        Only of scenes before ``until_scene``, if given. Other conversations of the same characters
        have the same counts.
        """
        parts = {each.participant.id: each.character for each in cast if each.character is not None}
        speakers = {character.id: character.speakers for character in parts.values()}
        async with self._database.read() as session:
            plays = await _plays(session, [*speakers])
            names: dict[UUID, dict[str, Hashable]] = {
                revision: {name: id for id in players for name in speakers[id]}
                for revision, players in plays.items()
            }
            key = (
                tuple((revision, *sorted(each.items())) for revision, each in names.items()),
                until_scene,
            )
            counted = self._known.get(key)
            if counted is None:
                scenes = await _speakers_of_scenes(session, names, until_scene)
        if counted is None:
            counted = self._known[key] = await asyncio.to_thread(Transitions, scenes)
        return counted.asked_by({who: character.id for who, character in parts.items()})


async def _speakers_of_scenes(
    session: AsyncSession, names: Mapping[UUID, Mapping[str, Hashable]], until_scene: int | None
) -> list[list[Hashable]]:
    """Return who speaks in the scenes of each revision, under what its ``names`` say."""
    most = _SCENES if until_scene is None else min(_SCENES, until_scene)
    scenes: list[list[Hashable]] = []
    for revision, known in names.items():
        async for scene in SceneRepository(session).stream([revision]):
            if len(scenes) >= most:
                return scenes
            scenes.append([known.get(line.speaker, line.speaker) for line in scene.lines])
    return scenes


async def _plays(session: AsyncSession, characters: Sequence[UUID]) -> dict[UUID, list[UUID]]:
    """Return which of these characters play in the revision of each of their scripts."""
    rows = await session.execute(
        select(Script.revision, CharacterScript.character_id)
        .join(CharacterScript, CharacterScript.script_id == Script.id)
        .where(CharacterScript.character_id.in_(characters))
        .order_by(CharacterScript.position, Script.id, CharacterScript.character_id)
    )
    found: dict[UUID, list[UUID]] = {}
    for row in rows:
        found.setdefault(row.revision, []).append(row.character_id)
    return found
