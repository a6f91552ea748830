"""Compute the features of every reply of a character for a query."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property

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


def fusion_signals(store: ReplyStore, query: RetrievalQuery) -> FusionSignals:
    """Return the signals of all replies: two matrix products and one BM25 lookup."""
    return FusionSignals(
        key_cosine=(store.vectors.windows @ query.dialogue)[store.windows],
        pair_cosine=store.vectors.pairs @ query.dialogue,
        pair_bigrams_last3=store.lexical.pairs.score(bigrams(query.last3_text)),
    )


class RawSignals:
    """Compute the raw scores that features are made from when they are asked for, each ``(n,)``."""

    def __init__(
        self,
        store: ReplyStore,
        query: RetrievalQuery,
        near: FusionSignals,
        numbers: Shortlist | slice = EVERY,
    ) -> None:
        """Take a store, or its part, and the fusion signals of all replies.

        ``numbers`` are the numbers of the replies of ``store`` among all, where it is a
        :func:`~retrieval.ranking.shortlist.subset`.
        """
        self._store = store
        self._query = query
        self._near = near
        self._numbers = numbers

    @property
    def key_cosine(self) -> Floats:
        return self._near.key_cosine[self._numbers]

    @property
    def pair_cosine(self) -> Floats:
        return self._near.pair_cosine[self._numbers]

    @property
    def pair_bigrams_last3(self) -> Floats:
        return self._near.pair_bigrams_last3[self._numbers]

    @property
    def reply_cosine(self) -> Floats:
        return self._with_replies[:, 0]

    @property
    def own_line_cosine(self) -> Floats:
        if self._query.own is None:
            return np.zeros(self._store.size, dtype=np.float32)
        return self._with_replies[:, 1]

    @property
    def reply_line_cosine(self) -> Floats:
        return _best(self._with_replies[:, 1 if self._query.own is None else 2 :])

    @property
    def previous_line_cosine(self) -> Floats:
        return _best(self._store.vectors.previous @ self._query.lines.T)

    @property
    def key_bigrams(self) -> Floats:
        return self._store.lexical.keys.score(self._dialogue)[self._store.windows]

    @property
    def pair_bigrams(self) -> Floats:
        return self._store.lexical.pairs.score(self._dialogue)[self._numbers]

    @property
    def reply_bigrams(self) -> Floats:
        return self._store.lexical.replies.score(self._dialogue)[self._numbers]

    @property
    def reply_bigrams_last3(self) -> Floats:
        return self._store.lexical.replies.score(bigrams(self._query.last3_text))[self._numbers]

    @property
    def reply_unigrams_last3(self) -> Floats:
        said = unigrams(self._query.last3_text)
        return self._store.lexical.replies_unigrams.score(said)[self._numbers]

    @cached_property
    def _with_replies(self) -> Floats:
        own = [] if self._query.own is None else [self._query.own]
        rows = np.vstack([self._query.dialogue, *own, self._query.lines])
        return self._store.vectors.replies @ rows.T

    @cached_property
    def _dialogue(self) -> list[str]:
        return bigrams(self._query.dialogue_text)


def features_of(
    store: ReplyStore,
    query: RetrievalQuery,
    signals: RawSignals,
    among: Mask,
    wanted: Collection[str] = FEATURES,
) -> dict[str, Floats]:
    """Return the wanted features by name, in the order of :data:`FEATURES`.

    ``among`` masks the eligible replies; the others are ignored. All but the last four features
    are z-scores over the eligible replies, clipped at ±5; a reply without the compared line gets
    the mean.
    """
    with_kernels = not _KERNELS.isdisjoint(wanted)
    names = [
        name
        for name in _STANDARDISED
        if name in wanted or (with_kernels and name in _KERNEL_SIGNALS)
    ]
    features = {}
    if names:
        scores = np.stack([getattr(signals, name) for name in names])
        features = dict(zip(names, standardise(scores, among), strict=True))
    if "previous_line_cosine" in features:
        answering = among & store.has_previous
        features["previous_line_cosine"] = standardise(signals.previous_line_cosine, answering)
    if with_kernels:
        features |= _kernel_features(store, features, among)
    if "reply_length" in wanted:
        features["reply_length"] = standardise(store.log_lengths, among)
    if not _RAW.isdisjoint(wanted):
        features |= _raw_features(store, query)
    return {name: features[name] for name in FEATURES if name in wanted}


_RAW = {"length_gap", "same_previous_speaker", "last_speaker_present", "shared_speakers"}
_KERNELS = {"chrf_kernel", "cosine_kernel", "f1_kernel", "lexical_chrf_kernel"}
_KERNEL_SIGNALS = {"key_cosine", "pair_bigrams_last3"}
"""Features that the kernels' weights are computed from."""
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
