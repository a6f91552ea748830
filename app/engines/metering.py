"""Bound the length of a reply, even where its engine keeps sending."""

from app.engines.tokens import count_cjk

_CHARACTERS_PER_TOKEN = 16
"""Above the average of any text: the longest words are a few tokens each."""
_SPARE_CHARACTERS = 256
"""Allowance for a single token that is a run of spaces or hyphens."""
_BYTES_PER_TOKEN = 4_096
"""Bound of the event of a token with its frame; servers write some 300 bytes."""
_SPARE_BYTES = 4_000_000
"""Allowance for other output: progress on a long prompt, and comments while it is processed."""


class ReplyMeter:
    """Count the text of a reply, and determine when ``max_tokens`` must be exceeded.

    Only the engine can count its tokens exactly, so two quantities that a token bounds are
    counted: characters, and pieces, each of at least one token. A proxy may split tokens into
    several pieces, so the count of pieces ends a reply only if its text is also estimated at that
    many tokens.
    """

    def __init__(self, max_tokens: int, most_characters: int) -> None:
        self._max_tokens = max_tokens
        self._left = min(max_tokens * _CHARACTERS_PER_TOKEN + _SPARE_CHARACTERS, most_characters)
        self._bytes_left = max_tokens * _BYTES_PER_TOKEN + _SPARE_BYTES
        self._pieces = 0
        self._cjk = 0
        self._others = 0
        self.exhausted = False
        """Whether the reply was cut off."""

    def take(self, text: str) -> str:
        """Return the part of the next piece that belongs to the reply."""
        if not text or self.exhausted:
            return ""
        self._pieces += 1
        if self._pieces > self._max_tokens and self._estimate() >= self._max_tokens:
            self.exhausted = True
            return ""
        self.exhausted = len(text) > self._left
        text = text[: self._left]
        self._left -= len(text)
        cjk = count_cjk(text)
        self._cjk += cjk
        self._others += len(text) - cjk
        return text

    def _estimate(self) -> int:
        """Return the estimated tokens so far: one for a CJK character, one for three others."""
        return self._cjk + self._others // 3

    def receive(self, chunk: bytes) -> bool:
        """Count the bytes of a chunk, and return whether a reply can have that many in total."""
        self._bytes_left -= len(chunk)
        return self._bytes_left >= 0
