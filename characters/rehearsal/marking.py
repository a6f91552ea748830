"""Mark what was typed, or recognised, against a line: which words were missed, which were added.

The words that agree are a longest common subsequence of both, so that as many as possible count as
said; punctuation, case and width are forgiven (:mod:`characters.rehearsal.words`), and so are
traditional characters for simplified ones (:mod:`characters.rehearsal.variants`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from rapidfuzz.distance import LCSseq

from characters.rehearsal.variants import without_variants
from characters.rehearsal.words import Piece, pieces

Mark = Literal["right", "missed", "added", "given"]
"""``given``: nothing to say, a stage direction or mere punctuation."""


@dataclass(frozen=True, slots=True)
class MarkedPiece:
    """Hold a piece of the line, or words that were typed and are not in it."""

    text: str
    mark: Mark


@dataclass(frozen=True, slots=True)
class Marking:
    """Hold a marked line."""

    pieces: Sequence[MarkedPiece]
    """In order; without those added, their texts are the line."""
    words: int
    """Words of the line."""
    wrong: int
    """Words missed or added; one in place of another counts once."""


def mark(line: str, typed: str) -> Marking:
    """Return the line, marked by what was typed."""
    true = [piece for piece in pieces(line) if piece.form]
    said = [piece for piece in pieces(typed) if piece.form]
    missed: set[int] = set()
    added: dict[int, list[Piece]] = {}
    wrong = 0
    for start, end, first, last in _differences(true, said):
        missed.update(range(start, end))
        if first < last:
            added[end] = said[first:last]
        wrong += max(end - start, last - first)
    marked = list(_laid_out(pieces(line), missed, added))
    return Marking(marked, len(true), wrong)


def _differences(
    true: Sequence[Piece], said: Sequence[Piece]
) -> Iterator[tuple[int, int, int, int]]:
    """Yield the places where both differ: ``true[start:end]`` and ``said[first:last]``."""
    one, other = ([without_variants(each.form) for each in pieces] for pieces in (true, said))
    start = first = 0
    for code in LCSseq.opcodes(one, other):
        if code.tag != "equal":
            continue
        if (start, first) != (code.src_start, code.dest_start):
            yield start, code.src_start, first, code.dest_start
        start, first = code.src_end, code.dest_end
    if (start, first) != (len(one), len(other)):
        yield start, len(one), first, len(other)


def _laid_out(
    line: Sequence[Piece], missed: set[int], added: dict[int, list[Piece]]
) -> Iterator[MarkedPiece]:
    """Yield the pieces of the line, and behind the words that were missed those typed instead."""
    at = 0
    if words := added.get(0):
        yield _addition(words)
    for piece in line:
        if not piece.form:
            yield MarkedPiece(piece.text, "given")
            continue
        yield MarkedPiece(piece.text, "missed" if at in missed else "right")
        at += 1
        if words := added.get(at):
            yield _addition(words)


def _addition(words: Sequence[Piece]) -> MarkedPiece:
    return MarkedPiece("".join(word.text for word in words).strip(), "added")
