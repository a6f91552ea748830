"""How much of a reply is taken, whatever its engine keeps sending."""

from app.engines.tokens import count_cjk

_CHARACTERS_PER_TOKEN = 16
"""More than any text has on average: the longest words are a few tokens each."""
_SPARE_CHARACTERS = 256
"""A single token may be a run of spaces or of hyphens."""
_BYTES_PER_TOKEN = 4_096
"""An event for each, with its frame; servers write some 300 bytes."""
_SPARE_BYTES = 4_000_000
"""What is written beside tokens: progress on a long prompt, comments while it is read."""


class ReplyMeter:
    """Counts what came of a reply, and says where ``max_tokens`` must be over.

    Its own tokens are the engine's to know, so two things are counted that a token bounds: the
    characters, and the pieces, one of which has a token at least. A proxy may cut tokens into
    several pieces; so pieces count only where their text, too, is estimated at more tokens.
    """

    def __init__(self, max_tokens: int, most_characters: int) -> None:
        self._max_tokens = max_tokens
        self._left = min(max_tokens * _CHARACTERS_PER_TOKEN + _SPARE_CHARACTERS, most_characters)
        self._bytes_left = max_tokens * _BYTES_PER_TOKEN + _SPARE_BYTES
        self._pieces = 0
        self._cjk = 0
        self._others = 0
        self.exhausted = False
        """Whether the reply had to be cut."""

    def take(self, text: str) -> str:
        """What of the next piece belongs to the reply."""
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
        """Tokens so far: one for a CJK character, one for three others."""
        return self._cjk + self._others // 3

    def receive(self, chunk: bytes) -> bool:
        """Whether so many bytes can still be the reply's, whatever is in them."""
        self._bytes_left -= len(chunk)
        return self._bytes_left >= 0
