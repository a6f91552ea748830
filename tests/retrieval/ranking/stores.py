"""A store of four replies, small enough to be worked out by hand."""

import numpy as np

from retrieval.embedding.port import Vectors
from retrieval.ranking.query import RetrievalQuery
from retrieval.reply_index.index import ReplyStore, ReplyTexts, ReplyVectors

REPLIES = ["ab", "abc", "the tide", "灯"]


def unit(*angles: float) -> Vectors:
    """Vectors of the plane, by their angle in degrees: the cosine of two is that between them."""
    radians = np.radians(angles)
    return np.stack([np.cos(radians), np.sin(radians)], axis=1).astype(np.float32)


def texts() -> ReplyTexts:
    """Three windows: one of two replies with A, one with B, one that begins with the reply."""
    return ReplyTexts(
        window_keys=["user0:one\nM:ab\nuser0:two", "user0:sea", "M:灯"],
        window_speakers=[["A"], ["B"], []],
        pairs=["user0:one\nM:ab", "user0:two\nM:abc", "user0:sea\nM:the tide", "M:灯"],
        replies=REPLIES,
        previous=["one", "two", "sea", ""],
        previous_speakers=["A", "A", "B", None],
        windows=np.array([0, 0, 1, 2], dtype=np.int32),
        scenes=np.array([0, 0, 1, 2], dtype=np.int32),
        closing=np.array([1, 2], dtype=np.int32),
    )


def vectors() -> ReplyVectors:
    previous = unit(10, 20, 60, 0)
    previous[3] = 0.0
    return ReplyVectors(
        windows=unit(0, 60, 90),
        pairs=unit(0, 30, 60, 90),
        replies=unit(0, 60, 90, 90),
        previous=previous,
    )


def store() -> ReplyStore:
    return ReplyStore.build(texts(), vectors())


def query() -> RetrievalQuery:
    """A says "sea wind" after the character said "abcd"."""
    return RetrievalQuery(
        dialogue_text="M:abcd\nuser0:sea wind",
        last3_text="M:abcd\nuser0:sea wind",
        dialogue=unit(0)[0],
        lines=unit(60, 0),
        newest_text="sea wind",
        own=unit(60)[0],
        own_lengths=[4],
        last_speaker="A",
        speakers=frozenset({"A"}),
    )
