"""What a character's replies score whatever is asked, measured once with pseudo-queries."""

from collections.abc import Iterator

import numpy as np

from retrieval.ranking.features import fusion_signals, raw_signals
from retrieval.ranking.query import LAST_LINES, OWN_LINES, RetrievalQuery
from retrieval.ranking.rank import mean_nearest_relevance, weighted
from retrieval.ranking.weights import Weights
from retrieval.reply_index.index import Calibration, ReplyStore

PSEUDO_QUERIES = 30
"""Evenly spaced over the script."""

_CHOSEN = 20
_PASSING = 5.0
"""Per cent of what is chosen at moments of the script that is below the threshold, and of these
moments that count as unfamiliar."""

_NO_SPREAD = 1e-6


def calibrate(store: ReplyStore, recipe: Weights) -> Calibration:
    """Ask with the dialogues before stored replies, each time about the other scenes only.

    Some replies score high whatever is asked ("hubs", Radovanović et al. 2010,
    https://jmlr.org/papers/v11/radovanovic10a.html): half of what a reply scores on average is
    taken off by the selector. The same queries tell how near the exchanges of other scenes are:
    the scale on which a live query is judged to fit the character's lines or not.
    """
    total = np.zeros(store.size)
    asked = np.zeros(store.size)
    near, chosen, nearest = [], [], []
    for reply in _closing(store):
        others = store.scenes != store.scenes[reply]
        if not others.any():
            continue
        query = _moment_before(store, reply)
        signals = raw_signals(store, query, fusion_signals(store, query))
        scores = weighted(store, query, signals, recipe, others)
        total += np.where(others, scores, 0.0)
        asked += others
        cosines = signals.pair_cosine[others]
        near.append(cosines)
        chosen.append(cosines[np.argsort(-scores[others], kind="stable")[:_CHOSEN]])
        nearest.append(mean_nearest_relevance(cosines))
    hub_scores = (total / np.maximum(asked, 1)).astype(np.float32)
    if not near:
        return Calibration(hub_scores)
    mean, spread = float(np.concatenate(near).mean()), float(np.concatenate(near).std())
    spread = max(spread, _NO_SPREAD)
    return Calibration(
        hub_scores,
        relevance_mean=mean,
        relevance_spread=spread,
        threshold=(float(np.percentile(np.concatenate(chosen), _PASSING)) - mean) / spread,
        familiar=(float(np.percentile(nearest, _PASSING)) - mean) / spread,
    )


def _closing(store: ReplyStore) -> Iterator[int]:
    closing = store.closing
    if len(closing) == 0:
        return
    places = np.unique(np.linspace(0, len(closing) - 1, min(len(closing), PSEUDO_QUERIES)))
    yield from (int(closing[int(place)]) for place in places)


def _moment_before(store: ReplyStore, reply: int) -> RetrievalQuery:
    """The moment that a window closes on: its key, and what vectors there are of its lines."""
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
        speakers=store.companies[store.company[reply]],
    )
