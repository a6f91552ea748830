"""Detect a newest line that the character has answered before, word for word or nearly so."""

import numpy as np

from retrieval.ranking.features import Mask
from retrieval.reply_index.index import ReplyStore
from retrieval.reply_index.similarities import Floats

_MIN_DEVIATIONS = 3.5
"""Standard deviations above the mean: exceeded by 98 % of stored lines repeated without 40 % of
their characters, and by one in ten new English lines (fewer Chinese ones), where the effect is
only that the exchange with the most similar beginning ranks first."""


def find_exact_repeat(store: ReplyStore, likeness: Floats, among: Mask) -> int | None:
    """Return the reply to the stored line that the newest line repeats; None without a repeat.

    ``likeness`` is BM25 of the lines before the replies with the newest line, ``(n,)``.

    The weighted features describe replies, so they hardly react to a line repeated almost word
    for word, although users then expect its reply first.
    """
    answering = among & store.has_previous
    counted = likeness[answering]
    if len(counted) == 0 or (spread := float(counted.std())) == 0.0:
        return None
    best = int(np.where(answering, likeness, -np.inf).argmax())
    return best if likeness[best] - counted.mean() >= _MIN_DEVIATIONS * spread else None
