"""Token counts: a bounded cache, and an estimate for servers that cannot count."""

from collections import OrderedDict
from hashlib import blake2b

_CJK_RANGES = (
    (0x1100, 0x11FF),  # Hangul letters
    (0x2E80, 0x9FFF),  # radicals, CJK punctuation, kana, ideographs
    (0xA960, 0xA97F),
    (0xAC00, 0xD7FF),  # Hangul syllables
    (0xF900, 0xFAFF),
    (0xFE30, 0xFE4F),
    (0xFF00, 0xFFEF),  # full-width forms
    (0x20000, 0x3FFFF),
)


def is_cjk(character: str) -> bool:
    """Whether a character is Chinese, Japanese or Korean, or its punctuation."""
    code = ord(character)
    return any(first <= code <= last for first, last in _CJK_RANGES)


def estimate_tokens(text: str) -> int:
    """A count that errs upwards: one token for a CJK character, one for three others."""
    cjk = sum(map(is_cjk, text))
    return cjk + -(-(len(text) - cjk) // 3)


class TokenCountCache:
    """Least recently used counts out first. Keyed by hash: prompts are long, counts are small."""

    def __init__(self, size: int = 50_000) -> None:
        self._size = size
        self._counts: OrderedDict[bytes, int] = OrderedDict()

    def get(self, text: str) -> int | None:
        """The count, or ``None`` where it is not known."""
        key = _key(text)
        count = self._counts.get(key)
        if count is not None:
            self._counts.move_to_end(key)
        return count

    def put(self, text: str, count: int) -> None:
        """Remember a count."""
        self._counts[_key(text)] = count
        if len(self._counts) > self._size:
            self._counts.popitem(last=False)

    def __len__(self) -> int:
        return len(self._counts)


def _key(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
