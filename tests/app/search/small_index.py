"""A reply index of three small scenes, and rankings of its four replies written by hand."""

from collections.abc import Sequence
from functools import cache

import numpy as np

from app.search.overheard import OverheardHit, OverheardPassage
from app.search.reply_index_words import ReplyIndexTexts
from app.search.reply_indexes import (
    ReplyIndex,
    ReplyIndexParts,
    build_reply_index,
    load_reply_index,
)
from app.search.reply_texts import candidates
from app.search.retriever import RankedReplies
from characters.scripts.model import Line, Scene
from retrieval.embedding.hashing import HashingEmbedder
from retrieval.ranking.rank import Ranking
from retrieval.ranking.weights import Weights, load_weights
from retrieval.rounding import RoundedVectors

SCENES = [
    Scene(
        [
            Line("Ann", "Who keeps the lamp?", 1, colon=": "),
            Line("Ben", "I keep the lamp.", 2, colon=": "),
            Line("Ann", "Every night?", 3, colon=": "),
            Line("Ben", "Every single night.", 4, colon=": "),
        ],
        1,
    ),
    Scene([Line("Ann", "潮水退了吗？", 6), Line("Ben", "还没有退。", 7)], 6),
    Scene([Line("Ben", "I talk to the sea.", 9, colon=": ")], 9),
]
"""Ben's replies, by number: two of the first scene, one of the second, one of the third."""
HEARD = [
    OverheardPassage(0, 0, "Ben listens", [("Ann", "The ferry leaves at noon.")]),
    OverheardPassage(2, 0, "Ben sleeps", [("Cid", "船沉了。"), ("Ann", "谁说的？")]),
]
DIMENSION = 64


def texts(heard: Sequence[OverheardPassage] = ()) -> ReplyIndexTexts:
    made = ReplyIndexTexts.of(SCENES, ["Ben"], "Ben")
    return ReplyIndexTexts(made.scenes, made.cut, heard)


def weights() -> Weights:
    return load_weights("k9")


def parts(heard: Sequence[OverheardPassage] = ()) -> ReplyIndexParts:
    words = texts(heard)
    embedded = HashingEmbedder(DIMENSION).embed_keys(words.to_embed())
    return build_reply_index(words, RoundedVectors.of(embedded), weights())


@cache
def reply_index(*, heard: bool = False) -> ReplyIndex:
    return load_reply_index(parts(HEARD if heard else ()), DIMENSION, weights())


def ranked(
    order: Sequence[int] = (0, 1, 2, 3),
    *,
    irrelevant: Sequence[int] = (),
    until_scene: int | None = None,
    heard: bool = False,
    overheard: Sequence[OverheardHit] = (),
) -> RankedReplies:
    """The replies in this order; the first scores 1, each other a tenth less."""
    index = reply_index(heard=heard)
    scores = np.zeros(4, dtype=np.float32)
    for place, number in enumerate(order):
        scores[number] = 1 - place / 10
    relevant = np.array([number not in irrelevant for number in range(4)])
    nothing = np.zeros(4, dtype=np.float32)
    ranking = Ranking(np.array(order), scores, nothing, relevant, {})
    return RankedReplies(
        reply_index=index,
        ranking=ranking,
        candidates=candidates(index.cut, ranking),
        mode="fused",
        until_scene=until_scene,
        lines=index.lines,
        overheard=overheard,
    )
