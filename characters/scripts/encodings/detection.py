"""Detect the encoding of a script from the whole file, in bounded memory."""

import codecs
from dataclasses import dataclass
from typing import BinaryIO

from characters.errors import ScriptError
from characters.scripts.binary import (
    DOCUMENTS,
    find_game,
    find_signature,
    find_unmarked_utf16,
    has_binary_bytes,
)
from characters.scripts.encodings.decoding import CHUNK_BYTES, Decoding, decode_all
from characters.scripts.encodings.guess import guess_encodings
from characters.scripts.encodings.plausibility import PLAUSIBILITIES

_BOMS = (  # UTF-32 before UTF-16: their little-endian marks begin alike
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NOT_FOR_SCRIPTS = {"idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape"}
_UNMARKED_UTF16 = 0.95
_NAMED = 0.9
_FEW = 1_000
_ADVICE = (
    "upload text, a table, a screenplay, subtitles, DOCX, XLSX, EPUB or HTML, or a ZIP archive of"
    " such files"
)


@dataclass(frozen=True, slots=True)
class Encoding:
    """Hold a codec's name and the confidence that it is the right one, 0 to 1."""

    name: str
    confidence: float
    damaged: bool = False
    """Whether some bytes do not decode, few enough to be damage."""


def detect_encoding(file: BinaryIO, encoding: str | None = None) -> Encoding:
    """Return the encoding of ``file`` (seekable) after examining every byte.

    Without ``encoding`` a byte order mark decides; otherwise whether the file is UTF-16 or UTF-8;
    otherwise the best fit of GB18030 (which contains GBK and GB2312), Big5, Shift_JIS, EUC-JP,
    EUC-KR, cp1252 (which contains Latin-1), cp1250, cp1255, cp1256 and the encodings that
    charset-normalizer recognises. Up
    to one bad byte in twenty non-ASCII bytes is damage, and the file is read all the same.

    Raises ``ScriptError``: ``unknown_encoding``; ``wrong_encoding`` with ``byte`` (0-based),
    ``row`` and ``suggestion`` (None if nothing fits); ``binary_file``; ``empty_file``.
    """
    if encoding is not None:
        encoding = _known_encoding(encoding)
    file.seek(0)
    head = file.read(CHUNK_BYTES)
    if (kind := find_signature(head)) is not None:
        raise _binary(kind)
    if has_binary_bytes(head) and (game := find_game(head)) is not None:
        raise _binary(*game)
    marked = next((name for bom, name in _BOMS if head.startswith(bom)), None)
    if encoding is not None:
        return _read_as(file, head, encoding, marked)
    if marked is not None:
        return _checked(file, marked, 1.0)
    if (utf16 := find_unmarked_utf16(head)) is not None:
        return _checked(file, utf16, _UNMARKED_UTF16)
    if has_binary_bytes(head):
        raise _binary("a binary file")
    found = _guess(file)
    if found is None:
        raise _wrong_encoding(decode_all(file, "utf-8"), None, None)
    return found


def _guess(file: BinaryIO, refused: str | None = None) -> Encoding | None:
    """Return the likeliest encoding but ``refused`` in which the whole file can be read."""
    for guess in guess_encodings(file):
        decodings = {name: decode_all(file, name) for name in guess.names if name != refused}
        readable = [name for name, decoding in decodings.items() if decoding.readable]
        if readable:
            name = min(readable, key=lambda name: decodings[name].damaged_bytes)
            return _judge(name, guess.confidence, decodings[name])
    return None


def _checked(file: BinaryIO, name: str, confidence: float) -> Encoding:
    decoding = decode_all(file, name)
    if not decoding.readable:
        raise _wrong_encoding(decoding, name, None)
    return _judge(name, confidence, decoding)


def _judge(name: str, confidence: float, decoding: Decoding) -> Encoding:
    if decoding.blank and not decoding.failure:
        raise _empty()
    confidence = round(confidence * (1 - decoding.damaged_share), 3)
    return Encoding(name, confidence, damaged=decoding.failure is not None)


def _read_as(file: BinaryIO, head: bytes, name: str, marked: str | None) -> Encoding:
    """Return the encoding that the caller named, unless too much of the file does not decode."""
    if name == "utf-16" and marked != name:
        name = find_unmarked_utf16(head) or name
    decoding = decode_all(file, name)
    if not decoding.readable and not _is_slip(decoding):
        suggested = _guess(file, refused=name)
        raise _wrong_encoding(decoding, name, suggested)
    return _judge(name, 1.0 if name == marked else _support(name, decoding.sample), decoding)


def _is_slip(decoding: Decoding) -> bool:
    """Return whether bad bytes are so few that the caller, who named the encoding, may be right."""
    return not decoding.hopeless and decoding.damaged_bytes * _FEW <= decoding.size


def _support(name: str, sample: str) -> float:
    """Return how well a sample supports an encoding that the caller named and that decodes.

    The sample has the rows that are not ASCII; without any, every encoding of ASCII is right.
    """
    if name.startswith("utf-8") or not sample:
        return 1.0
    family = (measure for names, measure in PLAUSIBILITIES.items() if name in names)
    measure = next(family, None)
    return _NAMED if measure is None else measure(sample)


def _known_encoding(name: str) -> str:
    try:
        known = codecs.lookup(name).name
        b"\n\n\n\n".decode(known, "ignore")  # refuses codecs that do not produce text
        codecs.getincrementaldecoder(known)
    except (LookupError, ValueError):
        known = ""
    if not known or known.replace("_", "-") in _NOT_FOR_SCRIPTS:
        raise ScriptError(
            "unknown_encoding",
            f"There is no text encoding “{name[:40]}”; usual ones are utf-8, gb18030, utf-16,"
            " big5, shift_jis and cp1252.",
        )
    return known


def _wrong_encoding(
    decoding: Decoding, named: str | None, suggested: Encoding | None
) -> ScriptError:
    failure = decoding.failure
    assert failure is not None  # noqa: S101 (a decoding without one is readable)
    suggestion = None if suggested is None else suggested.name
    problem = f"The text is not {named or 'utf-8'} at byte {failure.byte:,} (row {failure.row:,})"
    if named is None:
        problem += ", and it does not read well in any other usual encoding"
    advice = (
        f"it may be {suggestion}: name that as its encoding"
        if suggestion
        else "name its encoding, or save it as UTF-8 and try again"
    )
    return ScriptError(
        "wrong_encoding",
        f"{problem}; {advice}.",
        byte=failure.byte,
        row=failure.row,
        suggestion=suggestion,
    )


def _binary(kind: str, advice: str = _ADVICE) -> ScriptError:
    advice = "save it as .docx or as text" if kind in DOCUMENTS else advice
    return ScriptError("binary_file", f"This looks like {kind}, not like a script; {advice}.")


def _empty() -> ScriptError:
    return ScriptError("empty_file", "The file is empty; upload a script with some dialogue.")
