"""Rank a character's examples by words, while their vectors are still to be made."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from app.db.models import Example
from app.db.session import Database
from app.search.example_index import IndexKey, RetrievedExample
from app.search.repository import ExampleRepository
from retrieval.bm25.index import Bm25Index
from retrieval.bm25.tokens import bigrams

_ROWS = 2_000
_EXAMPLE_BYTES = 1_200
"""Overhead of an example's strings, lists and postings in Python."""
_CHARACTER_BYTES = 2


@dataclass(frozen=True, slots=True)
class WordIndex:
    """Hold a character's examples, and the words of their passages."""

    words: Bm25Index
    examples: Sequence[Example]

    @property
    def nbytes(self) -> int:
        """Approximate memory in bytes."""
        texts = sum(len(each.key) + sum(map(len, each.lines)) for each in self.examples)
        return _CHARACTER_BYTES * texts + _EXAMPLE_BYTES * len(self.examples)

    def find(
        self, query: str, k: int, also: Sequence[int], until_scene: int | None
    ) -> tuple[list[RetrievedExample], list[RetrievedExample]]:
        """Return the best ``k`` of scenes before ``until_scene``, and the others named by ``also``.

        Scores are BM25's shares of the best one's, 0 to 1; ties are broken by the lower id.
        """
        scores = self.words.score(bigrams(query))
        best = max(float(scores.max(initial=0.0)), 1e-9)
        found = [
            RetrievedExample(each.id, float(score) / best, each.lines, each.key, each.scene)
            for each, score in zip(self.examples, scores, strict=True)
            if until_scene is None or (each.scene is not None and each.scene < until_scene)
        ]
        found.sort(key=lambda each: (-each.score, each.id))
        wanted = set(also)
        return found[:k], [each for each in found[k:] if each.id in wanted]


def load_word_index(
    database: Database, key: IndexKey, loop: asyncio.AbstractEventLoop
) -> WordIndex:
    """Build an index in the calling thread; ``loop`` only fetches the rows."""
    examples: list[Example] = []
    after = 0
    while rows := asyncio.run_coroutine_threadsafe(_rows(database, key, after), loop).result():
        after = rows[-1].id
        examples += rows
    return WordIndex(Bm25Index.build([each.key for each in examples], bigrams), examples)


async def _rows(database: Database, key: IndexKey, after: int) -> Sequence[Example]:
    async with database.read() as session:
        return await ExampleRepository(session).after(
            key.character_id, key.version, after=after, limit=_ROWS
        )
