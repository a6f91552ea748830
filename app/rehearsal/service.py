"""Rehearse the parts of scripts: list them, show their lines, mark attempts, keep progress."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from app.access import Caller
from app.bookmarks.reading import readable_until
from app.db.models import RehearsedLine, Script
from app.db.session import Database
from app.errors import NotFoundError
from app.quotas.clock import Clock
from app.rehearsal.parts import PartIndex, PartIndexes, PartLine
from app.rehearsal.presentation import Part, present_lines, present_progress
from app.rehearsal.repository import LineKey, RehearsalRepository
from app.rehearsal.schedule import Remembered, review
from app.rehearsal.schemas import (
    Attempt,
    AttemptOut,
    DueLines,
    MarkedPieceOut,
    PartOut,
    PartSceneOut,
    RehearsedLineOut,
)
from app.scripts.service import get_script
from characters.rehearsal.marking import mark
from characters.rehearsal.rating import rate


@dataclass(frozen=True, slots=True)
class RequestedPart:
    """Name a part of a script, and the caller who learns it."""

    script_id: UUID
    speaker: str
    caller: Caller


@dataclass(frozen=True, slots=True)
class _Opened:
    """Hold a script that a caller may read, as far as it is shown to them."""

    script: Script
    index: PartIndex
    scenes: range
    """The numbers of those that are shown: none behind the caller's bookmark."""

    def lines(self, speaker: str) -> list[PartLine]:
        return [line for line in self.index.parts.get(speaker, ()) if line.scene in self.scenes]


class RehearsalService:
    """Rehearse parts. A caller's progress is read and stored under their owner."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._indexes = PartIndexes(database)

    def forget(self) -> None:
        """Drop what is kept in memory of scripts."""
        self._indexes.forget()

    async def parts(
        self, script_id: UUID, caller: Caller, after: int, limit: int
    ) -> tuple[list[PartOut], int]:
        """Return parts, most lines first, and how many there are; the first ``after`` left out."""
        opened = await self._open(script_id, caller)
        spoken = {name: lines for name in opened.index.parts if (lines := opened.lines(name))}
        names = sorted(spoken, key=lambda name: (-len(spoken[name]), name))
        async with self._database.read() as session:
            learnt = await RehearsalRepository(session).progress(caller.owner, script_id)
        now = self._clock()
        shown = [Part(name, spoken[name], learnt, now) for name in names[after : after + limit]]
        return [part.present() for part in shown], len(names)

    async def part(self, wanted: RequestedPart) -> PartOut:
        """Return one part with its counts."""
        _, part = await self._open_part(wanted)
        return part.present()

    async def scenes(self, wanted: RequestedPart, after: int, limit: int) -> list[PartSceneOut]:
        """Return the scenes of a part numbered above ``after``, in order."""
        opened, part = await self._open_part(wanted)
        return part.scenes(opened.index, after, limit)

    async def lines(
        self, wanted: RequestedPart, *, after: int, limit: int, scene: int | None
    ) -> list[RehearsedLineOut]:
        """Return the lines of a part behind the first ``after``, in order; or those of a scene."""
        opened, part = await self._open_part(wanted)
        lines = [
            (number, line)
            for number, line in enumerate(part.lines, 1)
            if number > after and scene in {None, line.scene}
        ]
        return await self._read(opened.script, part, lines[:limit])

    async def due(self, wanted: RequestedPart, limit: int) -> DueLines:
        """Return the lines of a part that come back now."""
        opened, part = await self._open_part(wanted)
        due = part.due()
        return DueLines(items=await self._read(opened.script, part, due[:limit]), total=len(due))

    async def attempt(self, wanted: RequestedPart, attempt: Attempt) -> AttemptOut:
        """Mark what was typed for a line, and store how well it was remembered.

        Raises :class:`~app.errors.NotFoundError` (``line_not_found``).
        """
        opened = await self._open(wanted.script_id, wanted.caller)
        place = next((it for it in opened.lines(wanted.speaker) if it.key == attempt.line), None)
        text = await self._text(opened.script, place)
        # In a thread, as below: the longest lines take a fifth of a second.
        marking = await asyncio.to_thread(mark, text, attempt.typed)
        rating = rate(marking, attempt.prompted, attempt.shown)
        key = LineKey(wanted.caller.owner, wanted.script_id, attempt.line)
        now = self._clock()
        if rating is not None:
            async with self._database.write() as session:
                repository = RehearsalRepository(session)
                row = await repository.for_update(key)
                before = None if row is None else _remembered(row)
                remembered = review(before, rating, now)
                await repository.store(key, wanted.speaker, rating, remembered, row)
        part = await self._part(opened, wanted)
        learnt = part.learnt.get(attempt.line)
        return AttemptOut(
            pieces=[MarkedPieceOut(text=piece.text, mark=piece.mark) for piece in marking.pieces],
            words=marking.words,
            wrong=marking.wrong,
            rating=rating,
            progress=learnt and present_progress(learnt, now),
            part=part.present(),
        )

    async def start_over(self, wanted: RequestedPart) -> None:
        """Delete the caller's progress in a part, also that of lines it no longer has."""
        async with self._database.write() as session:
            script = await get_script(session, wanted.script_id, viewer=wanted.caller)
            repository = RehearsalRepository(session)
            await repository.forget(wanted.caller.owner, script.id, wanted.speaker)

    async def _open(self, script_id: UUID, caller: Caller) -> _Opened:
        async with self._database.read() as session:
            script = await get_script(session, script_id, viewer=caller)
            until = await readable_until(session, caller.owner, script)
        scenes = range(1, (script.scenes if until is None else until) + 1)
        # No connection is held while a long script is indexed.
        return _Opened(script, await self._indexes.of(script), scenes)

    async def _open_part(self, wanted: RequestedPart) -> tuple[_Opened, Part]:
        opened = await self._open(wanted.script_id, wanted.caller)
        return opened, await self._part(opened, wanted)

    async def _part(self, opened: _Opened, wanted: RequestedPart) -> Part:
        """Return a part as it is known now.

        Raises :class:`~app.errors.NotFoundError` (``part_not_found``).
        """
        speaker = wanted.speaker
        lines = opened.lines(speaker)
        if not lines:
            raise NotFoundError("part_not_found", f"No one called “{speaker}” speaks here.")
        async with self._database.read() as session:
            repository = RehearsalRepository(session)
            learnt = await repository.progress(wanted.caller.owner, opened.script.id, speaker)
        return Part(speaker, lines, learnt, self._clock())

    async def _read(
        self, script: Script, part: Part, wanted: Sequence[tuple[int, PartLine]]
    ) -> list[RehearsedLineOut]:
        numbers = {line.scene for _, line in wanted}
        async with self._database.read() as session:
            scenes = await RehearsalRepository(session).scenes(script.revision, numbers)
        return await asyncio.to_thread(present_lines, part, wanted, scenes)

    async def _text(self, script: Script, place: PartLine | None) -> str:
        """Return the text of a line."""
        if place is not None:
            async with self._database.read() as session:
                repository = RehearsalRepository(session)
                scenes = await repository.scenes(script.revision, {place.scene})
            if scene := scenes.get(place.scene):
                return str(scene.lines[place.at][1])
        raise NotFoundError(
            "line_not_found",
            "The part has no such line. Its script may have changed: load it anew.",
        )


def _remembered(row: RehearsedLine) -> Remembered:
    return Remembered(
        state=row.state,
        step=row.step,
        stability=row.stability,
        difficulty=row.difficulty,
        due_at=row.due_at,
        reviewed_at=row.reviewed_at,
    )
