"""Token counts: a bounded cache, and an estimate for servers that cannot count."""

import re
from hashlib import blake2b

from cachetools import LRUCache

CJK = (
    "\u1100-\u11ff"  # Hangul letters
    "\u2e80-\u9fff"  # radicals, CJK punctuation, kana, ideographs
    "\ua960-\ua97f"
    "\uac00-\ud7ff"  # Hangul syllables
    "\uf900-\ufaff"
    "\ufe30-\ufe4f"
    "\uff00-\uffef"  # full-width forms
    "\U00020000-\U0003ffff"
)
"""Chinese, Japanese and Korean characters and their punctuation, for a regular expression."""

_CJK = re.compile(f"[{CJK}]")
_CJK_OR_WORD = re.compile(f"[{CJK}]|[^\\s{CJK}]+")


def contains_cjk(text: str) -> bool:
    return _CJK.search(text) is not None


def count_words(text: str) -> int:
    """One for each CJK character, and one for each run of others without white space."""
    return len(_CJK_OR_WORD.findall(text))


def count_cjk(text: str) -> int:
    """How many of the characters are Chinese, Japanese or Korean."""
    return len(_CJK.findall(text))


def estimate_tokens(text: str) -> int:
    """A count that errs upwards: one token for a CJK character, one for three others."""
    cjk = count_cjk(text)
    return cjk + -(-(len(text) - cjk) // 3)


class TokenCountCache:
    """Least recently used counts out first. Keyed by hash: prompts are long, counts are small."""

    def __init__(self, size: int = 50_000) -> None:
        self._counts = LRUCache[bytes, int](size)

    def get(self, text: str) -> int | None:
        """The count, or ``None`` where it is not known."""
        return self._counts.get(_key(text))

    def put(self, text: str, count: int) -> None:
        """Remember a count."""
        self._counts[_key(text)] = count

    def __len__(self) -> int:
        return len(self._counts)


def _key(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
