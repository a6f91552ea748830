"""Cut a reply that streams into pieces that are checked, and hold back what is not certain. Pure.

A piece ends with a sentence. Pieces grow, so that a long reply is checked about once for every 400
characters, and one without any end of a sentence is cut at twice its piece's length.
"""

import re

from app.moderation.folding import is_counted

_FIRST = 24
"""Least characters of the first piece: a short sentence."""
_LONGEST = 400
_GROWTH = 2
_END = re.compile(r"[.!?…。！？；\n][\"'”’」』）)\]*_]*(?=\s|$)|[。！？；…\n]")


class Pieces:
    """Collect the text of one reply; hand it out once it was checked."""

    def __init__(self, reach: int) -> None:
        """Hold back ``reach`` folded characters, over which a finding may stretch."""
        self._reach = reach
        self._least = _FIRST
        self._judged = 0
        """How much of the pending text was checked before."""
        self.shown = ""
        self.pending = ""

    @property
    def text(self) -> str:
        """All of the reply that is known."""
        return self.shown + self.pending

    def add(self, text: str) -> bool:
        """Add text; return whether the pending text is to be checked now."""
        self.pending += text
        new = len(self.pending) - self._judged
        if new < self._least or len(self.pending) < self._reach + self._least:
            return False
        return new >= _GROWTH * (self._least + self._reach) or self._boundary() > 0

    def release(self, *, over: bool) -> str:
        """Return the part of the checked text that may be shown; with ``over`` all of it."""
        end = len(self.pending) if over else self._boundary() or self._most()
        piece, self.pending = self.pending[:end], self.pending[end:]
        self.shown += piece
        self._judged = len(self.pending)
        self._least = min(_LONGEST, self._least * _GROWTH)
        return piece

    def _most(self) -> int:
        """Return where the characters that stay back begin.

        Invisible ones do not count: a phrase may be spread over any number of them.
        """
        left = self._reach
        for at in range(len(self.pending), 0, -1):
            if left <= 0:
                return at
            left -= is_counted(self.pending[at - 1])
        return 0

    def _boundary(self) -> int:
        """Return the end of the last sentence that may be shown; 0 where none ends yet."""
        most = self._most()
        ends = [match.end() for match in _END.finditer(self.pending, 0, most)]
        return ends[-1] if ends and ends[-1] >= min(self._least, most) // 2 else 0
