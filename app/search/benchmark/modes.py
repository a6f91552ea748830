"""Define modes of selecting lines for a prompt, given a fold, a question and a budget."""

import random
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np

from app.search.benchmark.corpus import Fold
from app.search.benchmark.rankings import RankingName, rank_as
from app.search.reply_texts import candidates
from characters.language import reading_length
from characters.prompting.completion import SEPARATOR
from characters.prompting.packing import PackingRoom, Span, pack
from retrieval.bm25.overlap import Overlap, bigram_profile
from retrieval.ranking.calibration import calibrate
from retrieval.ranking.rank import Ranking, window_scores
from retrieval.ranking.weights import Weights
from retrieval.reply_index.index import Calibration

Shown = frozenset[int]
"""Lines of the character that the prompt shows, as :attr:`Fold.lines` numbers them."""

Choose = Callable[[Fold, int, int], Shown]
"""Function from (fold, question, budget in tokens) to the lines shown."""

_TOP = 20
"""Scenes that the reference retrieves."""

DRAWS = 20
"""Random orders that are averaged."""


def cost(text: str) -> int:
    """Return the tokens of a text, estimated without an engine's tokenizer."""
    return max(1, round(reading_length(text)))


_SEPARATOR = cost(SEPARATOR)


def fill(spans: Iterable[Span], fold: Fold, budget: int) -> Shown:
    """Return the lines of the spans in order, until the first span that does not fit the budget."""
    shown: set[int] = set()
    used = -_SEPARATOR
    for span in spans:
        lines = fold.scenes[span.scene].lines[span.start : span.stop]
        used += _SEPARATOR + sum(cost(line.render() + "\n") for line in lines)
        if used > budget:
            break
        shown |= _own(fold, span)
    return frozenset(shown)


def _own(fold: Fold, span: Span) -> set[int]:
    positions = ((span.scene, at) for at in range(span.start, span.stop))
    return {fold.lines[position] for position in positions if position in fold.lines}


def reference(fold: Fold, question: int, budget: int) -> Shown:
    """Select whole scenes, each ranked by one passage and cut after the character's last line."""
    examples = fold.examples.examples
    keys = np.array([fold.vectors[example.key] for example in examples])
    scores = keys @ fold.vectors[fold.questions[question].whole]
    nearest = np.argsort(-scores, kind="stable")[:_TOP]
    spans = (Span(examples[at].scene, 0, len(examples[at].lines)) for at in nearest)
    return fill(spans, fold, budget)


class Packed:
    """Rank replies and pack them as exchanges, as a turn does."""

    def __init__(self, mode: RankingName, weights: Weights, calibrations: "Calibrations") -> None:
        self._mode = mode
        self._weights = weights
        self._calibrations = calibrations
        self._last: tuple[Fold, int, Ranking] | None = None

    def __call__(self, fold: Fold, question: int, budget: int) -> Shown:
        ranking = self.ranking(fold, question)
        packing = pack(
            candidates(fold.cut, ranking),
            lambda scene, at: fold.scenes[scene].lines[at].render(),
            lambda scene, at: cost(fold.scenes[scene].lines[at].render() + "\n"),
            PackingRoom(budget, _SEPARATOR),
        )
        return frozenset().union(*(_own(fold, block.span) for block in packing.blocks))

    def ranking(self, fold: Fold, question: int) -> Ranking:
        """Return the ranking of a question, computed once for all budgets."""
        if self._last is None or self._last[0] is not fold or self._last[1] != question:
            calibration = self._calibrations.of(fold, self._weights)
            query = fold.questions[question].query
            ranking = rank_as(self._mode, fold.store, query, self._weights, calibration)
            self._last = (fold, question, ranking)
        return self._last[2]


class Windowed(Packed):
    """Select whole windows by the same ranking, as a baseline for packing."""

    def __call__(self, fold: Fold, question: int, budget: int) -> Shown:
        scores = window_scores(fold.store, self.ranking(fold, question).scores)
        return fill(_windows(fold, np.argsort(-scores, kind="stable").tolist()), fold, budget)


class Calibrations:
    """Cache the calibration of each store with each set of weights."""

    def __init__(self) -> None:
        self._known: dict[tuple[Fold, str], Calibration] = {}

    def of(self, fold: Fold, weights: Weights) -> Calibration:
        key = (fold, weights.dump())
        if key not in self._known:
            self._known[key] = calibrate(fold.store, weights)
        return self._known[key]


def _windows(fold: Fold, order: Iterable[int]) -> Iterator[Span]:
    for number in order:
        window = fold.cut.windows[number]
        yield Span(window.scene, window.start, window.stop)


class RandomWindows:
    """Select windows in a random order that does not depend on the question."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def __call__(self, fold: Fold, question: int, budget: int) -> Shown:
        order = list(range(len(fold.cut.windows)))
        random.Random(self._seed).shuffle(order)  # noqa: S311 - a reproducible control
        return fill(_windows(fold, order), fold, budget)


class StaticCoverage:
    """Select the same windows for all questions, which cover the character's replies best."""

    def __init__(self) -> None:
        self._orders: dict[Fold, list[int]] = {}

    def __call__(self, fold: Fold, question: int, budget: int) -> Shown:
        if fold not in self._orders:
            self._orders[fold] = _covering(fold)
        return fill(_windows(fold, self._orders[fold]), fold, budget)


def _covering(fold: Fold) -> list[int]:
    """Return windows greedily by the gain in mean best F1 for each token."""
    likeness = Overlap(fold.line_texts, bigram_profile).matrix(fold.line_texts)
    np.fill_diagonal(likeness, 0.0)
    windows = list(_windows(fold, range(len(fold.cut.windows))))
    best_of = np.array([likeness[sorted(_own(fold, span))].max(axis=0) for span in windows])
    costs = np.array([_SEPARATOR + _cost_of(fold, span) for span in windows], dtype=np.float32)
    covered = np.zeros(len(fold.line_texts), dtype=np.float32)
    order: list[int] = []
    while len(order) < len(windows):
        gains = np.maximum(best_of - covered, 0).sum(axis=1) / costs
        gains[order] = -1.0
        chosen = int(gains.argmax())
        covered = np.maximum(covered, best_of[chosen])
        order.append(chosen)
    return order


def _cost_of(fold: Fold, span: Span) -> int:
    lines = fold.scenes[span.scene].lines[span.start : span.stop]
    return sum(cost(line.render() + "\n") for line in lines)


def oracle(fold: Fold, question: int, budget: int) -> Shown:
    """Select windows by the F1 of their best reply with the true one: the upper bound."""
    spans = list(_windows(fold, range(len(fold.cut.windows))))
    best = [_closest(fold.overlap[question], sorted(_own(fold, span))) for span in spans]
    return fill((spans[at] for at in np.argsort(best, kind="stable")[::-1]), fold, budget)


def _closest(likeness: np.ndarray, lines: Sequence[int]) -> float:
    return float(likeness[lines].max(initial=0.0))
