import numpy as np
import pytest

from retrieval.embedding.hashing import HashingEmbedder
from retrieval.embedding.port import Vectors
from retrieval.errors import DimensionMismatchError
from retrieval.vector_index.exact import ExactIndex
from retrieval.vector_index.retriever import IndexHits, retrieve

LINES = ["我们去吃川菜吧", "直播开始了", "The map is lost", "那家川菜馆真好吃"]


def embed(text: str, dimension: int = 256) -> Vectors:
    vector: Vectors = HashingEmbedder(dimension).embed_queries([text])[0]
    return vector


@pytest.fixture
def index() -> ExactIndex:
    index = ExactIndex(256)
    index.add(range(len(LINES)), HashingEmbedder().embed_keys(LINES))
    return index


def test_best_first(index: ExactIndex) -> None:
    found = retrieve(index, embed("川菜馆好吃吗"), 2)
    assert [hit.id for hit in found.hits] == [3, 0]
    cosines = HashingEmbedder().embed_keys([LINES[3], LINES[0]]) @ embed("川菜馆好吃吗")
    np.testing.assert_allclose([hit.score for hit in found.hits], cosines, atol=1e-6)


def test_scores_of_others_come_beside_the_best(index: ExactIndex) -> None:
    found = retrieve(index, embed("川菜馆好吃吗"), 1, also=[3, 2, 77])
    assert [hit.id for hit in found.hits] == [3]
    assert [hit.id for hit in found.others] == [2]


def test_an_empty_index() -> None:
    assert retrieve(ExactIndex(256), embed("你好"), 5) == IndexHits(())


def test_more_than_there_are(index: ExactIndex) -> None:
    assert len(retrieve(index, embed(""), 50).hits) == len(LINES)


def test_k_must_be_positive() -> None:
    with pytest.raises(ValueError, match="k must"):
        retrieve(ExactIndex(256), embed("你好"), 0)


def test_another_embedder_than_the_index_was_built_with(index: ExactIndex) -> None:
    with pytest.raises(DimensionMismatchError, match=r"\(256,\).*\(64,\)"):
        retrieve(index, embed("你好", 64), 1)
