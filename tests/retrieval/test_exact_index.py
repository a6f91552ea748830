from retrieval.vector_index.exact import ExactIndex
from retrieval.vector_index.port import VectorIndex
from tests.retrieval.index_contract import WIDTH, IndexContract


class TestExactIndex(IndexContract):
    def make(self, dimension: int = WIDTH) -> VectorIndex:
        return ExactIndex(dimension)
