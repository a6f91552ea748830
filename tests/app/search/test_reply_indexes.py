"""Reply indexes as stored: small, and those of the version before still readable."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.search.reply_indexes import ReplyIndexParts, embedded_texts, load_reply_index
from retrieval.embedding.port import Vectors
from retrieval.ranking.query import RetrievalQuery
from retrieval.ranking.rank import rank
from tests.app.search.small_index import DIMENSION, HEARD, parts, weights
from tests.retrieval.ranking.stores import query

FORMAT_3 = Path(__file__).parents[2] / "fixtures" / "reply_index" / "format3.npz"
"""The parts of ``small_index.parts(HEARD)`` as Offbook 0.1 of 28 November 2026 stored them."""


def of_the_version_before() -> ReplyIndexParts:
    with np.load(FORMAT_3) as stored:
        return ReplyIndexParts(
            words=stored["words"].tobytes(),
            features=stored["features"].tobytes(),
            vectors=stored["vectors"].tobytes(),
            weights_key=str(stored["weights_key"]),
        )


def test_an_index_of_the_version_before_is_read_and_ranks_the_same() -> None:
    old = load_reply_index(of_the_version_before(), DIMENSION, weights())
    new = load_reply_index(parts(HEARD), DIMENSION, weights())
    assert {at: list(lines) for at, lines in old.scenes.items()} == {
        at: list(lines) for at, lines in new.scenes.items()
    }
    assert list(old.cut.replies) == list(new.cut.replies)
    dialogue = new.store.vectors.replies[1]
    asked = query_of(dialogue)
    before = rank(old.store, asked, "selector", weights(), old.calibration)
    after = rank(new.store, asked, "selector", weights(), new.calibration)
    assert after.order.tolist() == before.order.tolist()
    assert after.scores == pytest.approx(before.scores, abs=1e-3)


def test_its_vectors_serve_the_next_index() -> None:
    known = embedded_texts(of_the_version_before(), DIMENSION)
    again = embedded_texts(parts(HEARD), DIMENSION)
    assert list(known) == list(again)
    assert known["I keep the lamp."] == pytest.approx(again["I keep the lamp."], abs=1e-6)
    assert known.grid is None


def query_of(dialogue: Vectors) -> RetrievalQuery:
    return replace(query(), dialogue=dialogue, lines=np.stack([dialogue]), own=None)
