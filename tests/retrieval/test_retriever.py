import numpy as np
import pytest

from retrieval.embedding.hashing import HashingEmbedder
from retrieval.embedding.port import Vectors
from retrieval.errors import DimensionMismatchError
from retrieval.index.exact import ExactIndex
from retrieval.retriever import Retrieval, retrieve

LINES = ["我们去吃川菜吧", "直播开始了", "The map is lost", "那家川菜馆真好吃"]


@pytest.fixture
def embedder() -> HashingEmbedder:
    return HashingEmbedder()


@pytest.fixture
def index(embedder: HashingEmbedder) -> ExactIndex:
    index = ExactIndex(embedder.dimension)
    index.add(range(len(LINES)), embedder.embed_keys(LINES))
    return index


def test_best_first_with_times(embedder: HashingEmbedder, index: ExactIndex) -> None:
    found = retrieve(embedder, index, "川菜馆好吃吗", 2)
    assert [hit.id for hit in found.hits] == [3, 0]
    assert found.hits == tuple(index.search(embedder.embed_query("川菜馆好吃吗"), 2))
    assert 0 < found.embed_seconds < 1
    assert 0 < found.search_seconds < 1


def test_scores_of_others_come_beside_the_best(
    embedder: HashingEmbedder, index: ExactIndex
) -> None:
    found = retrieve(embedder, index, "川菜馆好吃吗", 1, also=[3, 2, 77])
    assert [hit.id for hit in found.hits] == [3]
    assert [hit.id for hit in found.others] == [2]


def test_an_empty_index_costs_nothing(
    embedder: HashingEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unwanted(self: HashingEmbedder, text: str) -> Vectors:
        raise AssertionError("embedded for nothing")

    monkeypatch.setattr(HashingEmbedder, "embed_query", unwanted)
    assert retrieve(embedder, ExactIndex(256), "你好", 5) == Retrieval((), 0.0, 0.0)


def test_more_than_there_are(embedder: HashingEmbedder, index: ExactIndex) -> None:
    assert len(retrieve(embedder, index, "", 50).hits) == len(LINES)


def test_k_must_be_positive(embedder: HashingEmbedder) -> None:
    with pytest.raises(ValueError, match="k must"):
        retrieve(embedder, ExactIndex(256), "你好", 0)


def test_another_embedder_than_the_index_was_built_with(index: ExactIndex) -> None:
    other = HashingEmbedder(64)
    with pytest.raises(DimensionMismatchError, match=r"hashing:v1:64.*64.*256"):
        retrieve(other, index, "你好", 1)
    assert np.isfinite(other.embed_query("你好")).all()
