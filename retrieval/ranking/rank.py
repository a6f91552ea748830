"""A character's replies in the order of how well they fit a moment: three modes."""

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
    raw_signals,
    standardise,
)
from retrieval.ranking.fusion import Ranks, fuse, ranks
from retrieval.ranking.query import RetrievalQuery
from retrieval.ranking.shortlist import ABOVE, EVERY, SIZE, Shortlist, shortlist, subset
from retrieval.ranking.weights import Weights
from retrieval.reply_index.index import Calibration, ReplyStore
from retrieval.reply_index.similarities import Floats

Mode = Literal["fused", "u5", "selector"]

FUSED = ("key_cosine", "pair_cosine", "pair_bigrams_last3")
"""The rankings that ``fused`` fuses: the window, the exchange, and its letters."""

U5 = ("key_cosine", "pair_cosine", "pair_bigrams_last3", "reply_cosine", "reply_bigrams_last3")
"""What ``u5`` adds up: the same, and the reply itself as a key."""


_NEAREST = 5


@dataclass(frozen=True, slots=True)
class Ranking:
    """The replies that may be chosen, best first; of very many the shortlist."""

    order: NDArray[np.int64]
    """Replies by number."""
    scores: Floats
    """Of every reply, by number, ``(n,)``; higher is better. Comparable within one ranking. Those
    that are not on the shortlist have the lowest score that is on it."""
    relevance: Floats
    """How near each exchange is, in standard deviations of what an exchange of another scene is:
    comparable between moments, so that what fits none can be told."""
    relevant: Mask
    """Which may be shown: all, unless even the nearest ones are farther from what is said than at
    95 % of the script's own moments; then those above the calibrated threshold."""
    places: dict[str, Ranks]
    """The rank of every reply in each of the rankings that ``fused`` fuses, for inspection."""


def rank(
    store: ReplyStore,
    query: RetrievalQuery,
    mode: Mode,
    recipe: Weights,
    calibration: Calibration,
    among: Mask | None = None,
    listed: int | None = None,
) -> Ranking:
    """Rank the replies ``among`` which is to be chosen; all by default.

    - ``fused``: reciprocal rank fusion of three rankings.
    - ``u5``: a plain sum of five z-scores.
    - ``selector``: the recipe's weighted features, less its share of what each reply scores
      whatever is asked, and its share of the fusion (another where what is said is written in
      words), both as z-scores. An exchange that answers just what was said comes first
      (:mod:`retrieval.ranking.exact_repeat`).

    Equal scores are ordered by the replies' numbers. Of more than
    :data:`~retrieval.ranking.shortlist.ABOVE` replies only a shortlist is ordered, the best of
    the fusion. ``listed``: how many are on it, however many there are.
    """
    among = np.ones(store.size, dtype=bool) if among is None else among
    near = fusion_signals(store, query)
    places = {name: ranks(np.where(among, getattr(near, name), -np.inf)) for name in FUSED}
    fused = fuse(places.values())
    answer = _answered(store, query, among) if mode == "selector" else None
    numbers: Shortlist | slice = EVERY
    if listed is not None or store.size > ABOVE:
        numbers = shortlist(fused, among, SIZE if listed is None else listed)
        numbers = numbers if answer is None else np.union1d(numbers, answer)
    part = store if isinstance(numbers, slice) else subset(store, numbers)
    counted, scores = among[numbers], fused[numbers]
    if mode != "fused":
        signals = raw_signals(part, query, near, numbers)
        if mode == "u5":
            scores = np.sum([standardise(getattr(signals, name), counted) for name in U5], axis=0)
        else:
            own = weighted(part, query, signals, recipe, counted)
            own -= np.float32(recipe.hub_share) * calibration.hub_scores[numbers]
            words = in_words(query.dialogue_text)
            share = recipe.fused_share_of_words if words else recipe.fused_share
            scores = np.float32(share) * standardise(scores, counted)
            scores += standardise(own, counted)
    order = np.lexsort((np.arange(part.size), -scores))
    order = order[counted[order]]
    if not isinstance(numbers, slice):
        order, scores = numbers[order], _spread(scores, numbers, store.size)
    relevance = (near.pair_cosine - calibration.relevance_mean) / calibration.relevance_spread
    familiar = mean_nearest_relevance(relevance[among]) >= calibration.familiar
    return Ranking(
        order=_first(order, answer),
        scores=scores,
        relevance=relevance.astype(np.float32),
        relevant=(relevance >= calibration.threshold) | familiar,
        places=places,
    )


def weighted(
    store: ReplyStore, query: RetrievalQuery, signals: RawSignals, recipe: Weights, among: Mask
) -> Floats:
    """The recipe's sum of features, less its mean over the replies that may be chosen."""
    features = features_of(store, query, signals, among)
    total = np.zeros(store.size, dtype=np.float32)
    for name, values in features.items():
        total += np.float32(recipe.weights[name]) * values
    return total - total[among].mean() if among.any() else total


def mean_nearest_relevance(relevance: Floats) -> float:
    """How near the nearest exchanges are, five of them; minus infinity for none."""
    last = max(len(relevance) - _NEAREST, 0)
    nearest = np.partition(relevance, last)[last:] if len(relevance) else relevance
    return float(nearest.mean()) if len(nearest) else -np.inf


def window_scores(store: ReplyStore, scores: Floats) -> Floats:
    """The score of every window: the mean of its replies', ``(m,)``."""
    count = len(store.vectors.windows)
    sums = np.bincount(store.windows, weights=scores, minlength=count)
    replies = np.bincount(store.windows, minlength=count)
    return (sums / np.maximum(replies, 1)).astype(np.float32)


def _answered(store: ReplyStore, query: RetrievalQuery, among: Mask) -> int | None:
    likeness = store.lexical.previous.score(letter_pairs(query.newest_text))
    return find_exact_repeat(store, likeness, among)


def _spread(scores: Floats, numbers: Shortlist, size: int) -> Floats:
    """The scores of a shortlist by the numbers of all replies."""
    spread = np.full(size, scores.min(initial=0.0), dtype=np.float32)
    spread[numbers] = scores
    return spread


def _first(order: NDArray[np.int64], reply: int | None) -> NDArray[np.int64]:
    if reply is None:
        return order
    return np.concatenate([[reply], order[order != reply]])
