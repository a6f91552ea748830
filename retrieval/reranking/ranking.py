"""A ranking whose best are put into another order."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from retrieval.ranking.rank import Ranking
from retrieval.reranking.port import Reranker

MOST = 50
"""Replies that are looked at again: what is read for each turn, and the bound of its time."""


def rerank_best(
    ranking: Ranking, reranker: Reranker, query: str, text_of: Callable[[int], str]
) -> Ranking:
    """The first :data:`MOST` in the reranker's order; equal ones stay as they are.

    They exchange their scores among themselves, so that scores still fall from place to place.
    ``text_of``: what the reranker reads of a reply, by its number.
    """
    best = ranking.order[:MOST]
    judged = reranker.rerank(query, [text_of(int(number)) for number in best])
    reordered = best[np.argsort(-judged, kind="stable")]
    scores = ranking.scores.copy()
    scores[reordered] = np.sort(ranking.scores[best])[::-1]
    return replace(ranking, order=np.concatenate([reordered, ranking.order[MOST:]]), scores=scores)
