"""Derive the merges of a byte-pair encoding from the scores that SentencePiece keeps."""

from collections.abc import Mapping, Sequence

from app.tools.conversion.sentencepiece_model import Piece, PieceType


def merges_of(pieces: Sequence[Piece]) -> list[tuple[str, str]]:
    """Return every pair of pieces that joins to a third, the first to be merged first.

    SentencePiece merges the adjacent pair whose result has the highest score, the leftmost where
    scores are equal (``bpe_model.cc``); only normal pieces take part.
    """
    scores = {piece.text: piece.score for piece in pieces if piece.type is PieceType.NORMAL}
    ranked = sorted(scores, key=lambda text: -scores[text])
    return [pair for text in ranked for pair in _pairs(text, scores)]


def _pairs(text: str, pieces: Mapping[str, float]) -> list[tuple[str, str]]:
    splits = ((text[:at], text[at:]) for at in range(1, len(text)))
    return [(left, right) for left, right in splits if left in pieces and right in pieces]
