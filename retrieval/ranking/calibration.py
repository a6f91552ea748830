"""Measure with pseudo-queries what a character's replies score regardless of the query."""

from collections.abc import Iterator

import numpy as np

from retrieval.ranking.features import RawSignals, fusion_signals
from retrieval.ranking.query import LAST_LINES, OWN_LINES, RetrievalQuery
from retrieval.ranking.rank import mean_nearest_relevance, weighted
from retrieval.ranking.weights import Weights
from retrieval.reply_index.index import Calibration, ReplyStore

PSEUDO_QUERIES = 30
"""Number of pseudo-queries, evenly spaced over the script."""

_SELECTED = 20
_PERCENTILE = 5.0
"""Percentage of replies selected for pseudo-queries that fall below the relevance threshold."""

_NO_SPREAD = 1e-6
_ROUNDING = 1e-5
"""Of a cosine, between single precision here and in a turn."""


def calibrate(store: ReplyStore, weights: Weights) -> Calibration:
    """Return the scores of replies to pseudo-queries: the dialogues before stored replies.

    Each pseudo-query ranks the other scenes only. Some replies score high for any query ("hubs",
    Radovanović et al. 2010, https://jmlr.org/papers/v11/radovanovic10a.html): the selector
    subtracts half of a reply's mean score. The same queries measure how near exchanges of other
    scenes are: the scale that decides whether a live query is in the domain of the character's
    lines. In domain is what is as near as the farthest pseudo-query: a query of a held-out scene is
    less near than one of the store, and a percentile above the least kept out up to one in six
    (``docs/decisions/0020``).
    """
    total = np.zeros(store.size)
    query_counts = np.zeros(store.size)
    relevance, selected, nearest = [], [], []
    for reply in _pseudo_query_replies(store):
        others = store.scenes != store.scenes[reply]
        if not others.any():
            continue
        query = _query_before(store, reply)
        signals = RawSignals(store, query, fusion_signals(store, query))
        scores = weighted(store, query, signals, weights, others)
        total += np.where(others, scores, 0.0)
        query_counts += others
        cosines = signals.pair_cosine[others]
        relevance.append(cosines)
        selected.append(cosines[np.argsort(-scores[others], kind="stable")[:_SELECTED]])
        nearest.append(mean_nearest_relevance(cosines))
    hub_scores = (total / np.maximum(query_counts, 1)).astype(np.float32)
    if not relevance:
        return Calibration(hub_scores)
    mean, spread = float(np.concatenate(relevance).mean()), float(np.concatenate(relevance).std())
    spread = max(spread, _NO_SPREAD)
    return Calibration(
        hub_scores,
        relevance_mean=mean,
        relevance_spread=spread,
        threshold=(float(np.percentile(np.concatenate(selected), _PERCENTILE)) - mean) / spread,
        in_domain_threshold=(min(nearest) - _ROUNDING - mean) / spread,
    )


def _pseudo_query_replies(store: ReplyStore) -> Iterator[int]:
    closing = store.closing
    if len(closing) == 0:
        return
    positions = np.unique(np.linspace(0, len(closing) - 1, min(len(closing), PSEUDO_QUERIES)))
    yield from (int(closing[int(position)]) for position in positions)


def _query_before(store: ReplyStore, reply: int) -> RetrievalQuery:
    """Return the query that the reply answers: its window's text, and its lines with vectors."""
    window = int(store.windows[reply])
    vectors = store.vectors
    earlier = np.flatnonzero(store.windows[:reply] == window)
    spoken = [
        row
        for number in (*earlier, reply)
        for row in (
            *([vectors.previous[number]] if store.has_previous[number] else []),
            *([vectors.replies[number]] if number != reply else []),
        )
    ]
    text = store.window_texts[window]
    lines = text.split("\n")
    width = vectors.replies.shape[1]
    return RetrievalQuery(
        dialogue_text=text,
        last3_text="\n".join(lines[-3:]),
        dialogue=vectors.windows[window],
        lines=np.array(spoken[-LAST_LINES:], dtype=np.float32).reshape(-1, width),
        newest_text=lines[-1],
        own=vectors.replies[earlier[-1]] if len(earlier) else None,
        own_lengths=[round(float(np.expm1(store.log_lengths[at]))) for at in earlier[-OWN_LINES:]],
        last_speaker=str(store.previous_speakers[reply]) or None,
        speakers=store.speaker_sets[store.speaker_set[reply]],
    )
