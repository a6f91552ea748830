"""A moment of a dialogue: what a selector is asked with."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from retrieval.embedding.port import Vectors

LAST_LINES = 4
"""Lines of the dialogue that are embedded each alone."""

OWN_LINES = 3
"""Of the character's, whose length is looked at."""


@dataclass(frozen=True, slots=True)
class RetrievalQuery:
    """The dialogue up to the reply that is wanted."""

    dialogue_text: str
    """The whole dialogue, within a bound: ``speaker:text`` lines with renamed speakers."""
    last3_text: str
    """Its last three lines."""
    dialogue: Vectors
    """The vector of the dialogue, or of its last three lines, ``(d,)``."""
    lines: Vectors
    """Vectors of the last lines, at most :data:`LAST_LINES`, each alone, ``(k, d)``."""
    newest_text: str = ""
    """The last line alone, without its speaker."""
    own: Vectors | None = None
    """The vector of the character's own last line, if it has said anything."""
    own_lengths: Sequence[int] = ()
    """Characters of its last lines, at most :data:`OWN_LINES`; white space left out."""
    last_speaker: str | None = None
    """Who said the last line, under a name of the script."""
    speakers: frozenset[str] = frozenset()
    """Who takes part beside the character."""

    @property
    def log_length(self) -> float:
        """``ln(1 + mean length)`` of the character's last lines; 2.3 where there are none."""
        if not self.own_lengths:
            return 2.3
        return float(np.log1p(np.mean(self.own_lengths)))
