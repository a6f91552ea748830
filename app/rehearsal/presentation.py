"""Present parts and lines as the API shows them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.db.models import RehearsedLine, StoredScene
from app.db.scenes import load_scene
from app.rehearsal.parts import PartIndex, PartLine
from app.rehearsal.schedule import is_known
from app.rehearsal.schemas import LeadLine, PartOut, PartSceneOut, Progress, RehearsedLineOut
from characters.rehearsal.cues import OwnLine, own_lines, short_cue
from characters.rehearsal.hints import hints
from characters.scripts.display_names import display_name

Learnt = Mapping[str, RehearsedLine]
"""An owner's progress, by fingerprint."""


@dataclass(frozen=True, slots=True)
class Part:
    """Hold the lines of a part that a caller may rehearse, and what the caller knows of them."""

    speaker: str
    lines: Sequence[PartLine]
    learnt: Learnt
    now: datetime

    def present(self) -> PartOut:
        """Return the part with its counts."""
        known, due = _count(self.lines, self)
        return PartOut(
            speaker=self.speaker,
            display=display_name(self.speaker),
            lines=len(self.lines),
            scenes=len({line.scene for line in self.lines}),
            known=known,
            started=sum(line.key in self.learnt for line in self.lines),
            due=due,
        )

    def scenes(self, index: PartIndex, after: int, limit: int) -> list[PartSceneOut]:
        """Return the part's scenes numbered above ``after``, in order."""
        numbers = Counter(line.scene for line in self.lines if line.scene > after)
        shown = list(numbers)[:limit]
        by_scene: dict[int, list[PartLine]] = {number: [] for number in shown}
        for line in self.lines:
            if line.scene in by_scene:
                by_scene[line.scene].append(line)
        return [self._scene(index, number, lines) for number, lines in by_scene.items()]

    def _scene(self, index: PartIndex, number: int, lines: Sequence[PartLine]) -> PartSceneOut:
        known, due = _count(lines, self)
        label = index.labels[number]
        return PartSceneOut(
            number=number,
            heading=label.heading,
            episode=label.episode,
            lines=len(lines),
            known=known,
            due=due,
        )

    def due(self) -> list[tuple[int, PartLine]]:
        """Return the lines that come back now with their places, those due longest first.

        One that the part says in several scenes comes back in the first of them.
        """
        found: dict[str, tuple[int, PartLine]] = {}
        for number, line in enumerate(self.lines, 1):
            if self.is_due(line.key):
                found.setdefault(line.key, (number, line))
        return sorted(found.values(), key=lambda each: self.learnt[each[1].key].due_at)

    def is_due(self, key: str) -> bool:
        """Return whether a line comes back now."""
        row = self.learnt.get(key)
        return row is not None and row.due_at <= self.now

    def progress(self, key: str) -> Progress | None:
        """Return how well a line is known; None before the first attempt."""
        row = self.learnt.get(key)
        return None if row is None else present_progress(row, self.now)


def present_progress(row: RehearsedLine, now: datetime) -> Progress:
    """Return the progress of a line."""
    return Progress.model_validate(
        {
            "known": is_known(row.state),
            "due": row.due_at <= now,
            "due_at": row.due_at,
            "attempts": row.attempts,
            "rating": row.rating,
        }
    )


def _count(lines: Sequence[PartLine], part: Part) -> tuple[int, int]:
    """Return how many lines are known, and how many different ones are due."""
    rows = [part.learnt.get(line.key) for line in lines]
    known = sum(row is not None and is_known(row.state) for row in rows)
    return known, len({line.key for line in lines if part.is_due(line.key)})


def present_lines(
    part: Part, wanted: Sequence[tuple[int, PartLine]], scenes: Mapping[int, StoredScene]
) -> list[RehearsedLineOut]:
    """Return lines of a part, given with their places; ``scenes`` are those they stand in."""
    spoken = {
        number: {own.at: own for own in own_lines(load_scene(stored), part.speaker)}
        for number, stored in scenes.items()
    }
    return [
        _present_line(part, number, line, own, scenes[line.scene])
        for number, line in wanted
        # The script may have been replaced at this very time.
        if (own := spoken.get(line.scene, {}).get(line.at)) is not None
    ]


def _present_line(
    part: Part, number: int, line: PartLine, own: OwnLine, scene: StoredScene
) -> RehearsedLineOut:
    before = scene.lines[line.at - 1][1] if line.at else ""
    hinted = hints(own.line.text)
    return RehearsedLineOut(
        line=line.key,
        number=number,
        scene=line.scene,
        heading=scene.heading,
        episode=scene.episode,
        lead=[
            LeadLine(speaker=each.speaker, text=each.text, direction=each.direction)
            for each in own.lead
        ],
        cue=short_cue(before),
        text=own.line.text,
        direction=own.line.direction,
        initials=hinted.initials,
        words=hinted.words,
        more=hinted.more,
        progress=part.progress(line.key),
    )
