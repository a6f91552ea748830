"""A reply store as bytes: all of it but the vectors, which are stored by content already."""

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.errors import DamagedIndexError
from retrieval.lexical.bm25 import Bm25Index
from retrieval.selector.kernels import Kernel, neighbourhoods
from retrieval.selector.store import (
    Calibration,
    Kernels,
    LexicalIndexes,
    ReplyStore,
    ReplyVectors,
)

FORMAT = 2

_INDEXES = ("keys", "pairs", "replies", "replies_unigrams", "previous")

_Arrays = Mapping[str, NDArray[Any]]


def dump_store(store: ReplyStore, calibration: Calibration) -> bytes:
    """A NumPy archive (``.npz``): arrays, and one JSON text with the rest.

    The kernels' factors, most of its size, have half precision already.
    """
    header = {
        "format": FORMAT,
        "previous_speakers": store.previous_speakers.tolist(),
        "companies": [sorted(each) for each in store.companies],
        "window_texts": list(store.window_texts),
        "relevance": [
            calibration.relevance_mean,
            calibration.relevance_spread,
            calibration.threshold,
            calibration.familiar,
        ],
    }
    arrays: dict[str, NDArray[Any]] = {
        "header": np.frombuffer(json.dumps(header, ensure_ascii=False).encode(), dtype=np.uint8),
        "windows": store.windows,
        "scenes": store.scenes,
        "closing": store.closing,
        "company": store.company,
        "has_previous": store.has_previous,
        "log_lengths": store.log_lengths,
        "habitual": calibration.habitual,
        "chrf_factors": store.kernels.chrf.factors.astype(np.float16),
        "f1_factors": store.kernels.f1.factors.astype(np.float16),
    }
    for name in _INDEXES:
        index: Bm25Index = getattr(store.lexical, name)
        arrays |= {
            f"{name}_tokens": index.tokens,
            f"{name}_starts": index.starts,
            f"{name}_documents": index.documents,
            f"{name}_scores": index.scores,
        }
    written = io.BytesIO()
    np.savez(written, **arrays)  # type: ignore[arg-type]  # its stubs take the names for options
    return written.getvalue()


def load_store(data: bytes, vectors: ReplyVectors) -> tuple[ReplyStore, Calibration]:
    """What :func:`dump_store` wrote, with the vectors it was built with.

    Raises :class:`~retrieval.errors.DamagedIndexError` for anything else, and where vectors and
    replies are not as many.
    """
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        header = json.loads(arrays["header"].tobytes())
        if header["format"] != FORMAT:
            raise DamagedIndexError(f"a reply store of format {header['format']}, not {FORMAT}")
        return _store(arrays, header, vectors), _calibration(arrays, header)
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise DamagedIndexError(f"not a reply store, or cut short: {error}") from error


def _store(arrays: _Arrays, header: Mapping[str, Any], vectors: ReplyVectors) -> ReplyStore:
    replies, windows = len(arrays["windows"]), len(header["window_texts"])
    if len(vectors.replies) != replies or len(vectors.windows) != windows:
        raise DamagedIndexError(
            f"{replies} replies in {windows} windows are stored, and vectors of "
            f"{len(vectors.replies)} replies in {len(vectors.windows)} windows"
        )
    return ReplyStore(
        windows=arrays["windows"],
        scenes=arrays["scenes"],
        closing=arrays["closing"],
        vectors=vectors,
        has_previous=arrays["has_previous"],
        log_lengths=arrays["log_lengths"],
        previous_speakers=np.array(header["previous_speakers"], dtype=str),
        companies=tuple(frozenset(each) for each in header["companies"]),
        company=arrays["company"],
        lexical=LexicalIndexes(**{name: _index(arrays, header, name) for name in _INDEXES}),
        kernels=Kernels(
            chrf=_kernel(arrays, "chrf"),
            f1=_kernel(arrays, "f1"),
            cosine=Kernel.build(vectors.replies.T, arrays["scenes"]),
            same_scene=neighbourhoods(arrays["scenes"]),
        ),
        window_texts=tuple(header["window_texts"]),
    )


def _index(arrays: _Arrays, header: Mapping[str, Any], name: str) -> Bm25Index:
    size = len(header["window_texts"] if name == "keys" else arrays["windows"])
    return Bm25Index(
        size,
        arrays[f"{name}_tokens"],
        arrays[f"{name}_starts"],
        arrays[f"{name}_documents"],
        arrays[f"{name}_scores"],
    )


def _kernel(arrays: _Arrays, name: str) -> Kernel:
    factors = np.ascontiguousarray(arrays[f"{name}_factors"], dtype=np.float32)
    return Kernel.build(factors, arrays["scenes"])


def _calibration(arrays: _Arrays, header: Mapping[str, Any]) -> Calibration:
    mean, spread, threshold, familiar = header["relevance"]
    return Calibration(arrays["habitual"], mean, spread, threshold, familiar)
