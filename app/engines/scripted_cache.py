"""Keep the prefixes of prompts as vLLM does, to count what a real engine would not read again.

Source: vLLM's design of automatic prefix caching: blocks of 16 tokens, each identified with all
tokens before it, the least recently used first out.
"""

from collections.abc import Sequence

from cachetools import LRUCache

BLOCK_TOKENS = 16


class PrefixCache:
    """Hold the blocks of prompts that were read."""

    def __init__(self, tokens: int) -> None:
        """Hold so many ``tokens``, at least one block."""
        self._blocks = LRUCache[int, None](max(1, tokens // BLOCK_TOKENS))

    def read(self, tokens: Sequence[int], adapter: str | None = None) -> int:
        """Return the tokens at the beginning that are cached, and cache the whole prompt.

        What was read with one adapter is not cached for another. The last token is always computed,
        so that there is a reply to sample.
        """
        cached, before, hit = 0, hash(adapter), True
        for end in range(BLOCK_TOKENS, len(tokens), BLOCK_TOKENS):
            before = hash((before, tuple(tokens[end - BLOCK_TOKENS : end])))
            hit = hit and before in self._blocks
            cached += BLOCK_TOKENS if hit else 0
            self._blocks[before] = None
        return cached
