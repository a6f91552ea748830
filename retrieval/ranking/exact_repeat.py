"""Whether the newest line is one that the character has answered before."""

import numpy as np

from retrieval.ranking.features import Mask
from retrieval.reply_index.index import ReplyStore
from retrieval.reply_index.similarities import Floats

_STANDS_OUT = 3.5
"""Standard deviations above the mean: 98 % of lines that came back without 40 % of their
characters are beyond it, and one in ten English lines that never came before (of Chinese ones
fewer), which then only have the exchange first that begins most alike."""


def find_exact_repeat(store: ReplyStore, likeness: Floats, among: Mask) -> int | None:
    """The reply that was given to what is said now, if a stored line stands out as its origin.

    ``likeness``: BM25 of the lines before the replies with the newest line, ``(n,)``.

    The recipe weighs what a reply is like, so it hardly notices that a line is repeated almost
    word by word; but then nobody would expect another example first.
    """
    answering = among & store.has_previous
    counted = likeness[answering]
    if len(counted) == 0 or (spread := float(counted.std())) == 0.0:
        return None
    best = int(np.where(answering, likeness, -np.inf).argmax())
    return best if likeness[best] - counted.mean() >= _STANDS_OUT * spread else None
