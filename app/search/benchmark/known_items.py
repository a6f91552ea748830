"""Measure whether a line is found when it is repeated with 40 % of its characters missing."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from app.search.benchmark.corpus import BenchmarkCharacter, build_store, reference_query
from app.search.benchmark.rankings import RankingName, rank_as
from app.search.benchmark.vectors import EmbeddingCache
from app.search.reply_texts import build_query_texts
from characters.language import reading_length
from characters.passages.duplicates import letters
from characters.passages.examples import build_examples
from characters.passages.windows import WindowSet, without_directions
from retrieval.evaluation.intervals import Interval, Resampling, interval
from retrieval.ranking.calibration import calibrate
from retrieval.ranking.weights import Weights

KnownMode = RankingName | Literal["reference"]

DELETED = 0.4

_MIN_LETTERS = 5
"""Fewest letters of a line that is recognisable with some missing."""

_MOST = 200


@dataclass(frozen=True, slots=True)
class KnownItem:
    """Hold a stored line that a reply answers, and its garbled form."""

    scene: int
    line: str
    speaker: str
    garbled: str


def known_items(cut: WindowSet, seed: int = 1) -> list[KnownItem]:
    """Return lines before replies, at most 200, evenly spaced."""
    found = {
        letters(reply.previous): reply
        for reply in cut.replies
        if len(letters(reply.previous)) >= _MIN_LETTERS
    }
    replies = list(found.values())
    chance = random.Random(seed)  # noqa: S311 - reproducible
    step = max(1, -(-len(replies) // _MOST))
    return [
        KnownItem(
            reply.scene,
            reply.previous,
            reply.previous_speaker or "",
            garble(reply.previous, chance),
        )
        for reply in replies[::step]
    ]


def garble(text: str, chance: random.Random) -> str:
    """Return the text without 40 % of its characters; white space stays."""
    positions = [at for at, character in enumerate(text) if not character.isspace()]
    gone = set(chance.sample(positions, round(DELETED * len(positions))))
    return "".join(character for at, character in enumerate(text) if at not in gone)


def recall(
    subject: BenchmarkCharacter,
    vectors: EmbeddingCache,
    modes: Sequence[KnownMode],
    weights: Weights,
) -> dict[KnownMode, Interval]:
    """Return for each mode how often the exchange of the garbled line ranks first."""
    cut, store = build_store(subject, range(len(subject.scenes)), vectors)
    items = known_items(cut)
    if not items:
        return {}
    calibration = calibrate(store, weights)
    resampling = Resampling([item.scene for item in items])

    def first(item: KnownItem, mode: RankingName) -> bool:
        dialogue = [(item.speaker, item.garbled)]
        query = build_query_texts(
            dialogue, subject.own, subject.name, subject.query_length, reading_length
        ).to_query(vectors.__getitem__)
        best = int(rank_as(mode, store, query, weights, calibration).order[0])
        return letters(cut.replies[best].previous) == letters(item.line)

    found: dict[KnownMode, Interval] = {}
    for mode in modes:
        hits = (
            _by_reference(subject, items, vectors)
            if mode == "reference"
            else [first(item, mode) for item in items]
        )
        found[mode] = interval(resampling.means([float(hit) for hit in hits]))
    return found


def _by_reference(
    subject: BenchmarkCharacter, items: Sequence[KnownItem], vectors: EmbeddingCache
) -> Iterator[bool]:
    """Yield whether the nearest scene contains the line at all."""
    examples = build_examples(subject.scenes, subject.own, subject.name).examples
    keys = np.array([vectors[example.key] for example in examples])
    for item in items:
        query = vectors[reference_query(subject, [(item.speaker, item.garbled)])]
        nearest = examples[int((keys @ query).argmax())]
        lines = subject.scenes[nearest.scene].lines[: len(nearest.lines)]
        yield any(letters(without_directions(line.text)) == letters(item.line) for line in lines)
