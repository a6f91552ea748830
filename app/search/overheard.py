"""What a character heard in scenes in which it was silent: kept beside its selection, and found."""

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
"""Passages that are kept, the first of the scripts: 3 MB of vectors."""
_MOST_FOUND = 3
_USUAL = 256
"""The character's windows that show how alike passages of its scripts usually are."""
_TEXT_BYTES = 110
_CHARACTER_BYTES = 2


@dataclass(frozen=True, slots=True)
class OverheardPassage:
    """A few lines that the character heard and said nothing to."""

    scene: int
    """0-based position of the scene among those of the character's scripts."""
    start: int
    """Where in the scene the first of the lines stands."""
    reason: str
    """The words of the script that say that the character is there."""
    lines: Sequence[tuple[str, str]]
    """(speaker, what is said), without stage directions."""

    @property
    def text(self) -> str:
        """What is embedded."""
        return "\n".join(f"{speaker}: {said}" for speaker, said in self.lines)

    def dump(self) -> list[Any]:
        """As JSON."""
        return [self.scene, self.start, self.reason, [list(line) for line in self.lines]]

    @classmethod
    def load(cls, row: Sequence[Any]) -> "OverheardPassage":
        """What :meth:`dump` made."""
        scene, start, reason, lines = row
        return cls(scene, start, reason, [(speaker, said) for speaker, said in lines])


@dataclass(frozen=True, slots=True)
class OverheardHit:
    """A passage that the newest line is about, and the cosine of the two."""

    number: int
    """Its place among all that the character heard, from 0."""
    score: float
    passage: OverheardPassage


@dataclass(frozen=True, slots=True)
class OverheardIndex:
    """All that a character heard in silence, in the order of its scripts."""

    passages: Sequence[OverheardPassage] = ()
    vectors: Vectors = field(default_factory=lambda: np.zeros((0, 1), dtype=np.float32))
    """One of each, ``(len(passages), d)``."""

    @property
    def nbytes(self) -> int:
        """About how much memory it takes."""
        texts = [text for each in self.passages for line in each.lines for text in line]
        return (
            self.vectors.nbytes
            + _CHARACTER_BYTES * sum(map(len, texts))
            + (_TEXT_BYTES * len(texts))
        )

    def has_any(self, until_scene: int | None) -> bool:
        """Whether there is anything from before ``until_scene``."""
        return any(until_scene is None or each.scene < until_scene for each in self.passages)

    def find(
        self, query: Vectors, usual: Vectors, until_scene: int | None = None
    ) -> list[OverheardHit]:
        """What ``query``, a vector, is about; best first.

        ``usual``: vectors of the character's own windows, ``(m, d)``, of any time, for they are a
        scale and nothing else: beside them it shows which passages stand out. Nothing that was
        heard from ``until_scene`` on is looked at.

        Measured with the bundled embedder and what Ambrose would hear if he were there in the 19
        scenes of the English sample in which he is silent: ten of twelve questions about one of
        them found it, and one of twelve about nothing found any.
        """
        known = [
            number
            for number, each in enumerate(self.passages)
            if until_scene is None or each.scene < until_scene
        ]
        if not known:
            return []
        sample = np.unique(np.linspace(0, len(usual) - 1, min(len(usual), _USUAL)).astype(int))
        pool = np.concatenate([self.vectors[known], usual[sample].astype(np.float32, copy=False)])
        rows = [row for row in salient_rows(query, pool) if row < len(known)]
        return [
            OverheardHit(known[row], float(pool[row] @ query), self.passages[known[row]])
            for row in rows[:_MOST_FOUND]
        ]


def script_names(character: Character) -> list[str]:
    """What else its scripts call it: its aliases, and names that uploads merged into its own.

    The character's scripts must be loaded.
    """
    merged = [(script.aliases or {}).items() for script in character.scripts]
    own = {character.name, *character.speakers}
    return [*character.aliases, *(alias for each in merged for alias, name in each if name in own)]


def cut_overheard(
    scenes: Sequence[Scene], speakers: Collection[str], names: Collection[str]
) -> list[OverheardPassage]:
    """What a character that plays ``speakers`` hears in silence; ``names`` as of
    :func:`~characters.overheard.find_overheard`."""
    return [
        OverheardPassage(
            glimpse.scene,
            glimpse.start,
            glimpse.reason,
            [
                (line.speaker, without_directions(line.text))
                for line in scenes[glimpse.scene].lines[glimpse.start : glimpse.stop]
            ],
        )
        for glimpse in find_overheard(scenes, speakers, names)[:_MOST]
    ]
