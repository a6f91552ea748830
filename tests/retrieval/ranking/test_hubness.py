"""What a query is about stands out on the texts' own scale, whatever their cosines are."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from retrieval.embedding.port import Vectors
from retrieval.ranking.hubness import MIN_TEXTS, salient_rows

DIMENSION = 64


def unit(rows: NDArray[Any]) -> Vectors:
    unit_rows: Vectors = (rows / np.linalg.norm(rows, axis=-1, keepdims=True)).astype(np.float32)
    return unit_rows


def texts(count: int, alike: float, seed: int = 7) -> Vectors:
    """Vectors whose cosines with each other are about ``alike``, as a compressed model's are."""
    noise = np.random.default_rng(seed).standard_normal((count, DIMENSION))
    common = np.zeros(DIMENSION)
    common[0] = 1.0
    return unit(np.sqrt(alike) * common + np.sqrt(1 - alike) * unit(noise))


@pytest.mark.parametrize("alike", [0.0, 0.5, 0.9])
def test_the_one_that_is_asked_for_stands_out_alone(alike: float) -> None:
    vectors = texts(40, alike)
    query = unit(vectors[17] + 0.3 * texts(1, alike, seed=8)[0])
    assert salient_rows(query, vectors) == [17]


@pytest.mark.parametrize("alike", [0.0, 0.5, 0.9])
def test_of_two_the_nearer_comes_first(alike: float) -> None:
    vectors = texts(40, alike)
    assert salient_rows(unit(vectors[3] + 1.2 * vectors[30]), vectors)[:2] == [30, 3]


def test_who_is_near_to_everything_does_not_stand_out() -> None:
    vectors = texts(40, 0.5)
    hub = unit(vectors.sum(axis=0))
    query = unit(vectors.mean(axis=0) + 0.2 * texts(1, 0.5, seed=9)[0])
    assert float(hub @ query) > float((vectors @ query).max())
    assert 40 not in salient_rows(query, np.vstack([vectors, hub]))


def test_among_a_few_or_equals_nothing_stands_out() -> None:
    vectors = texts(MIN_TEXTS - 1, 0.5)
    assert salient_rows(vectors[0], vectors) == []
    assert salient_rows(vectors[0], np.repeat(vectors[:1], 20, axis=0)) == []
    assert salient_rows(vectors[0], vectors[:0]) == []


@given(seed=st.integers(0, 10_000), alike=st.sampled_from([0.0, 0.6, 0.9]))
def test_most_questions_about_nothing_call_up_little(seed: int, alike: float) -> None:
    vectors = texts(600, alike, seed)
    found = salient_rows(texts(1, alike, seed + 1)[0], vectors)
    assert len(found) <= 30
    assert len(set(found)) == len(found)
