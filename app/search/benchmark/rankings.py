"""Rank replies as a turn does, or by the plain sum that weights are measured against."""

from dataclasses import replace
from typing import Literal

import numpy as np

from retrieval.ranking.features import RawSignals, fusion_signals, standardise
from retrieval.ranking.query import RetrievalQuery
from retrieval.ranking.rank import Ranking, rank
from retrieval.ranking.weights import Weights
from retrieval.reply_index.index import Calibration, ReplyStore

RankingName = Literal["fused", "u5", "selector"]

_PLAIN_SUM = (
    "key_cosine",
    "pair_cosine",
    "pair_bigrams_last3",
    "reply_cosine",
    "reply_bigrams_last3",
)
"""What ``u5`` adds up: what ``fused`` fuses, and the reply itself as a key."""


def rank_as(
    name: RankingName,
    store: ReplyStore,
    query: RetrievalQuery,
    weights: Weights,
    calibration: Calibration,
) -> Ranking:
    """Return all replies of ``store`` as the ranking ``name`` orders them."""
    if name != "u5":
        return rank(store, query, name, weights, calibration)
    signals = RawSignals(store, query, fusion_signals(store, query))
    every = np.ones(store.size, dtype=bool)
    summed = [standardise(getattr(signals, each), every) for each in _PLAIN_SUM]
    scores = np.asarray(np.sum(summed, axis=0), dtype=np.float32)
    order = np.lexsort((np.arange(len(scores)), -scores))
    fused = rank(store, query, "fused", weights, calibration)
    return replace(fused, order=order, scores=scores)
