"""Index the parts of a script: who says which lines, in which scenes.

An index is built once for each revision of a script and kept in memory, within bounds; it holds
names, headings and fingerprints, none of the lines.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from app.db.models import Script, StoredScene
from app.db.scenes import load_scene
from app.db.session import Database
from app.errors import InvalidError
from app.rehearsal.repository import RehearsalRepository
from characters.rehearsal.fingerprints import fingerprints

MOST_LINES = 100_000
"""Of a script whose parts can be learnt; all that are kept in memory have as many together."""
_LABEL_CHARACTERS = 200


class PartLine(NamedTuple):
    """Refer to a line of a part."""

    key: str
    """Its fingerprint."""
    scene: int
    """The number of its scene, from 1."""
    at: int
    """0-based, in its scene."""


class SceneLabel(NamedTuple):
    """Name a scene."""

    heading: str | None
    episode: str | None


@dataclass(frozen=True, slots=True)
class PartIndex:
    """Hold the lines of every part of one revision of a script, in order."""

    parts: Mapping[str, Sequence[PartLine]]
    labels: Mapping[int, SceneLabel]
    lines: int


@dataclass(slots=True)
class _Draft:
    parts: dict[str, list[PartLine]] = field(default_factory=dict)
    labels: dict[int, SceneLabel] = field(default_factory=dict)
    lines: int = 0

    def add(self, scenes: Iterable[StoredScene]) -> None:
        for stored in scenes:
            scene = load_scene(stored)
            self.labels[stored.number] = SceneLabel(_short(scene.heading), _short(scene.episode))
            self.lines += len(scene.lines)
            for at, key in enumerate(fingerprints(scene)):
                line = PartLine(key, stored.number, at)
                self.parts.setdefault(scene.lines[at].speaker, []).append(line)


def _short(text: str | None) -> str | None:
    return None if text is None else text[:_LABEL_CHARACTERS]


class PartIndexes:
    """Build the indexes of scripts, and keep those used last."""

    def __init__(self, database: Database, most_lines: int = MOST_LINES) -> None:
        self._database = database
        self._most_lines = most_lines
        self._kept: OrderedDict[UUID, PartIndex] = OrderedDict()
        self._building = asyncio.Lock()

    async def of(self, script: Script) -> PartIndex:
        """Return the index of a script.

        Raises :class:`~app.errors.InvalidError` (``script_too_long``).
        """
        if script.lines > self._most_lines:
            raise InvalidError(
                "script_too_long",
                f"This script has more than {self._most_lines:,} lines, the most of which parts "
                "can be learnt. Upload the part of it that you need as a script of its own.",
                limit=self._most_lines,
            )
        async with self._building:
            if (found := self._kept.get(script.revision)) is None:
                found = await self._build(script.revision)
                self._keep(script.revision, found)
            self._kept.move_to_end(script.revision)
            return found

    def forget(self) -> None:
        """Drop all indexes: a script they are of may be erased."""
        self._kept.clear()

    async def _build(self, revision: UUID) -> PartIndex:
        draft, after = _Draft(), 0
        async with self._database.read() as session:
            repository = RehearsalRepository(session)
            while scenes := await repository.scenes_after(revision, after):
                await asyncio.to_thread(draft.add, scenes)
                after = scenes[-1].number
                session.expunge_all()
        return PartIndex(draft.parts, draft.labels, draft.lines)

    def _keep(self, revision: UUID, index: PartIndex) -> None:
        self._kept[revision] = index
        while len(self._kept) > 1 and sum(i.lines for i in self._kept.values()) > self._most_lines:
            self._kept.popitem(last=False)
