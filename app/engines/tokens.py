"""Cache token counts within bounds, and estimate them for servers without a tokenizer."""

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
    """Return whether the text has a Chinese, Japanese or Korean character."""
    return _CJK.search(text) is not None


def split_words(text: str) -> list[str]:
    """Return the words of a text: CJK characters, and runs of others without white space."""
    return _CJK_OR_WORD.findall(text)


def count_words(text: str) -> int:
    """Return the number of words, see :func:`split_words`."""
    return len(split_words(text))


def count_cjk(text: str) -> int:
    """Return the number of Chinese, Japanese and Korean characters."""
    return len(_CJK.findall(text))


def estimate_tokens(text: str) -> int:
    """Return an upper estimate: one token for a CJK character, one for three others."""
    cjk = count_cjk(text)
    return cjk + -(-(len(text) - cjk) // 3)


class TokenCountCache:
    """Cache counts, evicting the least recently used; keyed by hash, since prompts are long."""

    def __init__(self, size: int = 50_000) -> None:
        self._counts = LRUCache[bytes, int](size)

    def get(self, text: str) -> int | None:
        """Return the count, or ``None`` where it is not cached."""
        return self._counts.get(_key(text))

    def put(self, text: str, count: int) -> None:
        """Cache a count."""
        self._counts[_key(text)] = count

    def __len__(self) -> int:
        return len(self._counts)


def _key(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
