"""Store and search the passages that a character overheard in scenes where it was silent."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from app.db.models import Character
from characters.overheard import find_overheard
from characters.passages.windows import without_directions
from characters.scripts.model import Scene
from retrieval.embedding.port import Vectors
from retrieval.ranking.hubness import salient_rows

_MOST = 2_000
"""Most passages that are indexed, the first of the scripts: 3 MB of vectors."""
_MOST_FOUND = 3
_MOST_OWN_WINDOWS = 256
"""Windows of the character that the usual cosine between passages is estimated from."""
_TEXT_BYTES = 110
_CHARACTER_BYTES = 2


@dataclass(frozen=True, slots=True)
class OverheardPassage:
    """Hold a few lines that the character heard without speaking."""

    scene: int
    """0-based position of the scene among the scenes of the character's scripts."""
    start: int
    """Position of the first line in the scene."""
    reason: str
    """The words of the script that state the character's presence."""
    lines: Sequence[tuple[str, str]]
    """(speaker, text) without stage directions."""

    @property
    def text(self) -> str:
        """The text that is embedded."""
        return "\n".join(f"{speaker}: {said}" for speaker, said in self.lines)

    def dump(self) -> list[Any]:
        """Return the passage as JSON."""
        return [self.scene, self.start, self.reason, [list(line) for line in self.lines]]

    @classmethod
    def load(cls, row: Sequence[Any]) -> "OverheardPassage":
        """Return the passage that :meth:`dump` wrote."""
        scene, start, reason, lines = row
        return cls(scene, start, reason, [(speaker, said) for speaker, said in lines])


@dataclass(frozen=True, slots=True)
class OverheardHit:
    """Hold a passage that the newest line is about, and the cosine of the two."""

    number: int
    """0-based position among the character's overheard passages."""
    score: float
    passage: OverheardPassage


@dataclass(frozen=True, slots=True)
class OverheardIndex:
    """Index all passages that a character overheard, in the order of its scripts."""

    passages: Sequence[OverheardPassage] = ()
    vectors: Vectors = field(default_factory=lambda: np.zeros((0, 1), dtype=np.float32))
    """Vector of each passage, ``(len(passages), d)``."""

    @property
    def nbytes(self) -> int:
        """Approximate memory in bytes."""
        texts = [text for each in self.passages for line in each.lines for text in line]
        return (
            self.vectors.nbytes
            + _CHARACTER_BYTES * sum(map(len, texts))
            + (_TEXT_BYTES * len(texts))
        )

    def has_any(self, until_scene: int | None) -> bool:
        """Return whether any passage is from a scene before ``until_scene``."""
        return any(until_scene is None or each.scene < until_scene for each in self.passages)

    def find(
        self, query: Vectors, own_windows: Vectors, until_scene: int | None = None
    ) -> list[OverheardHit]:
        """Return the passages that the vector ``query`` is about, best first.

        ``own_windows`` has the vectors of the character's windows, ``(m, d)``, of any scene: they
        only set the scale of the cosines. Passages from ``until_scene`` on are ignored.

        Measured with the bundled embedder, with Ambrose present in the 19 scenes of the English
        sample in which he is silent: ten of twelve questions about a passage found it, and one of
        twelve unrelated questions found any.
        """
        known = [
            number
            for number, each in enumerate(self.passages)
            if until_scene is None or each.scene < until_scene
        ]
        if not known:
            return []
        sample = np.unique(
            np.linspace(0, len(own_windows) - 1, min(len(own_windows), _MOST_OWN_WINDOWS)).astype(
                int
            )
        )
        pool = np.concatenate(
            [self.vectors[known], own_windows[sample].astype(np.float32, copy=False)]
        )
        rows = [row for row in salient_rows(query, pool) if row < len(known)]
        return [
            OverheardHit(known[row], float(pool[row] @ query), self.passages[known[row]])
            for row in rows[:_MOST_FOUND]
        ]


def script_names(character: Character) -> list[str]:
    """Return the character's other names: its aliases, and names that uploads merged into its own.

    The character's scripts must be loaded.
    """
    merged = [(script.aliases or {}).items() for script in character.scripts]
    own = {character.name, *character.speakers}
    return [*character.aliases, *(alias for each in merged for alias, name in each if name in own)]


def cut_overheard(
    scenes: Sequence[Scene], speakers: Collection[str], names: Collection[str]
) -> list[OverheardPassage]:
    """Return the passages that the character playing ``speakers`` overhears.

    ``names`` are passed to :func:`~characters.overheard.find_overheard`.
    """
    return [
        OverheardPassage(
            span.scene,
            span.start,
            span.reason,
            [
                (line.speaker, without_directions(line.text))
                for line in scenes[span.scene].lines[span.start : span.stop]
            ],
        )
        for span in find_overheard(scenes, speakers, names)[:_MOST]
    ]
