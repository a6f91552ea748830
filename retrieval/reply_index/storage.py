"""Convert a reply store to and from bytes, without its vectors and texts, stored elsewhere."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.errors import DamagedIndexError
from retrieval.reply_index.index import (
    Calibration,
    Kernels,
    ReplyStore,
    ReplyVectors,
)
from retrieval.reply_index.lexical_storage import (
    dump_lexical,
    load_lexical,
    load_plain_lexical,
)
from retrieval.reply_index.similarities import Kernel, neighbourhoods
from retrieval.sections import Sections, pack_compressed, unpack_sections

FORMAT = 4
"""What is written. Format 3, in which every array was stored as it is used, is still read."""
_PLAIN = 3

_INDEXES = ("keys", "pairs", "replies", "replies_unigrams", "previous")
_KERNELS = ("chrf", "f1")

_Arrays = Mapping[str, NDArray[Any]]


def dump_store(store: ReplyStore, calibration: Calibration) -> bytes:
    """Return the store, as it was built, and its calibration as :mod:`retrieval.sections`.

    Loading takes some 20 ms for 2,000 replies, most of it to compute the scores of words anew.
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
        "cosine_bands": store.kernels.cosine.bands,
    }
    for name in _KERNELS:
        kernel: Kernel = getattr(store.kernels, name)
        arrays[f"{name}_factors"] = _codes(kernel)
        arrays[f"{name}_step"] = np.array([kernel.step or 0.0], dtype=np.float32)
    return pack_compressed(metadata, arrays | dump_lexical(store.lexical))


def _codes(kernel: Kernel) -> NDArray[Any]:
    """Return the factors as numbers of steps, or in half precision where they have no step."""
    if kernel.step is None:
        return kernel.factors.astype(np.float16)
    codes: NDArray[np.int8] = np.rint(kernel.factors / np.float32(kernel.step)).astype(np.int8)
    return codes


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
        if (found := stored.metadata["format"]) not in (FORMAT, _PLAIN):
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
    lexical = load_plain_lexical if metadata["format"] == _PLAIN else load_lexical
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
        lexical=lexical(arrays, sizes),
        kernels=Kernels(
            **{name: _kernel(arrays, name) for name in _KERNELS},
            cosine=Kernel(vectors.replies.T, arrays["cosine_bands"]),
            same_scene=neighbourhoods(arrays["scenes"]),
        ),
        window_texts=window_texts,
    )


def _kernel(arrays: _Arrays, name: str) -> Kernel:
    factors = arrays[f"{name}_factors"].astype(np.float32)
    if (bands := arrays.get(f"{name}_bands")) is not None:  # format 3
        return Kernel(factors, bands)
    step = arrays[f"{name}_step"]
    return Kernel.build(factors * step[0] if step[0] else factors, arrays["scenes"])


def _calibration(stored: Sections) -> Calibration:
    mean, spread, threshold, in_domain = stored.metadata["relevance"]
    return Calibration(stored.arrays["habitual"], mean, spread, threshold, in_domain)
