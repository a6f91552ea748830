import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.embedding.hashing import HashingEmbedder
from retrieval.embedding.port import Vectors
from retrieval.errors import UnknownIndexError
from retrieval.vector_index.exact import ExactIndex
from retrieval.vector_index.factory import create_index
from retrieval.vector_index.faiss import FaissIndex
from retrieval.vector_index.port import VectorIndex
from tests.retrieval.index_contract import WIDTH, IndexContract, unit_vectors
from tests.retrieval.reference_corpus import sansan_scenes

faiss = pytest.importorskip("faiss")


class TestFaissIndex(IndexContract):
    def make(self, dimension: int = WIDTH) -> VectorIndex:
        return FaissIndex(dimension)


class TestInvertedIndex(IndexContract):
    rounding = 5e-3

    def make(self, dimension: int = WIDTH) -> VectorIndex:
        return FaissIndex(dimension, flat_below=1)

    def filled(self, count: int = 20) -> VectorIndex:
        index = super().filled(count)
        assert index.optimize().kind == "ivf_sq8"
        return index


def assert_congruent(one: VectorIndex, other: VectorIndex, query: Vectors, k: int) -> None:
    found, expected = one.search(query, k), other.search(query, k)
    assert [hit.id for hit in found] == [hit.id for hit in expected]
    assert [hit.score for hit in found] == pytest.approx([hit.score for hit in expected], abs=1e-5)


@settings(max_examples=150, deadline=None)
@given(
    width=st.integers(1, 40),
    seed=st.integers(0, 2**16),
    distinct=st.integers(1, 12),
    picks=st.lists(st.integers(0, 11), max_size=60),
    removed=st.sets(st.integers(0, 200)),
    k=st.integers(1, 80),
    data=st.data(),
)
def test_agrees_with_exact(
    *,
    width: int,
    seed: int,
    distinct: int,
    picks: list[int],
    removed: set[int],
    k: int,
    data: st.DataObject,
) -> None:
    pool = unit_vectors(distinct, width, seed)
    ids = data.draw(
        st.lists(st.integers(0, 200), min_size=len(picks), max_size=len(picks), unique=True)
    )
    vectors = pool[[pick % distinct for pick in picks]].reshape(-1, width)
    half = len(ids) // 2
    quick, exact = FaissIndex(width), ExactIndex(width)
    for index in (quick, exact):
        index.add(ids[:half], vectors[:half])
        index.remove(sorted(removed))
        index.add([1_000 + each for each in ids[half:]], vectors[half:])
    assert quick.count() == exact.count()
    for query in (pool[0], unit_vectors(1, width, seed + 1)[0]):
        assert_congruent(quick, exact, query, k)


@pytest.mark.parametrize("k", [1, 20, 150, 5_000])
def test_agrees_on_random_and_duplicated_vectors(k: int) -> None:
    distinct = unit_vectors(1_000, 384, seed=1)
    vectors = np.concatenate([distinct, distinct[:200], distinct[:200]])
    ids = np.random.default_rng(2).permutation(10_000)[: len(vectors)].tolist()
    quick, exact = FaissIndex(384), ExactIndex(384)
    for index in (quick, exact):
        index.add(ids, vectors)
        index.remove(ids[50:1_300:7])
    for query in np.concatenate([distinct[:5], unit_vectors(5, 384, seed=3)]):
        assert_congruent(quick, exact, query, k)


def test_agrees_on_the_reference_corpus() -> None:
    scenes = sansan_scenes()
    assert len(scenes) == 88
    embedder = HashingEmbedder()
    vectors = embedder.embed_keys(scenes)
    quick, exact = FaissIndex(embedder.dimension), ExactIndex(embedder.dimension)
    for index in (quick, exact):
        index.add(range(len(scenes)), vectors)
    for scene in scenes:
        assert_congruent(quick, exact, embedder.embed_queries([scene])[0], 20)


def test_kinds_share_their_files(tmp_path: Path) -> None:
    quick = FaissIndex(WIDTH)
    quick.add(range(20), unit_vectors(20))
    quick.save(tmp_path / "index")
    exact = ExactIndex.load(tmp_path / "index")
    assert exact.search(unit_vectors(1)[0], 20) == quick.search(unit_vectors(1)[0], 20)


def test_leaves_the_number_of_threads_alone() -> None:
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(3)
    try:
        index = FaissIndex(WIDTH)
        index.add([1], unit_vectors(1))
        index.search(unit_vectors(1)[0], 1)
        assert faiss.omp_get_max_threads() == 3
    finally:
        faiss.omp_set_num_threads(before)


def test_factory() -> None:
    assert isinstance(create_index("exact", 4), ExactIndex)
    assert isinstance(create_index("faiss", 4), FaissIndex)
    with pytest.raises(UnknownIndexError, match="exact, faiss"):
        create_index("hnsw", 4)


def test_without_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "faiss", None)
    assert create_index("exact", 4).count() == 0
    with pytest.raises(ImportError):
        create_index("faiss", 4)
