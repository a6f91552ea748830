"""Find out how much of a script a reader has read: the one way, for every page and every answer.

A reader without a bookmark has read everything. Whatever shows, searches or says something of a
script asks here first, with the owner of the reader's conversations.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.bookmarks.contents import ScriptContents, contents_of
from app.bookmarks.trail import follow
from app.db.models import Bookmark, CharacterScript, Script

_NOWHERE = float("inf")


@dataclass(frozen=True, slots=True)
class ReadScript:
    """Hold a script, and how much of it the reader has read."""

    id: UUID
    revision: UUID
    scenes: int
    read: int | None
    """Scenes that the reader has read, from the first one on; None without a bookmark: all."""

    @property
    def is_read(self) -> bool:
        """Whether the reader may see all of it."""
        return self.read is None or self.read >= self.scenes


@dataclass(frozen=True, slots=True)
class Reading:
    """Hold how far a reader is in the scripts of a character, which are in the order of the story.

    What follows the first script that is not read to its end counts as unread.
    """

    scripts: tuple[ReadScript, ...]

    @property
    def until(self) -> int | None:
        """How many scenes of all the scripts were read; None: all."""
        before = 0
        for script in self.scripts:
            if not script.is_read:
                return before + (script.read or 0)
            before += script.scenes
        return None

    def read_of_each(self) -> dict[UUID, int]:
        """Return how many scenes may be shown of the scripts that may not be shown whole."""
        left = self.until
        shown: dict[UUID, int] = {}
        for script in self.scripts:
            if left is not None:
                if left < script.scenes:
                    shown[script.id] = left
                left -= min(left, script.scenes)
        return shown

    @property
    def unfinished(self) -> ReadScript | None:
        """The script that bounds it; None where everything was read."""
        return next((script for script in self.scripts if not script.is_read), None)

    @property
    def scenes(self) -> int:
        """Scenes of all the scripts."""
        return sum(script.scenes for script in self.scripts)


@dataclass(frozen=True, slots=True)
class ReadTexts:
    """Decide what a reader may be shown of texts that were taken from scripts."""

    until: int
    contents: tuple[tuple[int, ScriptContents], ...]
    """Of the character's scripts, in their order: how many scenes, and what is in them."""

    def has_met(self, speaker: str) -> bool:
        """Return whether a speaker speaks in a scene that was read."""
        return self._first(lambda each: each.first_of(speaker)) < self.until

    def has_heard(self, text: str) -> bool:
        """Return whether a text is said in a scene that was read."""
        return self._first(lambda each: each.first_said(text)) < self.until

    def may_show(self, text: str) -> bool:
        """Return whether a text gives away no later line: it is of an earlier one, or of none."""
        first = self._first(lambda each: each.first_said(text))
        if first < _NOWHERE:
            return first < self.until
        return all(each.complete for _, each in self.contents)

    def _first(self, find: Callable[[ScriptContents], int | None]) -> float:
        """Return the place among all scenes that ``find`` finds first; infinity for none."""
        before = 0
        for scenes, each in self.contents:
            if (at := find(each)) is not None:
                return before + at
            before += scenes
        return _NOWHERE


async def readable_until(session: AsyncSession, owner: str, script: Script) -> int | None:
    """Return how many scenes of a script its reader has read; None: all of them."""
    bookmark = await session.get(Bookmark, (owner, script.id))
    if bookmark is None:
        return None
    read = await scene_of(session, bookmark, script.revision, script.scenes)
    return None if read >= script.scenes else read


async def readings(
    session: AsyncSession, owner: str, characters: Collection[UUID]
) -> dict[UUID, Reading]:
    """Return the readings of those of the characters whose reader has not read everything."""
    if not characters:
        return {}
    statement = (
        select(CharacterScript.character_id, Script.id, Script.revision, Script.scenes, Bookmark)
        .join(Script, Script.id == CharacterScript.script_id)
        .outerjoin(Bookmark, and_(Bookmark.script_id == Script.id, Bookmark.owner == owner))
        .where(CharacterScript.character_id.in_(characters))
        .order_by(CharacterScript.character_id, CharacterScript.position)
    )
    found: dict[UUID, list[ReadScript]] = {}
    for character, id, revision, scenes, bookmark in await session.execute(statement):
        read = await _read(session, bookmark, revision, scenes)
        found.setdefault(character, []).append(ReadScript(id, revision, scenes, read))
    every = {character: Reading(tuple(scripts)) for character, scripts in found.items()}
    return {id: reading for id, reading in every.items() if reading.until is not None}


async def known_until(
    session: AsyncSession, owner: str, characters: Collection[UUID]
) -> int | None:
    """Return how many scenes of their scripts characters may speak of to a reader; None: all.

    Of several characters the least: what one of them says, the reader hears.
    """
    bounds = [each.until for each in (await readings(session, owner, characters)).values()]
    return min((bound for bound in bounds if bound is not None), default=None)


async def read_texts(session: AsyncSession, reading: Reading) -> ReadTexts:
    """Return what may be shown of texts to a reader who has not read everything."""
    contents = [
        (script.scenes, await contents_of(session, script.revision)) for script in reading.scripts
    ]
    return ReadTexts(reading.until or 0, tuple(contents))


async def _read(
    session: AsyncSession, bookmark: Bookmark | None, revision: UUID, scenes: int
) -> int | None:
    """Return the last scene that is read; None where there is no bookmark."""
    return None if bookmark is None else await scene_of(session, bookmark, revision, scenes)


async def scene_of(session: AsyncSession, bookmark: Bookmark, revision: UUID, scenes: int) -> int:
    """Return how many scenes of the version ``revision`` of its script a bookmark says are read."""
    if bookmark.revision == revision:
        return min(bookmark.scene, scenes)
    prints = (await contents_of(session, revision)).prints
    return min(follow(bookmark.trail, bookmark.scene, prints), scenes)


def earlier(first: int | None, other: int | None) -> int | None:
    """Return the earlier of two points in time; None is the end."""
    if first is None or other is None:
        return other if first is None else first
    return min(first, other)


def is_read(position: int | None, until: int | None) -> bool:
    """Return whether a scene at a 0-based position was read; None is one that is not known."""
    return until is None or (position is not None and position < until)
