"""Build FAISS inverted files: vectors in cells, 8 bits a value; a search visits the nearest cells.

An inverted file rather than a graph (HNSW): as fast at these sizes, built in seconds instead of
minutes, without the memory of the edges, and vectors can be removed. The number of cells to visit
depends on the vectors, so it is measured on them.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from retrieval.embedding.port import Vectors
from retrieval.vector_index.checks import Ids

RECALL_AT = 20
LEAST_RECALL = 0.97

_QUERIES = 200
"""Vectors that the recall is measured with."""
_FIRST_PROBES = 16
_TRAINING = 40
"""Training vectors of k-means for each cell; FAISS warns below 39."""
_ROUNDS = 10
_TIE = 1e-6
_SEED = 1


@dataclass(frozen=True, slots=True)
class Inverted:
    """Hold a FAISS index with its recall against comparing every vector."""

    index: Any
    recall: float
    queries: int


def build_inverted(faiss: Any, ids: Ids, vectors: Vectors) -> Inverted | None:
    """Return the fastest index with enough recall; None if none reaches it.

    Takes ``ids`` ``(n,)`` and unit ``vectors`` ``(n, d)``, n at least 1. Needs about 5 s of one
    core for 200,000 vectors of 384 dimensions. The number of visited cells doubles until the
    recall@20 over a sample of the vectors, each without itself, is :data:`LEAST_RECALL`; when
    visiting all cells is not enough, the 8 bits lose too much.
    """
    index = _fill(faiss, ids, vectors)
    query_rows = np.random.default_rng(_SEED).permutation(len(vectors))[:_QUERIES]
    truth = _Truth.of(faiss, ids, vectors, query_rows)
    probes = min(_FIRST_PROBES, index.nlist)
    while True:
        index.nprobe = probes
        if (recall := truth.recall(index)) >= LEAST_RECALL:
            return Inverted(index, recall, len(query_rows))
        if probes == index.nlist:
            return None
        probes = min(2 * probes, index.nlist)


def _fill(faiss: Any, ids: Ids, vectors: Vectors) -> Any:
    size, dimension = vectors.shape
    cells = min(size, round(2 * math.sqrt(size)))
    index = faiss.IndexIVFScalarQuantizer(
        faiss.IndexFlatIP(dimension),
        dimension,
        cells,
        faiss.ScalarQuantizer.QT_8bit,
        faiss.METRIC_INNER_PRODUCT,
    )
    index.cp.niter = _ROUNDS
    index.cp.min_points_per_centroid = 1
    index.cp.max_points_per_centroid = _TRAINING
    if faiss.get_num_gpus() > 0:
        # k-means is most of the work. Searching stays on the CPU: the engine needs GPU memory.
        on_gpu = faiss.index_cpu_to_all_gpus(faiss.IndexFlatIP(dimension))
        index.clustering_index = on_gpu  # FAISS does not keep it alive: the name does
    index.train(vectors)
    index.clustering_index = None
    index.set_direct_map_type(faiss.DirectMap.Hashtable)  # finds a vector by its id
    index.add_with_ids(vectors, ids)
    return index


@dataclass(frozen=True, slots=True)
class _Truth:
    """Hold the results of comparing every vector."""

    rows: Mapping[int, int]
    """The row of each id."""
    vectors: Vectors
    query_rows: Mapping[int, int]
    """The rows used as queries, by id."""
    worst: Vectors
    """The cosine of the last true result of each query."""
    wanted: int

    @classmethod
    def of(cls, faiss: Any, ids: Ids, vectors: Vectors, query_rows: Ids) -> "_Truth":
        # One more than wanted: each query finds itself first, or an equal vector.
        depth = min(RECALL_AT + 1, len(vectors))
        scores, _ = faiss.knn(
            vectors[query_rows], vectors, depth, metric=faiss.METRIC_INNER_PRODUCT
        )
        rows = {id: row for row, id in enumerate(ids.tolist())}
        chosen = {int(ids[row]): int(row) for row in query_rows}
        return cls(rows, vectors, chosen, scores[:, -1], depth - 1)

    def recall(self, index: Any) -> float:
        """Return the recall; vectors as near as the last true result count, as ties do."""
        if self.wanted == 0:
            return 1.0
        queries = self.vectors[list(self.query_rows.values())]
        _, found = index.search(queries, self.wanted + 1)
        right = 0
        for own, query, worst, hits in zip(
            self.query_rows, queries, self.worst, found, strict=True
        ):
            rows = [self.rows[id] for id in hits.tolist() if id not in (own, -1)]
            near = self.vectors[rows] @ query >= worst - _TIE
            right += min(self.wanted, int(near.sum()))
        return right / (self.wanted * len(self.query_rows))
