"""What to tell somebody whose file does not decode."""

import codecs
from typing import BinaryIO

from charset_normalizer import from_bytes

from characters.errors import ScriptError
from characters.scripts.chinese import PLAUSIBLE, chinese_plausibility
from characters.scripts.decoding import CHUNK_BYTES, Failure, decode_all

_HINT_BYTES = 16_384
_DAMAGED_SHARE = 0.05
_CANDIDATES = [
    "big5",
    "big5hkscs",
    "cp932",
    "cp949",
    "cp1250",
    "cp1251",
    "cp1252",
    "euc_jp",
    "euc_kr",
    "iso8859_15",
    "koi8_r",
    "shift_jis",
]
"""What scripts are found in, besides UTF-8 and GB18030; charset-normalizer knows many more."""


def wrong_encoding(file: BinaryIO, named: str | None, failure: Failure) -> ScriptError:
    """``failure``, with an encoding that would work, or what is damaged.

    ``named``: the encoding that the caller asked for; None if it was to be detected, in which
    case ``failure`` is that of UTF-8.
    """
    part = _non_ascii_part(file)
    whole, damaged = _find_damage(file, part)
    if damaged is not None and named in (None, whole):
        return _error(
            damaged,
            None,
            f"The text is {whole} but for the bytes at {_place(damaged)}: they are damaged or cut"
            " off; repair that row.",
        )
    suggestion = whole if damaged is None and whole != named else _suggest(file, part, named)
    problem = f"The text is not {named or 'utf-8'} at {_place(failure)}"
    if named is None:
        problem += ", and it does not read like gb18030 either"
    advice = (
        f"it may be {suggestion}: name that as its encoding"
        if suggestion
        else "save it as UTF-8 and try again"
    )
    return _error(failure, suggestion, f"{problem}; {advice}.")


def unmarked_utf16(name: str) -> ScriptError:
    """For UTF-16 that does not say so."""
    return _error(
        Failure(0, 1),
        name,
        f"This looks like UTF-16 without a byte order mark: name {name} as its encoding.",
    )


def _error(failure: Failure, suggestion: str | None, message: str) -> ScriptError:
    return ScriptError(
        "wrong_encoding", message, byte=failure.byte, row=failure.row, suggestion=suggestion
    )


def _place(failure: Failure) -> str:
    return f"byte {failure.byte:,} (row {failure.row:,})"


def _find_damage(file: BinaryIO, part: bytes) -> tuple[str | None, Failure | None]:
    """UTF-8 or GB18030 if ``part`` is in it nearly throughout, and where ``file`` is not."""
    for name in ("utf-8", "gb18030"):
        text = part.decode(name, "replace")
        foreign = sum(character > "\x7f" for character in text)
        if not foreign or text.count("\ufffd") - 1 > _DAMAGED_SHARE * foreign:
            continue  # one is granted: the end of the part may cut a character
        if foreign == text.count("\ufffd"):
            continue
        if name == "utf-8" or chinese_plausibility(text) >= PLAUSIBLE:
            return name, decode_all(file, name).failure
    return None, None


def _suggest(file: BinaryIO, part: bytes, refused: str | None) -> str | None:
    """An encoding that decodes the whole file, the likeliest first."""
    for match in from_bytes(part, cp_isolation=_CANDIDATES):
        name = codecs.lookup(match.encoding).name
        if name != refused and decode_all(file, name).failure is None:
            return name
    return None


def _non_ascii_part(file: BinaryIO) -> bytes:
    """A bounded part of the file in which its encoding shows."""
    file.seek(0)
    while chunk := file.read(CHUNK_BYTES):
        if not chunk.isascii():
            start = next(index for index, byte in enumerate(chunk) if byte > 0x7F)
            row = chunk.rfind(b"\n", 0, start) + 1
            return chunk[row : row + _HINT_BYTES]
    return b""
