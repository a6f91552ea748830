"""Many vectors: quick, and checked against comparing all of them."""

from typing import Any

import numpy as np
import pytest

from retrieval.embedding.port import Vectors
from retrieval.vector_index.exact import ExactIndex
from retrieval.vector_index.faiss import FLAT_BELOW, FaissIndex
from tests.retrieval.index_contract import unit_vectors

faiss = pytest.importorskip("faiss")

WIDTH = 32


def clustered(count: int, seed: int = 0) -> Vectors:
    """Unit vectors about 40 points, as embedded texts lie about their topics."""
    rng = np.random.default_rng(seed)
    rows = unit_vectors(40, WIDTH, seed=9)[rng.integers(0, 40, count)]
    rows = rows + 0.6 * unit_vectors(count, WIDTH, seed + 100)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def filled(vectors: Vectors, flat_below: int = 1) -> FaissIndex:
    index = FaissIndex(WIDTH, flat_below)
    index.add(range(len(vectors)), vectors)
    return index


def share_found(index: FaissIndex, vectors: Vectors, queries: Vectors) -> float:
    """Recall at 20, by the numbers of NumPy's own order."""
    found = 0
    for query in queries:
        best = set(np.argsort(-(vectors @ query))[:20].tolist())
        found += len(best & {hit.id for hit in index.search(query, 20)})
    return found / (20 * len(queries))


def test_finds_what_comparing_all_finds() -> None:
    vectors = clustered(6_000)
    index = filled(vectors)
    quality = index.optimize()
    assert quality.kind == "ivf_sq8"
    assert quality.recall >= 0.97
    assert quality.queries > 100
    assert share_found(index, vectors, clustered(100, seed=1)) >= 0.95


def test_few_vectors_stay_flat() -> None:
    index = filled(clustered(300), flat_below=301)
    before = index.search(clustered(1)[0], 20)
    assert index.optimize().kind == "flat"
    assert index.search(clustered(1)[0], 20) == before
    assert FLAT_BELOW == 100_000


def test_more_cells_are_visited_until_enough_is_found() -> None:
    # Without clusters the nearest vectors lie in many cells: the same few are not enough.
    vectors = unit_vectors(6_000, WIDTH, seed=3)
    index = filled(vectors)
    assert index.optimize().recall >= 0.97
    assert share_found(index, vectors, unit_vectors(100, WIDTH, seed=4)) >= 0.95


def test_flat_is_kept_where_eight_bits_cannot_tell_vectors_apart() -> None:
    # Most lie very near to each other, and others far around stretch the range of the 8 bits.
    rng = np.random.default_rng(5)
    rows = np.eye(1, WIDTH) + 3e-3 * rng.standard_normal((3_000, WIDTH))
    rows[::10] += rng.standard_normal((300, WIDTH))
    vectors = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    index = filled(vectors)
    exact = ExactIndex(WIDTH)
    exact.add(range(len(vectors)), vectors)
    assert index.optimize().kind == "flat"
    for query in vectors[:3]:
        assert index.search(query, 20) == exact.search(query, 20)


def test_twins_are_ordered_by_id_when_settled() -> None:
    vectors = clustered(2_000)
    vectors[500:900] = vectors[500]
    index = filled(vectors)
    assert index.optimize().kind == "ivf_sq8"
    assert [hit.id for hit in index.search(vectors[500], 5)] == [500, 501, 502, 503, 504]


def test_gives_as_many_as_asked_for() -> None:
    vectors = clustered(2_000)
    index = filled(vectors)
    index.optimize()
    query = clustered(1, seed=2)[0]
    hits = index.search(query, 1_999)
    assert len({hit.id for hit in hits}) == 1_999
    few = set(range(0, 2_000, 400))
    found = index.search(query, 20, few)
    true = {id: float(vectors[id] @ query) for id in few}
    assert {hit.id: hit.score for hit in found} == pytest.approx(true, abs=1e-2)


def test_cells_are_found_on_a_gpu_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    moved: list[Any] = []

    def move(index: Any) -> Any:
        moved.append(index)
        return index

    monkeypatch.setattr(faiss, "get_num_gpus", lambda: 1)
    monkeypatch.setattr(faiss, "index_cpu_to_all_gpus", move)
    index = filled(clustered(2_000))
    assert index.optimize().kind == "ivf_sq8"
    [assigning] = moved
    assert assigning.ntotal > 0  # it held the cells' centres


@pytest.mark.skipif(faiss.get_num_gpus() == 0, reason="no GPU that this FAISS can use")
def test_on_a_real_gpu() -> None:
    vectors = clustered(20_000)
    index = filled(vectors)
    assert index.optimize().recall >= 0.97
    assert share_found(index, vectors, clustered(50, seed=1)) >= 0.95
