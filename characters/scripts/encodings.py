"""Which encoding a script is in, told from the whole file in bounded memory."""

import codecs
from dataclasses import dataclass
from typing import BinaryIO

from characters.errors import ScriptError
from characters.scripts.binary import find_signature, find_unmarked_utf16, has_binary_bytes
from characters.scripts.chinese import PLAUSIBLE, chinese_plausibility
from characters.scripts.decoding import CHUNK_BYTES, decode_all
from characters.scripts.encoding_hints import unmarked_utf16, wrong_encoding

_BOMS = (  # UTF-32 before UTF-16: their little-endian marks begin alike
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NOT_FOR_SCRIPTS = {"idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape"}


@dataclass(frozen=True, slots=True)
class Encoding:
    """A codec name and how sure it is that it is the right one, 0 to 1."""

    name: str
    confidence: float


def detect_encoding(file: BinaryIO, encoding: str | None = None) -> Encoding:
    """The encoding of ``file`` (seekable), every byte of which was decoded with it.

    Without ``encoding``: a byte order mark decides; else UTF-8 if the file is UTF-8 throughout;
    else GB18030 (which contains GBK and GB2312) if it decodes and reads like Chinese.

    Raises ``ScriptError``: ``unknown_encoding``; ``wrong_encoding`` with ``byte`` (0-based),
    ``row`` and ``suggestion`` (None if nothing fits); ``binary_file``; ``empty_file``.
    """
    if encoding is not None:
        encoding = _known_encoding(encoding)
    file.seek(0)
    head = file.read(CHUNK_BYTES)
    if (kind := find_signature(head)) is not None:
        raise _binary(kind)
    marked = next((name for bom, name in _BOMS if head.startswith(bom)), None)
    if encoding is None and marked is None:
        return _guess(file, head)
    name = encoding or marked or ""
    if name == "utf-16" and marked != name:
        name = find_unmarked_utf16(head) or name
    decoding = decode_all(file, name)
    if decoding.blank and not decoding.failure:
        raise _empty()
    if decoding.failure is not None:
        raise wrong_encoding(file, name, decoding.failure)
    agreed = encoding is None or encoding == marked
    return Encoding(name, 1.0 if agreed else _confidence(name, decoding.sample))


def _guess(file: BinaryIO, head: bytes) -> Encoding:
    if has_binary_bytes(head):
        utf16 = find_unmarked_utf16(head)
        raise _binary("a binary file") if utf16 is None else unmarked_utf16(utf16)
    utf8 = decode_all(file, "utf-8")
    if utf8.failure is None:
        if utf8.blank:
            raise _empty()
        return Encoding("utf-8", 1.0)
    gb18030 = decode_all(file, "gb18030")
    confidence = chinese_plausibility(gb18030.sample)
    if gb18030.failure is None and confidence >= PLAUSIBLE:
        return Encoding("gb18030", confidence)
    raise wrong_encoding(file, None, utf8.failure)


def _confidence(name: str, text: str) -> float:
    """How well a sample supports an encoding that the caller named and that decodes."""
    if name.startswith(("gb", "big5", "hz")):
        return chinese_plausibility(text)
    return 1.0 if name.startswith("utf-8") else 0.9


def _known_encoding(name: str) -> str:
    try:
        known = codecs.lookup(name).name
        b"\n\n\n\n".decode(known, "ignore")  # refuses codecs that do not make text
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


def _binary(kind: str) -> ScriptError:
    return ScriptError(
        "binary_file", f"This looks like {kind}, not like text; upload a text or CSV file."
    )


def _empty() -> ScriptError:
    return ScriptError("empty_file", "The file is empty; upload a script with some dialogue.")
