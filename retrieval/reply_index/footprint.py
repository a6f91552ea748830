"""Measure the memory of a reply store, so that a cache can be bounded by it."""

from typing import Any

from numpy.typing import NDArray

from retrieval.bm25.index import Bm25Index
from retrieval.reply_index.index import ReplyStore


def footprint(store: ReplyStore) -> int:
    """Return the bytes of the store's arrays."""
    vectors, lexical, kernels = store.vectors, store.lexical, store.kernels
    indexes = (
        lexical.keys,
        lexical.pairs,
        lexical.replies,
        lexical.replies_unigrams,
        lexical.previous,
    )
    arrays = (
        vectors.windows,
        vectors.pairs,
        vectors.replies,
        vectors.previous,
        kernels.chrf.factors,
        kernels.chrf.bands,
        kernels.f1.factors,
        kernels.f1.bands,
        kernels.cosine.bands,  # its factors are the vectors of the replies
        kernels.same_scene,
        store.log_lengths,
        store.previous_speakers,
        *(array for index in indexes for array in _arrays(index)),
    )
    return sum(array.nbytes for array in arrays)


def _arrays(index: Bm25Index) -> tuple[NDArray[Any], ...]:
    return index.tokens, index.starts, index.documents, index.scores
