"""Align the words of two texts of one play, whose editions and row breaks differ."""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Sequence
from difflib import SequenceMatcher

_WORD = re.compile(r"[\u3040-\u9fff]|[^\W_\u3040-\u9fff]+")
_ANCHORS = (5, 3, 2, 1)
"""Words of the runs that occur once in both texts, from the surest on."""
_MOST_PAIRS = 1_000_000
"""Most pairs of words that are compared one by one."""


def split_words(text: str) -> list[str]:
    """Return the words of ``text`` without case and accents; each Chinese character is a word."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return _WORD.findall("".join(mark for mark in plain if not unicodedata.combining(mark)))


def align(ours: Sequence[str], theirs: Sequence[str]) -> list[int]:
    """Return for each word of ``ours`` the index of the same word in ``theirs``; -1 without one.

    The indices that are not -1 increase.
    """
    found = [-1] * len(ours)
    _align(ours, theirs, range(len(ours)), range(len(theirs)), found, 0)
    return found


def _align(
    ours: Sequence[str],
    theirs: Sequence[str],
    mine: range,
    other: range,
    found: list[int],
    level: int,
) -> None:
    """Align two stretches: at runs of words that both have once, and between these again."""
    if not mine or not other:
        return
    if level == len(_ANCHORS):
        _compare(ours, theirs, mine, other, found)
        return
    at, to = mine.start, other.start
    for our, their in [
        *_find_anchors(ours, theirs, mine, other, _ANCHORS[level]),
        (mine.stop, other.stop),
    ]:
        _align(ours, theirs, range(at, our), range(to, their), found, level + 1)
        if our < mine.stop:
            found[our] = their
        at, to = our + 1, their + 1


def _find_anchors(
    ours: Sequence[str], theirs: Sequence[str], mine: range, other: range, length: int
) -> list[tuple[int, int]]:
    """Return the words of runs of ``length`` that both stretches have once, in increasing order."""
    first, second = _find_single(ours, mine, length), _find_single(theirs, other, length)
    pairs = sorted((at, second[run]) for run, at in first.items() if run in second)
    kept = _take_increasing(pairs)
    words = {(our + step, their + step) for our, their in kept for step in range(length)}
    return _take_increasing(sorted(words))


def _find_single(words: Sequence[str], within: range, length: int) -> dict[tuple[str, ...], int]:
    places: dict[tuple[str, ...], int] = {}
    for at in range(within.start, within.stop - length + 1):
        run = tuple(words[at : at + length])
        places[run] = -1 if run in places else at
    return {run: at for run, at in places.items() if at >= 0}


def _take_increasing(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the longest selection of sorted ``pairs`` in which both numbers increase."""
    ends: list[int] = []
    last: list[int] = []
    before: list[int] = []
    for index, (_, their) in enumerate(pairs):
        place = bisect_left(ends, their)
        before.append(last[place - 1] if place else -1)
        ends[place : place + 1] = [their]
        last[place : place + 1] = [index]
    kept: list[tuple[int, int]] = []
    at = last[-1] if last else -1
    while at >= 0:
        kept.append(pairs[at])
        at = before[at]
    kept.reverse()
    return [
        pair for pair, above in zip(kept, [(-1, -1), *kept], strict=False) if pair[0] > above[0]
    ]


def _compare(
    ours: Sequence[str], theirs: Sequence[str], mine: range, other: range, found: list[int]
) -> None:
    if len(mine) * len(other) > _MOST_PAIRS:
        return
    matcher = SequenceMatcher(
        None, ours[mine.start : mine.stop], theirs[other.start : other.stop], autojunk=False
    )
    for our, their, size in matcher.get_matching_blocks():
        for step in range(size):
            found[mine.start + our + step] = other.start + their + step
