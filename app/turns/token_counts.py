"""Count the tokens of a prompt's pieces in one question to the engine."""

from collections.abc import Hashable, Iterable

from cachetools import LRUCache

from app.db.models import Character
from app.engines.port import Limits, ScoringEngine
from app.search.retriever import RankedReplies
from app.turns.packing import all_lines, countable_lines
from characters.prompting import SEPARATOR

TokenCounts = dict[str, int]
"""Tokens by text."""

_COUNTED_LINES = 1_000
"""All lines of a character with at most this many are counted at its first turn, which takes a
tokenizer a few milliseconds: later turns then count only what was said since."""
_COUNTED_CHARACTERS = 64
_ROUGH_TOKENS = 64
"""Estimated tokens up to which a new message is not worth a question on the way to the first
token. It is counted once the turn is over."""


class TokenCounter:
    """Count texts with the engine's tokenizer, and keep the counts of characters' lines."""

    def __init__(self, engine: ScoringEngine) -> None:
        self._engine = engine
        self._lines = LRUCache[Hashable, TokenCounts](_COUNTED_CHARACTERS)
        """Counts of all lines of characters with few."""

    def forget(self) -> None:
        """Forget all lines; they are counted again."""
        self._lines.clear()

    async def count(self, texts: Iterable[str], rough: int = 0) -> TokenCounts:
        """Return the tokens of each text; estimates will do for up to ``rough`` tokens in all.

        Raises the engine's errors.
        """
        if not (each := list(dict.fromkeys(texts))):
            return {}
        return dict(zip(each, await self._engine.count_tokens(each, rough=rough), strict=True))

    async def count_with_lines(
        self, character: Character, limits: Limits, frame: list[str], ranked: RankedReplies
    ) -> TokenCounts:
        """Count the frame's pieces and every line that packing may show, in one question.

        Whatever the prompt then shows of them, the engine is asked no second time.
        """
        key = character.id, ranked.version, limits.model
        if (known := self._lines.get(key)) is not None:
            return known | await self.count(frame, rough=_ROUGH_TOKENS)
        every_line = all_lines(ranked, _COUNTED_LINES)
        lines = [SEPARATOR, *(countable_lines(ranked) if every_line is None else every_line)]
        counts = await self.count([*frame, *lines])
        if every_line is not None:
            self._lines[key] = {line: counts[line] for line in lines}
        return counts
