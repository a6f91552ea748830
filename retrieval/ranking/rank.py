"""Rank a character's replies by how well they fit a query, in two modes."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from retrieval.bm25.tokens import in_words, letter_pairs
from retrieval.ranking.exact_repeat import find_exact_repeat
from retrieval.ranking.features import (
    Mask,
    RawSignals,
    features_of,
    fusion_signals,
    standardise,
)
from retrieval.ranking.fusion import Ranks, fuse, ranks
from retrieval.ranking.query import RetrievalQuery
from retrieval.ranking.shortlist import ABOVE, EVERY, SIZE, Shortlist, shortlist, subset
from retrieval.ranking.weights import Weights
from retrieval.reply_index.index import Calibration, ReplyStore
from retrieval.reply_index.similarities import Floats

Mode = Literal["fused", "selector"]

FUSED = ("key_cosine", "pair_cosine", "pair_bigrams_last3")
"""Signals that ``fused`` fuses: cosines of window and exchange, and the exchange's bigrams."""

_NEAREST = 5

_ALWAYS = 20
"""Best replies that may be shown whatever the query is about: they are the character's voice."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """Hold the eligible replies, best first; with more than fit the shortlist, only its members."""

    order: NDArray[np.int64]
    """Numbers of the replies, best first."""
    scores: Floats
    """Score of every reply, by number, ``(n,)``; higher is better, comparable within one ranking.
    Replies off the shortlist have the lowest score on it."""
    relevance: Floats
    """Cosine of each exchange with the query, in standard deviations from the mean of exchanges of
    other scenes: comparable between queries, so that a query out of domain is recognised."""
    relevant: Mask
    """Replies that may be shown: all for a query in domain, where the nearest exchanges are as near
    as for the script's own dialogues; otherwise the 20 best, and those above the relevance
    threshold."""
    fusion_ranks: dict[str, Ranks]
    """Rank of every reply by each signal of ``fused``, for inspection."""


def rank(
    store: ReplyStore,
    query: RetrievalQuery,
    mode: Mode,
    weights: Weights,
    calibration: Calibration,
    among: Mask | None = None,
    listed: int | None = None,
) -> Ranking:
    """Rank the eligible replies.

    - ``fused``: reciprocal rank fusion of three rankings.
    - ``selector``: the sum, both as z-scores, of the weighted features less a share of each
      reply's hub score, and of a share of the fusion (another share where the dialogue is written
      in words). An exchange whose line the newest line repeats comes first
      (:mod:`retrieval.ranking.exact_repeat`).

    ``among`` masks the eligible replies, all by default. Equal scores are ordered by the replies'
    numbers. Of more than :data:`~retrieval.ranking.shortlist.ABOVE` replies only a shortlist, the
    best of the fusion, is ranked; ``listed`` forces a shortlist of this size.
    """
    among = np.ones(store.size, dtype=bool) if among is None else among
    near = fusion_signals(store, query)
    fusion_ranks = {name: ranks(np.where(among, getattr(near, name), -np.inf)) for name in FUSED}
    fused = fuse(fusion_ranks.values())
    repeat = _exact_repeat(store, query, among) if mode == "selector" else None
    numbers = _ranked_numbers(store, fused, among, listed, repeat)
    part = store if isinstance(numbers, slice) else subset(store, numbers)
    eligible, scores = among[numbers], fused[numbers]
    if mode == "selector":
        signals = RawSignals(part, query, near, numbers)
        own = weighted(part, query, signals, weights, eligible)
        own -= np.float32(weights.hub_share) * calibration.hub_scores[numbers]
        scores = _with_fusion(own, scores, query, weights, eligible)
    order = np.lexsort((np.arange(part.size), -scores))
    order = order[eligible[order]]
    if not isinstance(numbers, slice):
        order, scores = numbers[order], _expanded(scores, numbers, store.size)
    relevance = (near.pair_cosine - calibration.relevance_mean) / calibration.relevance_spread
    in_domain = mean_nearest_relevance(relevance[among]) >= calibration.in_domain_threshold
    order = _with_first(order, repeat)
    relevant = (relevance >= calibration.threshold) | in_domain
    relevant[order[:_ALWAYS]] = True
    return Ranking(
        order=order,
        scores=scores,
        relevance=relevance.astype(np.float32),
        relevant=relevant,
        fusion_ranks=fusion_ranks,
    )


def weighted(
    store: ReplyStore, query: RetrievalQuery, signals: RawSignals, weights: Weights, among: Mask
) -> Floats:
    """Return the weighted sum of features, centred on the eligible replies, ``(n,)``."""
    wanted = {name for name, weight in weights.by_feature.items() if weight}
    features = features_of(store, query, signals, among, wanted)
    total = np.zeros(store.size, dtype=np.float32)
    for name, values in features.items():
        total += np.float32(weights.by_feature[name]) * values
    return total - total[among].mean() if among.any() else total


def mean_nearest_relevance(relevance: Floats) -> float:
    """Return the mean relevance of the five nearest exchanges; minus infinity without any."""
    last = max(len(relevance) - _NEAREST, 0)
    nearest = np.partition(relevance, last)[last:] if len(relevance) else relevance
    return float(nearest.mean()) if len(nearest) else -np.inf


def window_scores(store: ReplyStore, scores: Floats) -> Floats:
    """Return the score of every window, the mean of its replies' scores, ``(m,)``."""
    count = len(store.vectors.windows)
    sums = np.bincount(store.windows, weights=scores, minlength=count)
    replies = np.bincount(store.windows, minlength=count)
    return (sums / np.maximum(replies, 1)).astype(np.float32)


def _ranked_numbers(
    store: ReplyStore, fused: Floats, among: Mask, listed: int | None, repeat: int | None
) -> Shortlist | slice:
    """Return which replies to rank: all, or a shortlist that holds the exact repeat."""
    if listed is None and store.size <= ABOVE:
        return EVERY
    numbers = shortlist(fused, among, SIZE if listed is None else listed)
    return numbers if repeat is None else np.union1d(numbers, repeat)


def _with_fusion(
    own: Floats, fused: Floats, query: RetrievalQuery, weights: Weights, among: Mask
) -> Floats:
    words = in_words(query.dialogue_text)
    share = weights.fused_share_of_words if words else weights.fused_share
    scores = np.float32(share) * standardise(fused, among)
    scores += standardise(own, among)
    return scores


def _exact_repeat(store: ReplyStore, query: RetrievalQuery, among: Mask) -> int | None:
    likeness = store.lexical.previous.score(letter_pairs(query.newest_text))
    return find_exact_repeat(store, likeness, among)


def _expanded(scores: Floats, numbers: Shortlist, size: int) -> Floats:
    """Return the scores of a shortlist as scores of all replies, the lowest for the others."""
    expanded = np.full(size, scores.min(initial=0.0), dtype=np.float32)
    expanded[numbers] = scores
    return expanded


def _with_first(order: NDArray[np.int64], reply: int | None) -> NDArray[np.int64]:
    if reply is None:
        return order
    return np.concatenate([[reply], order[order != reply]])
