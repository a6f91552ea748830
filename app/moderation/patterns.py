"""Judge texts by a list of phrases and expressions."""

import asyncio
from collections.abc import Sequence

from app.moderation.folding import fold, is_cjk
from app.moderation.pattern_file import PatternList, Phrase
from app.moderation.port import Finding, Passage

_EXPRESSION_REACH = 120
"""Characters of text that a match of an expression is expected to stretch over at most."""
_BESIDE_NEW = 4_000
"""Characters before the new ones that are searched again: more than any match is long."""
_IN_THE_LOOP = 200_000
"""Phrases times characters that are searched within the event loop, about two milliseconds."""


class PatternModerator:
    """Implement :class:`~app.moderation.port.Moderator`; it never fails."""

    name = "patterns"

    def __init__(self, listed: PatternList) -> None:
        """Search for what ``listed`` holds."""
        self._phrases, self._patterns = listed.phrases, listed.patterns
        longest = max((len(phrase.text) for phrase in self._phrases), default=0)
        # The character behind a word decides whether it is the whole word.
        self.reach = max(longest + 1, _EXPRESSION_REACH if self._patterns else 0)

    async def judge(self, passage: Passage) -> Sequence[Finding]:
        """Return each category that occurs, by its first line of the file."""
        text = passage.text
        if passage.new is not None and len(text) > passage.new + _BESIDE_NEW:
            text = _without_half_word(text[-(passage.new + _BESIDE_NEW) :])
        if len(text) * (len(self._phrases) + 20 * len(self._patterns)) <= _IN_THE_LOOP:
            return self._search(text, partial=passage.partial)
        return await asyncio.to_thread(self._search, text, partial=passage.partial)

    async def aclose(self) -> None:
        """Do nothing."""

    def _search(self, text: str, *, partial: bool) -> list[Finding]:
        folded = fold(text)
        if partial:
            folded = _without_half_word(folded[::-1])[::-1]
        lines: dict[str, int] = {}
        for phrase in self._phrases:
            if phrase.category not in lines and _occurs(phrase, folded):
                lines[phrase.category] = phrase.line
        for pattern in self._patterns:
            if pattern.category not in lines and pattern.expression.search(folded) is not None:
                lines[pattern.category] = pattern.line
        return [Finding(category, f"line {line}") for category, line in lines.items()]


def _occurs(phrase: Phrase, text: str) -> bool:
    """Return whether a phrase occurs, not inside a longer word of a script with spaces."""
    key = phrase.text
    start = text.find(key)
    while start >= 0:
        end = start + len(key)
        before, after = text[start - 1 : start], text[end : end + 1]
        if not _joined(before, key[0]) and not _joined(key[-1], after):
            return True
        start = text.find(key, start + 1)
    return False


def _joined(first: str, second: str) -> bool:
    """Return whether two neighbouring characters are of one word."""
    if not first or not second:
        return False
    return first.isalnum() and second.isalnum() and not is_cjk(first) and not is_cjk(second)


def _without_half_word(text: str) -> str:
    """Return a text that was cut at its beginning without the rest of the word that was cut."""
    start = 0
    while start < len(text) and text[start].isalnum() and not is_cjk(text[start]):
        start += 1
    return text[start:]
