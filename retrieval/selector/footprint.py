"""How much memory a reply store takes, so that a cache can be bounded by it."""

from retrieval.lexical.bm25 import Bm25Index
from retrieval.selector.kernels import Kernel
from retrieval.selector.store import ReplyStore

_TEXT_BYTES = 110
_CHARACTER_BYTES = 2


def footprint(store: ReplyStore) -> int:
    """About how many bytes: arrays and texts."""
    vectors, lexical, kernels = store.vectors, store.lexical, store.kernels
    arrays = (vectors.windows, vectors.pairs, vectors.replies, vectors.previous)
    indexes = (
        lexical.keys,
        lexical.pairs,
        lexical.replies,
        lexical.replies_unigrams,
        lexical.previous,
    )
    texts = sum(_TEXT_BYTES + _CHARACTER_BYTES * len(text) for text in store.window_texts)
    return (
        sum(array.nbytes for array in arrays)
        + sum(map(_index, indexes))
        + _kernel(kernels.chrf)
        + _kernel(kernels.f1)
        + kernels.cosine.bands.nbytes  # its factors are the vectors of the replies
        + kernels.same_scene.nbytes
        + store.log_lengths.nbytes
        + store.previous_speakers.nbytes
        + texts
    )


def _index(index: Bm25Index) -> int:
    arrays = (index.tokens, index.starts, index.documents, index.scores)
    return sum(array.nbytes for array in arrays)


def _kernel(kernel: Kernel) -> int:
    return kernel.factors.nbytes + kernel.bands.nbytes
