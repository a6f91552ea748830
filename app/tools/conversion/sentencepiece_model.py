"""Read a SentencePiece ``tokenizer.model``, as far as a fast tokenizer needs it.

Source: ``sentencepiece_model.proto`` of the repository google/sentencepiece.
"""

from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any

from app.tools.conversion import extras
from app.tools.conversion.errors import ConversionError
from app.tools.conversion.source_files import read_bytes

SYSTEM, USER, ASSISTANT = "<unk>", "reserved_0", "reserved_1"
"""The pieces before each role's words in an Index chat."""
CHAT_IDS = {0: SYSTEM, 3: USER, 4: ASSISTANT}


class PieceType(IntEnum):
    """Mirror ``SentencePiece.Type``."""

    NORMAL = 1
    UNKNOWN = 2
    CONTROL = 3
    USER_DEFINED = 4
    UNUSED = 5
    BYTE = 6


class Algorithm(IntEnum):
    """Mirror ``TrainerSpec.ModelType``, as far as language models use it."""

    UNIGRAM = 1
    BPE = 2


@dataclass(frozen=True, slots=True)
class Piece:
    """Hold one entry of the vocabulary; its id is its position there."""

    text: str
    score: float
    type: PieceType


@dataclass(frozen=True, slots=True)
class SentencePieceModel:
    """Hold the vocabulary and the normalization of text for it."""

    raw: bytes
    algorithm: Algorithm
    pieces: tuple[Piece, ...]
    unknown_id: int
    byte_fallback: bool
    character_map: bytes
    """The compiled normalization rules; empty where text is not normalized."""
    collapses_spaces: bool
    """Whether runs of spaces become one and spaces at either end are dropped."""


def read_sentencepiece(directory: Path) -> SentencePieceModel:
    """Return the tokenizer in ``directory``.

    Raises :class:`ConversionError` where it is missing, or not Index's.
    """
    path = directory / "tokenizer.model"
    raw = read_bytes(path)
    proto = _parsed(path, raw)
    _check_is_index(path, proto)
    return SentencePieceModel(
        raw=raw,
        algorithm=Algorithm(proto.trainer_spec.model_type),
        pieces=tuple(Piece(p.piece, p.score, PieceType(p.type)) for p in proto.pieces),
        unknown_id=proto.trainer_spec.unk_id,
        byte_fallback=proto.trainer_spec.byte_fallback,
        character_map=proto.normalizer_spec.precompiled_charsmap,
        collapses_spaces=proto.normalizer_spec.remove_extra_whitespaces,
    )


def _parsed(path: Path, raw: bytes) -> Any:
    """Return the ``ModelProto`` in ``raw``. Raises :class:`ConversionError`."""
    proto = extras.load("sentencepiece.sentencepiece_model_pb2").ModelProto()
    decode_error = extras.load("google.protobuf.message").DecodeError
    try:
        proto.ParseFromString(raw)
        Algorithm(proto.trainer_spec.model_type)
    except (decode_error, ValueError) as error:
        raise ConversionError(f"{path} is no SentencePiece model of BPE or unigrams.") from error
    return proto


def _check_is_index(path: Path, proto: Any) -> None:
    for number, text in CHAT_IDS.items():
        found = proto.pieces[number].piece if number < len(proto.pieces) else None
        if found != text:
            raise ConversionError(
                f"{path} is not Index's: piece {number} is {found!r}, not {text!r}."
            )
    if (
        proto.normalizer_spec.add_dummy_prefix
        or not proto.normalizer_spec.escape_whitespaces
        or proto.trainer_spec.treat_whitespace_as_suffix
        or any(piece.type == PieceType.UNUSED for piece in proto.pieces)
    ):
        raise ConversionError(
            f"{path} is not Index's: it treats spaces as Index does not, or has unused pieces."
        )
