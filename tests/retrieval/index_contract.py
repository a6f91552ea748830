"""What every index must do. Subclass, and give ``make``."""

from abc import ABC, abstractmethod
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from retrieval.embedding.port import Vectors
from retrieval.errors import DimensionMismatchError, RetrievalError
from retrieval.vector_index.port import VectorIndex

WIDTH = 8


def unit_vectors(count: int, width: int = WIDTH, seed: int = 0) -> Vectors:
    rows = np.random.default_rng(seed).standard_normal((count, width))
    vectors: Vectors = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return vectors


class IndexContract(ABC):
    rounding = 1e-6
    """How far a score may lie from the true cosine."""

    @abstractmethod
    def make(self, dimension: int = WIDTH) -> VectorIndex: ...

    def filled(self, count: int = 20) -> VectorIndex:
        index = self.make()
        index.add(range(100, 100 + count), unit_vectors(count))
        return index

    def test_starts_empty(self) -> None:
        index = self.make()
        assert (index.count(), index.dimension) == (0, WIDTH)
        assert index.search(unit_vectors(1)[0], 5) == []
        assert index.remove([1, 2]) == 0

    def test_finds_the_nearest_first(self) -> None:
        vectors = unit_vectors(20)
        hits = self.filled().search(vectors[7], 20)
        assert hits[0].id == 107
        assert hits[0].score == pytest.approx(1.0, abs=self.rounding)
        scores = [hit.score for hit in hits]
        assert scores == sorted(scores, reverse=True)
        expected = dict(zip(range(100, 120), vectors @ vectors[7], strict=True))
        assert {hit.id: hit.score for hit in hits} == pytest.approx(expected, abs=self.rounding)

    def test_hits_are_plain_numbers_within_bounds(self) -> None:
        index = self.make()
        vector = np.full(WIDTH, WIDTH**-0.5, dtype=np.float32) * np.float32(1 + 1e-6)
        index.add([1, 2], np.stack([vector, -vector]))
        hits = index.search(vector, 2)
        assert [(type(hit.id), type(hit.score)) for hit in hits] == [(int, float)] * 2
        assert [hit.score for hit in hits] == [1.0, -1.0]

    def test_returns_no_more_than_there_are(self) -> None:
        assert len(self.filled(3).search(unit_vectors(1)[0], 50)) == 3
        assert len(self.filled(30).search(unit_vectors(1)[0], 7)) == 7

    def test_ties_go_to_the_lower_id(self) -> None:
        index = self.make()
        vector = unit_vectors(1)[0]
        ids = [9, 2, 77, 5, 40, 1, 63]
        index.add(ids, np.stack([vector] * len(ids)))
        assert [hit.id for hit in index.search(vector, 3)] == [1, 2, 5]
        index.remove([1, 5])
        index.add([0, 3], np.stack([vector] * 2))
        assert [hit.id for hit in index.search(vector, 3)] == [0, 2, 3]

    def test_many_ties_at_the_end_go_to_the_lower_id(self) -> None:
        index = self.make()
        vector = unit_vectors(1)[0]
        ids = list(range(499, -1, -1))
        index.add(ids, np.stack([vector] * len(ids)))
        assert [hit.id for hit in index.search(vector, 4)] == [0, 1, 2, 3]

    def test_scores_of_given_ids_are_those_a_search_gives(self) -> None:
        index, query = self.filled(), unit_vectors(20)[7]
        found = {hit.id: hit for hit in index.search(query, 20)}
        index.remove([103])
        hits = index.score(query, [119, 103, 107, 5])
        assert hits == [found[107], found[119]]
        assert index.score(query, []) == []
        assert self.make().score(query, [1]) == []

    def test_only_some_ids_may_count(self) -> None:
        index, query = self.filled(), unit_vectors(20)[7]
        every = index.search(query, 20)
        some = {103, 104, 111, 119}
        assert index.search(query, 20, {*some, 5}) == [hit for hit in every if hit.id in some]
        assert index.search(query, 1, some) == [hit for hit in every if hit.id in some][:1]
        assert index.search(query, 3, []) == []

    def test_settling_keeps_what_is_found(self) -> None:
        index, query = self.filled(), unit_vectors(20)[7]
        before = index.search(query, 20)
        quality = index.optimize()
        assert 0.97 <= quality.recall <= 1.0
        assert index.optimize() == quality
        after = {hit.id: hit.score for hit in index.search(query, 20)}
        expected = {hit.id: hit.score for hit in before}
        assert after == pytest.approx(expected, abs=self.rounding)
        assert index.count() == 20

    def test_settling_an_empty_index(self) -> None:
        index = self.make()
        assert index.optimize().recall == 1.0
        assert index.search(unit_vectors(1)[0], 1) == []

    def test_a_settled_index_can_be_changed(self) -> None:
        index = self.filled()
        index.optimize()
        assert index.remove([100, 101]) == 2
        index.add([7], -unit_vectors(20)[7:8])
        assert index.count() == 19
        assert index.search(-unit_vectors(20)[7], 1)[0].id == 7
        assert {hit.id for hit in index.search(unit_vectors(1)[0], 30)} == {7, *range(102, 120)}
        index.optimize()
        assert index.search(-unit_vectors(20)[7], 1)[0].id == 7

    def test_ids_may_be_as_large_as_int64(self) -> None:
        index = self.make()
        index.add([2**63 - 1, 0], unit_vectors(2))
        assert {hit.id for hit in index.search(unit_vectors(1)[0], 2)} == {0, 2**63 - 1}

    def test_removed_vectors_are_gone(self) -> None:
        index = self.filled()
        assert index.remove([107, 107, 999, 100]) == 2
        assert index.count() == 18
        assert not {107, 100} & {hit.id for hit in index.search(unit_vectors(20)[7], 20)}
        index.add([107], unit_vectors(20)[7:8])
        assert index.search(unit_vectors(20)[7], 1)[0].id == 107
        assert index.remove(range(100, 120)) == 19
        assert index.search(unit_vectors(1)[0], 1) == []

    def test_adding_nothing(self) -> None:
        index = self.filled()
        index.add([], np.zeros((0, WIDTH), dtype=np.float32))
        assert index.count() == 20

    @pytest.mark.parametrize("ids", [[1, 1], [1, 105], [-1, 1], [2**63, 1]])
    def test_bad_ids_change_nothing(self, ids: list[int]) -> None:
        index = self.filled()
        with pytest.raises(ValueError, match="id"):
            index.add(ids, unit_vectors(2))
        assert index.count() == 20
        assert 1 not in {hit.id for hit in index.search(unit_vectors(1)[0], 30)}

    @pytest.mark.parametrize("shape", [(2, WIDTH + 1), (3, WIDTH), (WIDTH,), (1, 2, WIDTH)])
    def test_vectors_of_another_shape(self, shape: tuple[int, ...]) -> None:
        index = self.filled()
        with pytest.raises(DimensionMismatchError):
            index.add([1, 2], np.ones(shape, dtype=np.float32))
        assert index.count() == 20

    @pytest.mark.parametrize("bad", [np.nan, np.inf])
    def test_vectors_must_be_finite(self, bad: float) -> None:
        index = self.filled()
        vectors = unit_vectors(1)
        vectors[0, 3] = bad
        with pytest.raises(ValueError, match="finite"):
            index.add([1], vectors)
        with pytest.raises(ValueError, match="finite"):
            index.search(vectors[0], 1)
        assert index.count() == 20

    def test_queries_of_another_shape(self) -> None:
        for shape in [(WIDTH + 1,), (1, WIDTH), ()]:
            with pytest.raises(DimensionMismatchError):
                self.filled().search(np.ones(shape, dtype=np.float32), 1)

    @pytest.mark.parametrize("k", [0, -1])
    def test_k_must_be_positive(self, k: int) -> None:
        for index in (self.make(), self.filled()):
            with pytest.raises(ValueError, match="k must"):
                index.search(unit_vectors(1)[0], k)

    def test_dimension_must_be_positive(self) -> None:
        with pytest.raises(ValueError, match="dimension"):
            self.make(0)

    def test_what_was_added_may_change_afterwards(self) -> None:
        index = self.make()
        vectors = unit_vectors(2)
        before = vectors[1].copy()
        index.add([1, 2], vectors)
        vectors[:] = 0
        assert index.search(before, 1)[0].id == 2

    def test_vectors_in_any_layout(self) -> None:
        index = self.make()
        index.add([3, 4], np.asfortranarray(unit_vectors(4)[::2]))
        assert index.search(unit_vectors(4)[2], 1)[0].id == 4

    def test_threads_read_at_once(self) -> None:
        index = self.filled()
        queries = unit_vectors(50, seed=4)
        expected = [index.search(query, 5) for query in queries]
        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(lambda query: index.search(query, 5), queries)) == expected

    def test_save_and_load(self, tmp_path: Path) -> None:
        index = self.filled()
        index.remove([103])
        index.save(tmp_path / "index")
        loaded = type(index).load(tmp_path / "index")
        assert (loaded.count(), loaded.dimension) == (19, WIDTH)
        for query in unit_vectors(5, seed=3):
            assert loaded.search(query, 19) == index.search(query, 19)
        loaded.add([103], unit_vectors(1))
        assert loaded.remove([103, 104]) == 2

    def test_save_and_load_an_empty_index(self, tmp_path: Path) -> None:
        self.make().save(tmp_path / "index")
        loaded = type(self.make()).load(tmp_path / "index")
        assert (loaded.count(), loaded.dimension) == (0, WIDTH)

    def test_saving_replaces_and_leaves_nothing_beside(self, tmp_path: Path) -> None:
        path = tmp_path / "index"
        self.filled(3).save(path)
        self.filled(5).save(path)
        assert type(self.make()).load(path).count() == 5
        assert list(tmp_path.iterdir()) == [path]

    def test_a_save_that_fails_leaves_the_old_file(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = tmp_path / "index"
        self.filled(3).save(path)

        def full(descriptor: int) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("os.fsync", full)
        with pytest.raises(OSError, match="No space"):
            self.filled(5).save(path)
        assert type(self.make()).load(path).count() == 3
        assert list(tmp_path.iterdir()) == [path]

    def test_damaged_files(self, tmp_path: Path) -> None:
        path = tmp_path / "index"
        self.filled().save(path)
        whole = path.read_bytes()
        altered = bytearray(whole)
        altered[-2] ^= 1
        for content in (b"", b"x", whole[:8], whole[:40], whole[:-1], whole + b"x", bytes(altered)):
            path.write_bytes(content)
            with pytest.raises(RetrievalError):
                type(self.make()).load(path)
        with pytest.raises(RetrievalError):
            type(self.make()).load(tmp_path / "missing")
