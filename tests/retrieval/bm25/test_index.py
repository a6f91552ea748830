"""BM25 against the formula, written out again."""

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.bm25.index import Bm25Index
from retrieval.bm25.tokens import bigrams


def formula(texts: list[list[str]], query: list[str]) -> list[float]:
    """Robertson's BM25 with Lucene's idf, without the factor k1 + 1; k1 = 1.5, b = .75."""
    mean = sum(map(len, texts)) / len(texts)
    scores = []
    for text in texts:
        counts = Counter(text)
        score = 0.0
        for token in query:
            holders = sum(token in other for other in texts)
            if not counts[token]:
                continue
            idf = math.log(1 + (len(texts) - holders + 0.5) / (holders + 0.5))
            damping = 1.5 * (1 - 0.75 + 0.75 * len(text) / mean)
            score += idf * counts[token] / (counts[token] + damping)
        scores.append(score)
    return scores


def test_a_case_worked_by_hand() -> None:
    # Two texts of 2 and 1 words, 1.5 on average; "sea" is in one: idf = ln(1 + 1.5 / 1.5) = ln 2;
    # damping of the first text: 1.5 * (.25 + .75 * 2 / 1.5) = 1.875; score: ln 2 / 2.875.
    index = Bm25Index.build(["sea wind", "land"], str.split)
    assert index.score(["sea"]) == pytest.approx([math.log(2) / 2.875, 0.0])


words = st.lists(st.sampled_from("abcdefgh"), max_size=12)


@settings(deadline=None)
@given(st.lists(words, min_size=1, max_size=9).filter(any), words)
def test_it_is_the_formula(texts: list[list[str]], query: list[str]) -> None:
    index = Bm25Index.build([" ".join(text) for text in texts], str.split)
    assert index.score(query) == pytest.approx(formula(texts, query), rel=1e-5, abs=1e-6)


def test_what_nobody_says_scores_nothing() -> None:
    index = Bm25Index.build(["潮水涨了", "灯灭了"], bigrams)
    assert not index.score(bigrams("hello")).any()
    assert Bm25Index.build([], bigrams).score(["潮水"]).shape == (0,)
    assert np.array_equal(Bm25Index.build(["", "……"], bigrams).score(["潮水"]), [0, 0])
