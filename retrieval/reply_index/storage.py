"""Convert a reply store to and from bytes, without its vectors and texts, stored elsewhere."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.bm25.index import Bm25Index
from retrieval.errors import DamagedIndexError
from retrieval.reply_index.index import (
    Calibration,
    Kernels,
    LexicalIndexes,
    ReplyStore,
    ReplyVectors,
)
from retrieval.reply_index.similarities import Kernel
from retrieval.sections import Sections, pack_sections, unpack_sections

FORMAT = 3

_INDEXES = ("keys", "pairs", "replies", "replies_unigrams", "previous")
_KERNELS = ("chrf", "f1")

_Arrays = Mapping[str, NDArray[Any]]


def dump_store(store: ReplyStore, calibration: Calibration) -> bytes:
    """Return the store and its calibration as :mod:`retrieval.sections`.

    Arrays are stored as they are used, so that most need no conversion. The kernels' factors, the
    largest part, have half precision already.
    """
    speakers, spoken = np.unique(store.previous_speakers, return_inverse=True)
    metadata = {
        "format": FORMAT,
        "windows": len(store.vectors.windows),
        "speakers": speakers.tolist(),
        "companies": [sorted(each) for each in store.speaker_sets],
        "relevance": [
            calibration.relevance_mean,
            calibration.relevance_spread,
            calibration.threshold,
            calibration.in_domain_threshold,
        ],
    }
    arrays: dict[str, NDArray[Any]] = {
        "windows": store.windows,
        "scenes": store.scenes,
        "closing": store.closing,
        "company": store.speaker_set,
        "previous_speakers": spoken.astype(np.int32),
        "has_previous": store.has_previous,
        "log_lengths": store.log_lengths,
        "habitual": calibration.hub_scores,
        "same_scene": store.kernels.same_scene,
        "cosine_bands": store.kernels.cosine.bands,
    }
    for name in _KERNELS:
        kernel: Kernel = getattr(store.kernels, name)
        arrays[f"{name}_factors"] = kernel.factors.astype(np.float16)
        arrays[f"{name}_bands"] = kernel.bands
    for name in _INDEXES:
        index: Bm25Index = getattr(store.lexical, name)
        arrays |= {
            f"{name}_tokens": index.tokens,
            f"{name}_starts": index.starts.astype(np.uint32),
            f"{name}_documents": index.documents.astype(np.min_scalar_type(index.size)),
            f"{name}_scores": index.scores,
        }
    return pack_sections(metadata, arrays)


def load_store(
    data: bytes, vectors: ReplyVectors, window_texts: Sequence[str]
) -> tuple[ReplyStore, Calibration]:
    """Return the store that :func:`dump_store` wrote.

    ``vectors`` and ``window_texts`` must be the arguments the store was built from. Raises
    :class:`~retrieval.errors.DamagedIndexError` for other bytes, and where the numbers of vectors
    and replies differ.
    """
    stored = unpack_sections(data)
    try:
        if stored.metadata["format"] != FORMAT:
            found = stored.metadata["format"]
            raise DamagedIndexError(f"a reply store of format {found}, not {FORMAT}")
        return _store(stored, vectors, window_texts), _calibration(stored)
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise DamagedIndexError(f"not a reply store: {error!r}") from error


def _store(stored: Sections, vectors: ReplyVectors, window_texts: Sequence[str]) -> ReplyStore:
    arrays, metadata = stored.arrays, stored.metadata
    replies, windows = len(arrays["windows"]), metadata["windows"]
    if len(vectors.replies) != replies or len(vectors.windows) != windows:
        raise DamagedIndexError(
            f"{replies} replies in {windows} windows are stored, and vectors of "
            f"{len(vectors.replies)} replies in {len(vectors.windows)} windows"
        )
    speakers = np.array(metadata["speakers"], dtype=str)
    sizes = dict.fromkeys(_INDEXES, replies) | {"keys": windows}
    return ReplyStore(
        windows=arrays["windows"],
        scenes=arrays["scenes"],
        closing=arrays["closing"],
        vectors=vectors,
        has_previous=arrays["has_previous"],
        log_lengths=arrays["log_lengths"],
        previous_speakers=speakers[arrays["previous_speakers"]],
        speaker_sets=tuple(frozenset(each) for each in metadata["companies"]),
        speaker_set=arrays["company"],
        lexical=LexicalIndexes(**{name: _index(arrays, name, sizes[name]) for name in _INDEXES}),
        kernels=Kernels(
            **{name: _kernel(arrays, name) for name in _KERNELS},
            cosine=Kernel(vectors.replies.T, arrays["cosine_bands"]),
            same_scene=arrays["same_scene"],
        ),
        window_texts=window_texts,
    )


def _index(arrays: _Arrays, name: str, size: int) -> Bm25Index:
    return Bm25Index(
        size,
        arrays[f"{name}_tokens"],
        arrays[f"{name}_starts"],
        arrays[f"{name}_documents"],
        arrays[f"{name}_scores"],
    )


def _kernel(arrays: _Arrays, name: str) -> Kernel:
    return Kernel(arrays[f"{name}_factors"].astype(np.float32), arrays[f"{name}_bands"])


def _calibration(stored: Sections) -> Calibration:
    mean, spread, threshold, in_domain = stored.metadata["relevance"]
    return Calibration(stored.arrays["habitual"], mean, spread, threshold, in_domain)
