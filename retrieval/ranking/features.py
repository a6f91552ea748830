"""Compute the features of every reply of a character for a query."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retrieval.bm25.tokens import bigrams, unigrams
from retrieval.ranking.query import RetrievalQuery
from retrieval.ranking.shortlist import EVERY, Shortlist
from retrieval.ranking.weights import FEATURES
from retrieval.reply_index.index import ReplyStore
from retrieval.reply_index.similarities import Floats

Mask = NDArray[np.bool_]

_CLIP = 5.0
_NO_SPREAD = 1e-4
"""Smallest spread above rounding noise, which is largest in a kernel's factors."""
_TEMPERATURE = 0.8
"""Temperature of the kernels' weights: how near a window must be for its replies to count."""


@dataclass(frozen=True, slots=True)
class FusionSignals:
    """Hold the raw scores that the mode ``fused`` ranks by, each ``(n,)``."""

    key_cosine: Floats
    pair_cosine: Floats
    pair_bigrams_last3: Floats


@dataclass(frozen=True, slots=True)
class RawSignals:
    """Hold the raw scores that features are computed from, each ``(n,)``."""

    key_cosine: Floats
    pair_cosine: Floats
    reply_cosine: Floats
    own_line_cosine: Floats
    reply_line_cosine: Floats
    previous_line_cosine: Floats
    key_bigrams: Floats
    pair_bigrams: Floats
    pair_bigrams_last3: Floats
    reply_bigrams: Floats
    reply_bigrams_last3: Floats
    reply_unigrams_last3: Floats


def fusion_signals(store: ReplyStore, query: RetrievalQuery) -> FusionSignals:
    """Return the signals of all replies: two matrix products and one BM25 lookup."""
    return FusionSignals(
        key_cosine=(store.vectors.windows @ query.dialogue)[store.windows],
        pair_cosine=store.vectors.pairs @ query.dialogue,
        pair_bigrams_last3=store.lexical.pairs.score(bigrams(query.last3_text)),
    )


def raw_signals(
    store: ReplyStore,
    query: RetrievalQuery,
    near: FusionSignals,
    numbers: Shortlist | slice = EVERY,
) -> RawSignals:
    """Return the raw scores of the replies of ``store``: matrix products and BM25 lookups.

    ``near`` holds the fusion signals of all replies. ``numbers`` are the numbers of the replies of
    ``store`` among all, where it is a :func:`~retrieval.ranking.shortlist.subset`.
    """
    vectors, lexical = store.vectors, store.lexical
    query_rows = np.vstack([query.dialogue, *([] if query.own is None else [query.own])])
    with_replies = vectors.replies @ np.vstack([query_rows, query.lines]).T
    last3, dialogue = bigrams(query.last3_text), bigrams(query.dialogue_text)
    nothing = np.zeros(store.size, dtype=np.float32)
    return RawSignals(
        key_cosine=near.key_cosine[numbers],
        pair_cosine=near.pair_cosine[numbers],
        reply_cosine=with_replies[:, 0],
        own_line_cosine=nothing if query.own is None else with_replies[:, 1],
        reply_line_cosine=_best(with_replies[:, len(query_rows) :]),
        previous_line_cosine=_best(vectors.previous @ query.lines.T),
        key_bigrams=lexical.keys.score(dialogue)[store.windows],
        pair_bigrams=lexical.pairs.score(dialogue)[numbers],
        pair_bigrams_last3=near.pair_bigrams_last3[numbers],
        reply_bigrams=lexical.replies.score(dialogue)[numbers],
        reply_bigrams_last3=lexical.replies.score(last3)[numbers],
        reply_unigrams_last3=lexical.replies_unigrams.score(unigrams(query.last3_text))[numbers],
    )


def features_of(
    store: ReplyStore, query: RetrievalQuery, signals: RawSignals, among: Mask
) -> dict[str, Floats]:
    """Return the features by name, in the order of :data:`~retrieval.ranking.weights.FEATURES`.

    ``among`` masks the eligible replies; the others are ignored. All but the last four features
    are z-scores over the eligible replies, clipped at ±5; a reply without the compared line gets
    the mean.
    """
    signals_of = np.stack([getattr(signals, name) for name in _STANDARDISED])
    features = dict(zip(_STANDARDISED, standardise(signals_of, among), strict=True))
    answering = among & store.has_previous
    features["previous_line_cosine"] = standardise(signals.previous_line_cosine, answering)
    features |= _kernel_features(store, features, among)
    features["reply_length"] = standardise(store.log_lengths, among)
    return features | _raw_features(store, query)


_STANDARDISED = FEATURES[: FEATURES.index("chrf_kernel")]


def standardise(values: Floats, among: Mask) -> Floats:
    """Return z-scores over the masked values, clipped at ±5; 0 elsewhere and where all are equal.

    ``values`` has shape ``(n,)``, or ``(k, n)`` to standardise ``k`` rows separately; ``among``
    has shape ``(n,)``.
    """
    counted = np.compress(among, values, axis=-1)
    if not counted.shape[-1]:
        return np.zeros_like(values)
    spread = counted.std(axis=-1, keepdims=True)
    centred = values - counted.mean(axis=-1, keepdims=True)
    scores = np.clip(centred / np.maximum(spread, _NO_SPREAD), -_CLIP, _CLIP)
    return np.where(among & (spread >= _NO_SPREAD), scores, np.float32(0.0))


def _kernel_features(
    store: ReplyStore, features: Mapping[str, Floats], among: Mask
) -> dict[str, Floats]:
    """Return how similar each reply is to the replies given to similar dialogues."""
    kernels = store.kernels
    near = np.exp(features["key_cosine"] / _TEMPERATURE) * among
    alike = np.exp(features["pair_bigrams_last3"]) * among
    chrf = kernels.chrf.means(np.stack([near, alike], axis=1), kernels.same_scene)
    cosine = kernels.cosine.means(near[:, None], kernels.same_scene)
    f1 = kernels.f1.means(near[:, None], kernels.same_scene)
    return {
        "chrf_kernel": standardise(chrf[:, 0], among),
        "cosine_kernel": standardise(cosine[:, 0], among),
        "f1_kernel": standardise(f1[:, 0], among),
        "lexical_chrf_kernel": standardise(chrf[:, 1], among),
    }


def _raw_features(store: ReplyStore, query: RetrievalQuery) -> dict[str, Floats]:
    last, speakers = query.last_speaker, query.speakers
    before = store.previous_speakers == (last or "")
    present = np.array([last in company for company in store.speaker_sets], dtype=np.float32)
    shared = np.array([_jaccard(company, speakers) for company in store.speaker_sets], np.float32)
    return {
        "length_gap": np.abs(store.log_lengths - np.float32(query.log_length)),
        "same_previous_speaker": (before & (last is not None)).astype(np.float32),
        "last_speaker_present": present[store.speaker_set],
        "shared_speakers": shared[store.speaker_set],
    }


def _jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    shared = len(one & other)
    return shared / len(one | other) if shared else 0.0


def _best(products: Floats) -> Floats:
    return products.max(axis=1, initial=-1.0) if products.size else np.zeros(len(products), "f4")
