"""A store there and back."""

import random
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.random_data import random_line
from retrieval.embedding.hashing import HashingEmbedder
from retrieval.errors import DamagedIndexError
from retrieval.ranking.calibration import calibrate
from retrieval.ranking.rank import rank
from retrieval.ranking.weights import load_weights
from retrieval.reply_index.footprint import footprint
from retrieval.reply_index.index import ReplyStore, ReplyTexts, ReplyVectors
from retrieval.reply_index.storage import dump_store, load_store
from tests.retrieval.ranking.stores import query, store, texts, vectors

K9 = load_weights("k9")


def test_it_ranks_as_before() -> None:
    known = store()
    calibration = calibrate(known, K9)
    again, same = load_store(dump_store(known, calibration), vectors(), texts().window_keys)
    before = rank(known, query(), "selector", K9, calibration)
    after = rank(again, query(), "selector", K9, same)
    assert after.order.tolist() == before.order.tolist()
    assert after.scores == pytest.approx(before.scores, abs=1e-4)
    assert after.relevant.tolist() == before.relevant.tolist()
    recalibrated = calibrate(again, K9)
    assert recalibrated.hub_scores == pytest.approx(calibration.hub_scores, abs=1e-3)


def test_a_damaged_one_is_refused() -> None:
    data = dump_store(store(), calibrate(store(), K9))
    for broken in (b"", b"nonsense", data[: len(data) // 2]):
        with pytest.raises(DamagedIndexError):
            load_store(broken, vectors(), texts().window_keys)


def test_vectors_must_belong_to_it() -> None:
    data = dump_store(store(), calibrate(store(), K9))
    short = vectors()
    fewer = type(short)(short.windows, short.pairs[:3], short.replies[:3], short.previous[:3])
    with pytest.raises(DamagedIndexError, match="4 replies"):
        load_store(data, fewer, texts().window_keys)
    assert np.array_equal(load_store(data, short, texts().window_keys)[0].scenes, [0, 0, 1, 2])


def test_a_large_one_ranks_nearly_as_before_in_a_quarter_of_the_bytes() -> None:
    source = random.Random(1)
    said = [random_line(source) for _ in range(600)]
    numbers = np.arange(600, dtype=np.int32)
    many = ReplyTexts(
        window_keys=said,
        window_speakers=[["A"]] * 600,
        pairs=said,
        replies=said,
        previous=said,
        previous_speakers=["A"] * 600,
        windows=numbers,
        scenes=numbers // 4,
        closing=numbers[1::2],
    )
    dialogue = HashingEmbedder(64).embed_keys(said)
    held = ReplyVectors(*[dialogue] * 4)
    known = ReplyStore.build(many, held)
    data = dump_store(known, calibrate(known, K9))
    assert len(data) < 0.25 * footprint(known)
    again, same = load_store(data, held, said)
    asked = replace(query(), dialogue=dialogue[7], lines=dialogue[6:8], own=None)
    before = rank(known, asked, "selector", K9, calibrate(known, K9))
    after = rank(again, asked, "selector", K9, same)
    assert after.order[:20].tolist() == before.order[:20].tolist()
    assert after.scores == pytest.approx(before.scores, abs=2e-3)
