"""Reorder the best replies of a ranking with a reranker."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from retrieval.ranking.rank import Ranking
from retrieval.reranking.port import Reranker

MOST = 50
"""Replies that are reranked, which bounds the time it takes for a turn."""


def rerank_best(
    ranking: Ranking, reranker: Reranker, query: str, text_of: Callable[[int], str]
) -> Ranking:
    """Return the ranking with its first :data:`MOST` replies in the reranker's order.

    Ties keep their order. The reordered replies exchange their scores among themselves, so that
    scores still descend. ``text_of`` returns the text to score for a reply's number.
    """
    best = ranking.order[:MOST]
    relevance = reranker.rerank(query, [text_of(int(number)) for number in best])
    reordered = best[np.argsort(-relevance, kind="stable")]
    scores = ranking.scores.copy()
    scores[reordered] = np.sort(ranking.scores[best])[::-1]
    return replace(ranking, order=np.concatenate([reordered, ranking.order[MOST:]]), scores=scores)
