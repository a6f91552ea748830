"""Every feature of a tiny store, worked out by hand."""

import math

import numpy as np
import pytest

from retrieval.ranking.features import RawSignals, features_of, fusion_signals, standardise
from retrieval.ranking.weights import FEATURES
from retrieval.reply_index.similarities import Floats
from tests.retrieval.ranking.stores import query, store

ALL = np.ones(4, dtype=bool)


def z(*values: float) -> list[float]:
    mean = sum(values) / len(values)
    spread = math.sqrt(sum((value - mean) ** 2 for value in values) / len(values))
    return [(value - mean) / spread for value in values]


@pytest.fixture(scope="module")
def features() -> dict[str, Floats]:
    known, now = store(), query()
    return features_of(known, now, RawSignals(known, now, fusion_signals(known, now)), ALL)


def test_they_are_all_there_and_in_order(features: dict[str, Floats]) -> None:
    assert tuple(features) == FEATURES
    assert all(values.shape == (4,) for values in features.values())


@pytest.mark.parametrize("name", FEATURES)
def test_one_alone_is_what_it_is_among_all(features: dict[str, Floats], name: str) -> None:
    known, now = store(), query()
    signals = RawSignals(known, now, fusion_signals(known, now))
    alone = features_of(known, now, signals, ALL, {name})
    assert list(alone) == [name]
    assert alone[name] == pytest.approx(features[name], abs=1e-6)


def test_cosines(features: dict[str, Floats]) -> None:
    # Windows at 0, 60 and 90 degrees, the dialogue at 0; the first window has two replies.
    assert features["key_cosine"] == pytest.approx(z(1, 1, 0.5, 0), abs=1e-5)
    assert features["pair_cosine"] == pytest.approx(z(1, math.cos(math.pi / 6), 0.5, 0), abs=1e-5)
    assert features["reply_cosine"] == pytest.approx(z(1, 0.5, 0, 0), abs=1e-5)
    # Its own last line is at 60 degrees.
    own = z(0.5, 1, math.cos(math.pi / 6), math.cos(math.pi / 6))
    assert features["own_line_cosine"] == pytest.approx(own, abs=1e-5)
    # The nearest of two lines, at 60 and 0.
    nearest = z(1, 1, math.cos(math.pi / 6), math.cos(math.pi / 6))
    assert features["reply_line_cosine"] == pytest.approx(nearest, abs=1e-5)


def test_a_reply_without_a_line_before_it_has_the_mean(features: dict[str, Floats]) -> None:
    cosine = [math.cos(math.radians(angle)) for angle in (10, 20, 0)]
    assert features["previous_line_cosine"] == pytest.approx([*z(*cosine), 0], abs=1e-4)


def test_bm25_finds_the_word_that_is_shared(features: dict[str, Floats]) -> None:
    # "sea" is in one of three keys and in one of four pairs. "user0" is in two keys of three, and
    # in three pairs, but counts for little; "m" likewise. No reply shares a word.
    for name in ("key_bigrams", "pair_bigrams", "pair_bigrams_last3"):
        assert features[name].argmax() == 2
    for name in ("reply_bigrams", "reply_bigrams_last3", "reply_unigrams_last3"):
        assert not features[name].any()


def test_kernels_average_over_replies_of_other_scenes(features: dict[str, Floats]) -> None:
    weight = [math.exp(value / 0.8) for value in z(1, 1, 0.5, 0)]
    # chrF of "ab" with "the tide" and "灯" is 0. So is it of "abc"; and "the tide" and "灯" have
    # nothing in common with any other. The two of one scene are never compared.
    assert not features["chrf_kernel"].any()
    assert not features["f1_kernel"].any()
    angles = (0, 60, 90, 90)
    scenes = (0, 0, 1, 2)
    means = []
    for one in range(4):
        others = [other for other in range(4) if scenes[other] != scenes[one]]
        cosine = [math.cos(math.radians(angles[one] - angles[other])) for other in others]
        total = sum(weight[other] for other in others)
        means.append(sum(weight[o] * c for o, c in zip(others, cosine, strict=True)) / total)
    assert features["cosine_kernel"] == pytest.approx(z(*means), abs=1e-4)


def test_lengths_and_speakers(features: dict[str, Floats]) -> None:
    # Lengths 2, 3, 7 (without the space) and 1, against the 4 of the last own line.
    logs = [math.log(1 + length) for length in (2, 3, 7, 1)]
    assert features["reply_length"] == pytest.approx(z(*logs), abs=1e-5)
    gaps = [abs(length - math.log(5)) for length in logs]
    assert features["length_gap"] == pytest.approx(gaps, abs=1e-5)
    assert features["same_previous_speaker"].tolist() == [1, 1, 0, 0]
    assert features["last_speaker_present"].tolist() == [1, 1, 0, 0]
    assert features["shared_speakers"].tolist() == [1, 1, 0, 0]


def test_what_may_not_be_chosen_counts_for_nothing() -> None:
    known, now = store(), query()
    among = np.array([True, True, True, False])
    features = features_of(known, now, RawSignals(known, now, fusion_signals(known, now)), among)
    assert features["pair_cosine"] == pytest.approx(
        [*z(1, math.cos(math.pi / 6), 0.5), 0], abs=1e-5
    )
    # "the tide" is compared with the two replies of the first scene, which have equal weights.
    means = [0, math.cos(math.pi / 6), (0 + math.cos(math.pi / 6)) / 2]
    assert features["cosine_kernel"] == pytest.approx([*z(*means), 0], abs=1e-4)


def test_scores_are_clipped_and_equal_ones_are_zero() -> None:
    values = np.zeros(101, dtype=np.float32)
    values[0] = 1.0  # ten standard deviations above the mean
    among = np.ones(101, dtype=bool)
    assert standardise(values, among)[0] == 5.0
    assert not standardise(np.full(101, 7, dtype=np.float32), among).any()
    assert not standardise(values, np.zeros(101, dtype=bool)).any()
