"""Find dialogues that duplicate another one."""

import math
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

from characters.scripts.model import Line

NEARLY_EQUAL = 0.8
"""Least Jaccard similarity of the character trigrams of two dialogues that count as the same."""

_SHINGLE = 3


def find_duplicates(dialogues: Sequence[Sequence[Line]]) -> dict[int, int]:
    """Return each duplicate's number, mapped to the number of the dialogue that stands for it.

    A dialogue is a duplicate of one that contains it, line by line, or whose text is nearly equal
    (:data:`NEARLY_EQUAL`); punctuation, white space and case make no difference. Of two, the one
    with more text stays, and of equal ones the first. No dialogue that stands for another is a
    duplicate itself.
    """
    texts = [[letters(f"{line.speaker}:{line.text}") for line in lines] for lines in dialogues]
    order = sorted(range(len(texts)), key=lambda number: (-sum(map(len, texts[number])), number))
    found: dict[int, int] = {}
    known: dict[tuple[str, ...], int] = {}
    for number in order:
        first = known.setdefault(tuple(texts[number]), number)
        if first != number:
            found[number] = first
    found |= _contained([number for number in order if number not in found], texts)
    found |= _nearly_equal([number for number in order if number not in found], texts)
    return {number: _last(number, found) for number in found}


def letters(text: str) -> str:
    """Return the letters and digits of a text, NFKC-normalised and case-folded."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).casefold()))


def _last(number: int, found: dict[int, int]) -> int:
    while number in found:
        number = found[number]
    return number


def _contained(order: Sequence[int], texts: Sequence[Sequence[str]]) -> dict[int, int]:
    """Find dialogues inside others, longest first, looking only where its rarest line occurs."""
    holders: dict[str, list[int]] = defaultdict(list)
    for number in order:
        for line in set(texts[number]):
            holders[line].append(number)
    found: dict[int, int] = {}
    for number in order:
        rarest = min(texts[number], key=lambda line: len(holders[line]))
        for other in holders[rarest]:
            if other == number:  # the others are shorter, or no longer and later
                break
            if other not in found and _runs_in(texts[number], texts[other]):
                found[number] = other
                break
    return found


def _runs_in(part: Sequence[str], whole: Sequence[str]) -> bool:
    return f"\n{chr(10).join(part)}\n" in f"\n{chr(10).join(whole)}\n"


def similar_pairs(texts: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield the numbers of every two texts that are nearly equal (:data:`NEARLY_EQUAL`).

    The texts are letters, see :func:`letters`. Unlike :func:`find_duplicates`, which finds one
    dialogue that stands for another, this finds all that are similar.
    """
    join = _SimilarityJoin(dict(enumerate(texts)))
    for number in range(len(texts)):
        prefix = join.prefix(number)
        for other in join.similar(number, prefix):
            yield other, number
        join.add(number, prefix)


def _nearly_equal(order: Sequence[int], texts: Sequence[Sequence[str]]) -> dict[int, int]:
    """Find nearly equal dialogues; of those similar to several, only the first is noted."""
    join = _SimilarityJoin({number: "\n".join(texts[number]) for number in order})
    found: dict[int, int] = {}
    for number in order:
        prefix = join.prefix(number)
        if (twin := next(join.similar(number, prefix), None)) is not None:
            found[number] = twin
        else:
            join.add(number, prefix)
    return found


class _SimilarityJoin:
    """Find nearly equal texts with prefix filtering.

    Source: Bayardo et al. 2007, "Scaling up all pairs similarity search". Two sets can have
    similarity ``t`` only if they share one of the ``n - ceil(t n) + 1`` rarest members of the one
    with ``n`` members: only those are looked up.
    """

    def __init__(self, texts: Mapping[int, str]) -> None:
        self._shingles = {number: _shingles(text) for number, text in texts.items()}
        self._frequency = Counter(each for own in self._shingles.values() for each in own)
        self._holders: dict[str, list[int]] = defaultdict(list)

    def prefix(self, number: int) -> Sequence[str]:
        """Return the rarest shingles of a text, which one similar to it must share."""
        own = self._shingles[number]
        rare = sorted(own, key=lambda shingle: (self._frequency[shingle], shingle))
        return rare[: len(own) - math.ceil(NEARLY_EQUAL * len(own)) + 1]

    def similar(self, number: int, prefix: Sequence[str]) -> Iterator[int]:
        """Yield the texts added before that are nearly equal to this one."""
        own = self._shingles[number]
        others = dict.fromkeys(other for shingle in prefix for other in self._holders[shingle])
        return (other for other in others if _jaccard(own, self._shingles[other]) >= NEARLY_EQUAL)

    def add(self, number: int, prefix: Sequence[str]) -> None:
        """Let later texts find this one."""
        for shingle in prefix:
            self._holders[shingle].append(number)


def are_nearly_equal(one: str, other: str) -> bool:
    """Return whether two texts of letters are nearly equal (:data:`NEARLY_EQUAL`)."""
    return _jaccard(_shingles(one), _shingles(other)) >= NEARLY_EQUAL


def _jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    shared = len(one & other)
    return shared / (len(one) + len(other) - shared)


def _shingles(text: str) -> frozenset[str]:
    return frozenset(_parts(text)) or frozenset((text,))


def _parts(text: str) -> Iterator[str]:
    for start in range(len(text) - _SHINGLE + 1):
        yield text[start : start + _SHINGLE]
