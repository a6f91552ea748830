"""The toy cast in folds, with the embedder that costs nothing."""

from pathlib import Path

import pytest

from app.search.benchmark.corpus import BenchmarkCharacter, Fold, read_subject
from app.search.benchmark.run import embed_folds
from app.search.benchmark.vectors import EmbeddingCache
from retrieval.embedding.hashing import HashingEmbedder
from tests.app.judging.toy_cast import script

__all__ = ["script"]


@pytest.fixture(scope="session")
def subject(script: Path) -> BenchmarkCharacter:
    return read_subject(script, "老周")


@pytest.fixture(scope="session")
def folds(subject: BenchmarkCharacter) -> list[Fold]:
    return embed_folds(subject, EmbeddingCache(HashingEmbedder()), lambda _: None, 20)
