"""List the scenes that a character speaks in, each named by its content."""

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from cachetools import LRUCache
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Character, StoredScene
from characters.language import clip, reading_length

_AT_ONCE = 200
"""Scenes decoded between two pauses of the event loop: a few milliseconds."""
_CACHED = 30_000
"""Scenes whose description is cached, of all characters: about 20 MB."""
_OPENING = 60
"""Length of an opening, in CJK characters (three others count as one)."""


@dataclass(frozen=True, slots=True)
class KnownScene:
    """Describe a scene that a character speaks in."""

    id: UUID
    position: int
    """0-based position among the scenes of the character's scripts, as ``until_scene`` counts."""
    revision: UUID
    number: int
    heading: str | None
    episode: str | None
    opening: str
    """Its first line."""
    length: float
    """Reading length of its lines."""


class _Key(NamedTuple):
    revisions: tuple[UUID, ...]
    speakers: frozenset[str]


class KnownScenes:
    """List the scenes of characters; a script's revision never changes, so lists are cached."""

    def __init__(self) -> None:
        self._known = LRUCache[_Key, Sequence[KnownScene]](_CACHED, lambda scenes: 1 + len(scenes))

    def forget(self) -> None:
        """Forget all lists; they are read again."""
        self._known.clear()

    async def of(self, session: AsyncSession, character: Character) -> Sequence[KnownScene]:
        """Return the scenes in which the character speaks, in the order of its scripts.

        Of scenes with the same content only the first is listed. The character's scripts must be
        loaded.
        """
        revisions = tuple(script.revision for script in character.scripts)
        key = _Key(revisions, frozenset(character.speakers))
        if (known := self._known.get(key)) is not None:
            return known
        scenes = await _read(session, revisions, key.speakers)
        if len(scenes) < _CACHED:
            self._known[key] = scenes
        return scenes


def scene_id(lines: Sequence[Sequence[Any]], speakers: Collection[str]) -> UUID:
    """Return the id of a scene as the character playing ``speakers`` lived through it.

    ``lines`` begin with speaker and text. The id changes with any of them, and with which lines are
    the character's own; not with the character's name, headings, or the scene's position.
    """
    spoken = [[None if line[0] in speakers else line[0], line[1]] for line in lines]
    digest = hashlib.sha256(json.dumps(spoken).encode()).digest()
    return UUID(bytes=digest[:16])


async def _read(
    session: AsyncSession, revisions: Sequence[UUID], speakers: frozenset[str]
) -> list[KnownScene]:
    found: dict[UUID, KnownScene] = {}
    position = 0
    for revision in revisions:
        after = 0
        while rows := await _page(session, revision, after):
            for number, heading, episode, lines in rows:
                if any(line[0] in speakers for line in lines):
                    id = scene_id(lines, speakers)
                    found.setdefault(
                        id,
                        KnownScene(
                            id=id,
                            position=position,
                            revision=revision,
                            number=number,
                            heading=heading,
                            episode=episode,
                            opening=clip(f"{lines[0][0]}: {lines[0][1]}", _OPENING),
                            length=sum(reading_length(f"{line[0]}: {line[1]}") for line in lines),
                        ),
                    )
                position += 1
            after = rows[-1][0]
    return list(found.values())


async def _page(
    session: AsyncSession, revision: UUID, after: int
) -> Sequence[tuple[int, str | None, str | None, list[Any]]]:
    statement = (
        select(StoredScene.number, StoredScene.heading, StoredScene.episode, StoredScene.lines)
        .where(StoredScene.revision == revision, StoredScene.number > after)
        .order_by(StoredScene.number)
        .limit(_AT_ONCE)
    )
    return [(row[0], row[1], row[2], row[3]) for row in await session.execute(statement)]
