"""Ridge regression against NumPy's least squares, and what centring takes out."""

import numpy as np
import pytest

from retrieval.ranking.training import (
    RIDGE,
    NormalEquations,
    RegressionSums,
    gain_equations,
    label,
)
from retrieval.ranking.weights import FEATURES

WIDTH = len(FEATURES)


def draw(queries: int, replies: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    features = random.normal(size=(queries, WIDTH, replies))
    return features, random.normal(size=(queries, replies))


def solve(*stores: tuple[np.ndarray, np.ndarray]) -> list[float]:
    total = NormalEquations.none()
    for features, labels in stores:
        summed = RegressionSums(features.shape[2])
        for rows, of in zip(features, labels, strict=True):
            summed.add(dict(zip(FEATURES, rows, strict=True)), of)
        total += summed.equations()
    return list(total.solve("mine").by_feature.values())


def centre(values: np.ndarray) -> np.ndarray:
    """Double-centred: over queries (first axis) and replies (last)."""
    values = values - values.mean(axis=-1, keepdims=True)
    return np.asarray(values - values.mean(axis=0, keepdims=True))


def test_it_is_ridge_regression_of_what_is_double_centred() -> None:
    stores = [draw(30, 40, 1), draw(20, 25, 2)]
    rows, wanted = [], []
    for features, labels in stores:
        replies = labels.shape[1]
        rows.append(centre(features).transpose(0, 2, 1).reshape(-1, WIDTH) / np.sqrt(replies))
        wanted.append(centre(labels).reshape(-1) / np.sqrt(replies))
    # Ridge is least squares with further rows: sqrt(lambda) * identity, wanted to be 0.
    ridge = np.sqrt(RIDGE * 50) * np.eye(WIDTH)
    expected, *_ = np.linalg.lstsq(
        np.vstack([*rows, ridge]), np.concatenate([*wanted, np.zeros(WIDTH)]), rcond=None
    )
    assert solve(*stores) == pytest.approx(expected, abs=1e-5)


def test_how_common_a_reply_is_teaches_nothing() -> None:
    features, labels = draw(30, 40, 3)
    common = np.linspace(0, 5, 40)
    assert solve((features, labels + common)) == pytest.approx(solve((features, labels)), abs=1e-5)


def test_gains_are_ridge_regression_of_what_is_centred_by_query() -> None:
    total = NormalEquations.none()
    rows, wanted = [], []
    for seed, tried in enumerate((16, 9, 12, 16)):
        features, gains = (drawn[0] for drawn in draw(1, tried, seed))
        total += gain_equations(dict(zip(FEATURES, features, strict=True)), gains)
        rows.append((features - features.mean(axis=1, keepdims=True)).T / np.sqrt(tried))
        wanted.append((gains - gains.mean()) / np.sqrt(tried))
    ridge = np.sqrt(RIDGE * 4) * np.eye(WIDTH)
    expected, *_ = np.linalg.lstsq(
        np.vstack([*rows, ridge]), np.concatenate([*wanted, np.zeros(WIDTH)]), rcond=None
    )
    assert list(total.solve("mine").by_feature.values()) == pytest.approx(expected, abs=1e-5)


def test_a_reply_that_helps_with_every_query_is_worth_its_gain() -> None:
    """What double centring takes out of the overlap stays in the gains."""
    total = NormalEquations.none()
    for seed in range(30):
        features = draw(1, 16, seed)[0][0]
        total += gain_equations(dict(zip(FEATURES, features, strict=True)), 2 * features[3])
    learned = total.solve("mine").by_feature
    assert learned[FEATURES[3]] == pytest.approx(2, abs=0.1)
    assert max(abs(v) for name, v in learned.items() if name != FEATURES[3]) < 0.1


def test_the_label_adds_up_what_is_alike() -> None:
    one = np.array([0.04], dtype=np.float32)
    assert label(one, np.array([0.06]), np.array([0.5])) == pytest.approx([2 + 2 + 25])


def test_nothing_teaches_nothing() -> None:
    with pytest.raises(ValueError, match="nothing to learn"):
        NormalEquations.none().solve("mine")
