"""Define the query that replies are ranked by."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from retrieval.embedding.port import Vectors

LAST_LINES = 4
"""Last lines of the dialogue, each embedded alone."""

OWN_LINES = 3
"""Last lines of the character that its usual length is averaged over."""


@dataclass(frozen=True, slots=True)
class RetrievalQuery:
    """Hold the dialogue before the reply to retrieve."""

    dialogue_text: str
    """The dialogue's last lines: ``speaker:text`` lines with renamed speakers."""
    last3_text: str
    """The last three lines."""
    dialogue: Vectors
    """The vector of the dialogue, or of its last three lines, ``(d,)``."""
    lines: Vectors
    """Vectors of the last lines, at most :data:`LAST_LINES`, each alone, ``(k, d)``."""
    newest_text: str = ""
    """The last line alone, without its speaker."""
    own: Vectors | None = None
    """The vector of the character's own last line; None before its first."""
    own_lengths: Sequence[int] = ()
    """Characters of its last lines, at most :data:`OWN_LINES`; white space left out."""
    last_speaker: str | None = None
    """Speaker of the last line, under a name of the script."""
    speakers: frozenset[str] = frozenset()
    """Speakers of the dialogue beside the character."""

    @property
    def log_length(self) -> float:
        """``ln(1 + mean length)`` of the character's last lines; 2.3 before its first."""
        if not self.own_lengths:
            return 2.3
        return float(np.log1p(np.mean(self.own_lengths)))
