"""Choose the lines that each compared prompt shows, for the questions of one fold.

All contexts but ``none`` fill the same budget of tokens with lines in the same form, so that they
differ only in which lines they show.
"""

import random
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from app.search.benchmark.corpus import Fold
from app.search.benchmark.fold_index import fold_index
from app.search.benchmark.modes import Calibrations
from app.search.benchmark.rankings import rank_as
from app.search.example_index import RetrievedExample
from app.search.reply_indexes import ReplyIndex
from app.search.reply_texts import candidates
from app.search.retriever import CANDIDATES, RankedReplies, SceneHits
from characters.passages.windows import WindowSet, cut_windows
from characters.prompting.packing import Candidate
from retrieval.ranking.rank import Ranking
from retrieval.ranking.weights import Weights
from retrieval.reply_index.similarities import Floats

ContextName = Literal[
    "none",
    "other",
    "random",
    "reference",
    "reference_scenes",
    "fused",
    "selector",
    "oracle",
    "reference_sent",
]
CONTEXTS: tuple[ContextName, ...] = tuple(
    name for name in get_args(ContextName) if name != "reference_sent"
)
"""The contexts of the command: all that choose exchanges."""

MEANINGS: dict[ContextName, str] = {
    "none": "the profile only",
    "other": "exchanges of another speaker of the script, in random order",
    "random": "exchanges of the character, in random order",
    "reference": "the last exchange of each scene that the mode `reference` retrieves",
    "reference_scenes": "the scenes that the mode `reference` retrieves, whole",
    "fused": "the mode `fused`",
    "selector": "the mode `selector`",
    "oracle": "the exchanges whose replies overlap most with the true reply",
    "reference_sent": "the scenes that the mode `reference` sends",
}

_CANDIDATES = 400
"""Most exchanges that a prompt of a given budget is filled from."""


@dataclass(frozen=True, eq=False)
class FoldContexts:
    """Choose lines from one fold's store."""

    fold: Fold
    weights: Weights
    calibrations: Calibrations

    def choose(self, name: ContextName, question: int) -> RankedReplies:
        """Return the exchanges of a context, best first."""
        cut = self.fold.cut
        match name:
            case "none" | "reference_sent":
                return self._ranked(cut, [])
            case "other":
                return self._ranked(self.other, _shuffled(self.other, self._seed(question)))
            case "random":
                return self._ranked(cut, _shuffled(cut, self._seed(question)))
            case "reference" | "reference_scenes":
                whole = name == "reference_scenes"
                return self._ranked(cut, self._nearest_scenes(question, whole=whole))
            case "oracle":
                return self._ranked(cut, self._closest(question))
            case "fused" | "selector":
                calibration = self.calibrations.of(self.fold, self.weights)
                query = self.fold.questions[question].query
                ranking = rank_as(name, self.fold.store, query, self.weights, calibration)
                return self._ranked(cut, candidates(cut, ranking, _CANDIDATES))

    def sent(self, name: ContextName, question: int, top_k: int) -> SceneHits | RankedReplies:
        """Return what a turn of the service finds: at most its number of scenes or exchanges.

        ``top_k``: scenes in the mode ``reference``.
        """
        if name == "reference_sent":
            return self._scenes_sent(question, top_k)
        found = self.choose(name, question)
        return replace(found, candidates=found.candidates[:CANDIDATES])

    def only(self, reply: int) -> RankedReplies:
        """Return the exchange of one reply of the fold's store, by its number."""
        scores = np.zeros(len(self.fold.cut.replies), dtype=np.float32)
        return self._ranked(self.fold.cut, _candidates(self.fold.cut, np.array([reply]), scores))

    @cached_property
    def other(self) -> WindowSet:
        """The windows of the speaker who says most beside the character; none where it is alone."""
        said: dict[str, int] = {}
        for scene in self.fold.scenes:
            for line in scene.lines:
                if line.speaker not in self.fold.subject.own:
                    said[line.speaker] = said.get(line.speaker, 0) + 1
        if not said:
            return WindowSet([], [], {})
        speaker = max(said, key=lambda who: (said[who], who))
        return cut_windows(self.fold.scenes, {speaker}, speaker)

    def _seed(self, question: int) -> str:
        """Return the seed of a question's scene: its questions share their random lines."""
        return f"{self.fold.kept[0]} {self.fold.questions[question].scene}"

    def _nearest_scenes(self, question: int, *, whole: bool) -> list[Candidate]:
        """Return exchanges of the scenes nearest to the query, by the reference's rule.

        Of each scene the last exchange, or all, the last one first: as many as fit then are the
        end of the scene.
        """
        examples = self.fold.examples.examples
        nearest = [examples[at].scene for at, _ in self._nearest(question)]
        replies = self.fold.cut.replies
        by_scene: dict[int, list[int]] = {}
        for number in range(len(replies) - 1, -1, -1):
            by_scene.setdefault(replies[number].scene, []).append(number)
        order = [
            number
            for scene in nearest
            for number in by_scene.get(scene, ())[: None if whole else 1]
        ]
        ranked = np.array(order, dtype=np.int64)
        return _candidates(self.fold.cut, ranked, np.zeros(len(replies), dtype=np.float32))

    def _nearest(self, question: int) -> list[tuple[int, float]]:
        """Return (number, cosine) of the examples, the nearest to the query first."""
        keys = np.array([self.fold.vectors[each.key] for each in self.fold.examples.examples])
        scores = keys @ self.fold.vectors[self.fold.questions[question].reference_query]
        order = np.argsort(-scores, kind="stable").tolist()
        return [(at, float(scores[at])) for at in order]

    def _scenes_sent(self, question: int, top_k: int) -> SceneHits:
        examples = self.fold.examples.examples
        found = [
            RetrievedExample(at, score, list(examples[at].lines), examples[at].key)
            for at, score in self._nearest(question)[:top_k]
        ]
        return SceneHits(examples=found, others=[], embed_ms=0.0, search_ms=0.0)

    def _closest(self, question: int) -> list[Candidate]:
        """Return the exchanges whose replies overlap most with the true reply."""
        cut, overlap = self.fold.cut, self.fold.overlap[question]
        columns = [self.fold.lines[reply.scene, reply.line] for reply in cut.replies]
        scores = overlap[columns]
        return _candidates(cut, np.argsort(-scores, kind="stable"), scores)

    def _ranked(self, cut: WindowSet, found: list[Candidate]) -> RankedReplies:
        index = self._other_index if cut is self.other else self._own_index
        return RankedReplies(
            reply_index=index,
            ranking=_NO_RANKING,
            candidates=found,
            mode="selector",
            until_scene=None,
            lines=index.lines,
            overheard=(),
        )

    @cached_property
    def _own_index(self) -> ReplyIndex:
        return fold_index(self.fold, self.calibrations.of(self.fold, self.weights))

    @cached_property
    def _other_index(self) -> ReplyIndex:
        return replace(self._own_index, cut=self.other)


def _shuffled(cut: WindowSet, seed: str) -> list[Candidate]:
    order = list(range(len(cut.replies)))
    random.Random(seed).shuffle(order)  # noqa: S311 - a reproducible control
    return _candidates(cut, np.array(order, dtype=np.int64), np.zeros(len(order), dtype="f4"))


def _candidates(cut: WindowSet, order: NDArray[np.int64], scores: Floats) -> list[Candidate]:
    every = np.ones(len(scores), dtype=bool)
    return candidates(cut, Ranking(order, scores, scores, every, {}), _CANDIDATES)


_NO_RANKING = Ranking(
    order=np.zeros(0, dtype=np.int64),
    scores=np.zeros(0, dtype=np.float32),
    relevance=np.zeros(0, dtype=np.float32),
    relevant=np.zeros(0, dtype=bool),
    fusion_ranks={},
)
