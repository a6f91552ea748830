"""Measure how much of a reply is copied from given lines, token by token. Pure."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from retrieval.bm25.tokens import unigrams

RUN = 5
"""Tokens in a row that a copied part has at least: characters in Chinese, words in English."""


@dataclass(frozen=True, slots=True)
class Copied:
    """Hold what a text shares with a set of lines."""

    longest: int
    """Tokens of the longest run that the text shares with a single line."""
    share: float
    """Share of the text's tokens that stand in runs of at least :data:`RUN` shared tokens."""


class SourceLines:
    """Find what texts share with lines; punctuation, case and width make no difference."""

    def __init__(self, lines: Iterable[str]) -> None:
        """Take the lines; a shared run never reaches from one into the next."""
        self._positions: dict[str, list[int]] = defaultdict(list)
        at = 0
        for line in lines:
            for token in unigrams(line):
                self._positions[token].append(at)
                at += 1
            at += 1

    def copied(self, text: str) -> Copied:
        """Return what the text shares with the lines; nothing for a text without a token."""
        tokens = unigrams(text)
        running: dict[int, int] = {}  # the length of the shared run that ends at a position
        longest = covered = reached = 0  # tokens; those up to the one reached are counted
        for number, token in enumerate(tokens, start=1):
            running = {at: running.get(at - 1, 0) + 1 for at in self._positions.get(token, ())}
            length = max(running.values(), default=0)
            longest = max(longest, length)
            if length >= RUN:
                covered += number - max(reached, number - length)
                reached = number
        return Copied(longest, covered / len(tokens) if tokens else 0.0)


def copying(reply: str, lines: Iterable[str]) -> Copied:
    """Return what a reply shares with these lines; :class:`SourceLines` serves many replies."""
    return SourceLines(lines).copied(reply)
