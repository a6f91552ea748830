from collections.abc import Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from retrieval.ranking.rank import Ranking
from retrieval.reranking.port import Scores
from retrieval.reranking.ranking import MOST, rerank_best


class Judge:
    """Scores texts by a table; remembers what it was asked."""

    model_id = "judge"

    def __init__(self, scores: dict[str, float]) -> None:
        self.scores = scores
        self.asked: list[tuple[str, list[str]]] = []

    def rerank(self, query: str, texts: Sequence[str]) -> Scores:
        self.asked.append((query, list(texts)))
        return np.array([self.scores.get(text, 0.0) for text in texts], dtype=np.float32)


def ranking_of(scores: Sequence[float]) -> Ranking:
    values = np.array(scores, dtype=np.float32)
    return Ranking(
        order=np.argsort(-values, kind="stable"),
        scores=values,
        relevance=np.zeros_like(values),
        relevant=np.ones(len(values), dtype=bool),
        fusion_ranks={},
    )


def test_the_best_change_places_and_scores() -> None:
    judge = Judge({"reply 0": 0.5, "reply 1": 0.9, "reply 2": -1.0})
    ranking = ranking_of([0.7, 0.1, 0.4])  # 0, 2, 1
    found = rerank_best(ranking, judge, "what now?", "reply {}".format)
    assert found.order.tolist() == [1, 0, 2]
    np.testing.assert_array_equal(found.scores, np.array([0.4, 0.7, 0.1], dtype=np.float32))
    assert judge.asked == [("what now?", ["reply 0", "reply 2", "reply 1"])]


def test_what_is_judged_alike_stays_as_it_was() -> None:
    ranking = ranking_of([0.3, 0.9, 0.3, 0.5])
    found = rerank_best(ranking, Judge({}), "q", str)
    assert found.order.tolist() == ranking.order.tolist()
    np.testing.assert_array_equal(found.scores, ranking.scores)


def test_only_the_best_are_read() -> None:
    judge = Judge({str(MOST): 9.0, str(MOST - 1): 1.0})
    found = rerank_best(ranking_of(np.linspace(1, 0, MOST + 10).tolist()), judge, "q", str)
    assert len(judge.asked[0][1]) == MOST == 50
    assert found.order.tolist() == [MOST - 1, *range(MOST - 1), *range(MOST, MOST + 10)]


def test_nothing_to_rank() -> None:
    assert rerank_best(ranking_of([]), Judge({}), "q", str).order.tolist() == []


@given(st.lists(st.floats(-1, 1, width=32), max_size=70), st.lists(st.integers(0, 5), min_size=70))
def test_scores_fall_and_nothing_is_lost(scores: list[float], judged: list[int]) -> None:
    judge = Judge({str(number): judged[number] for number in range(70)})
    before = ranking_of(scores)
    found = rerank_best(before, judge, "q", str)
    assert sorted(found.order.tolist()) == list(range(len(scores)))
    assert sorted(found.scores.tolist()) == sorted(before.scores.tolist())
    assert np.all(np.diff(found.scores[found.order]) <= 0)
