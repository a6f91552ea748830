"""Build ``tokenizer.json`` from ``tokenizer.model``: the same ids, without custom code."""

from typing import Any

from app.tools.conversion import extras
from app.tools.conversion.errors import ConversionError
from app.tools.conversion.merges import merges_of
from app.tools.conversion.sentencepiece_model import Algorithm, PieceType, SentencePieceModel

_SPACE = "▁"  # U+2581, SentencePiece's written space
_UNMATCHABLE = 1e6
"""Subtracted from the scores of pieces that are not for text, so that a unigram path avoids them,
except in a text that spells such a piece, ``<0x41>``, in characters beyond the vocabulary."""
_PROBE = (
    "你好，我叫三三。今天天气真好！\n"
    "  Two spaces,\ttab; don't, naïve café — 3.14 km².  \n"
    "こんにちは 안녕하세요 Привет 👩‍🚀🇨🇳😀 𠮷 \u200b\u3000end"
)
"""Writing systems, spaces and characters beyond the vocabulary, to compare tokenizers on."""


def build_tokenizer(model: SentencePieceModel, special_ids: set[int]) -> Any:
    """Return a ``tokenizers.Tokenizer`` with the ids of ``model``.

    They are exactly its ids for byte-pair models such as Index's, and for unigram models up to the
    choice between equally likely paths. ``special_ids`` are recognised where a text spells them,
    as by the reference's tokenizer; other control pieces are not. Raises :class:`ConversionError`
    where ids differ from SentencePiece's own.
    """
    tokenizers = extras.load("tokenizers")
    tokenizer = tokenizers.Tokenizer(_algorithm(tokenizers.models, model))
    tokenizer.normalizer = _normalizer(tokenizers, model)
    tokenizer.decoder = _decoder(tokenizers.decoders, model)
    added = [
        tokenizers.AddedToken(
            piece.text, special=number in special_ids, normalized=number not in special_ids
        )
        for number, piece in enumerate(model.pieces)
        if number in special_ids or piece.type is PieceType.USER_DEFINED
    ]
    tokenizer.add_tokens(added)
    _verify(tokenizer, model)
    return tokenizer


def _algorithm(models: Any, model: SentencePieceModel) -> Any:
    pieces = model.pieces
    if model.algorithm is Algorithm.BPE:
        return models.BPE(
            vocab={piece.text: number for number, piece in enumerate(pieces)},
            merges=merges_of(pieces),
            unk_token=pieces[model.unknown_id].text,
            fuse_unk=True,
            byte_fallback=model.byte_fallback,
        )
    scored = [
        (piece.text, piece.score - (0 if piece.type is PieceType.NORMAL else _UNMATCHABLE))
        for piece in pieces
    ]
    return models.Unigram(scored, model.unknown_id, model.byte_fallback)


def _normalizer(tokenizers: Any, model: SentencePieceModel) -> Any:
    normalizers = tokenizers.normalizers
    steps = [normalizers.Precompiled(model.character_map)] if model.character_map else []
    if model.collapses_spaces:
        steps.append(normalizers.Replace(tokenizers.Regex("^ +| +$"), ""))
        steps.append(normalizers.Replace(tokenizers.Regex(" {2,}"), " "))
    return normalizers.Sequence([*steps, normalizers.Replace(" ", _SPACE)])


def _decoder(decoders: Any, model: SentencePieceModel) -> Any:
    steps = [decoders.Replace(_SPACE, " "), decoders.ByteFallback(), decoders.Fuse()]
    if model.collapses_spaces:
        steps.append(decoders.Strip(" ", 1, 0))
    return decoders.Sequence(steps)


def _verify(tokenizer: Any, model: SentencePieceModel) -> None:
    """Compare with SentencePiece on a probe and on every normal piece.

    Raises :class:`ConversionError` where ids differ.
    """
    processor = extras.load("sentencepiece").SentencePieceProcessor(model_proto=model.raw)
    texts = [_PROBE] + [
        piece.text.replace(_SPACE, " ") for piece in model.pieces if piece.type is PieceType.NORMAL
    ]
    ours = tokenizer.encode_batch(texts, add_special_tokens=False)
    for text, encoding, ids in zip(texts, ours, processor.encode(texts), strict=True):
        if encoding.ids != ids:
            raise ConversionError(
                f"The fast tokenizer would read {text!r} as {encoding.ids}, SentencePiece reads "
                f"{ids}: this tokenizer.model has a feature the conversion does not know."
            )
