"""Recognise files that are not text, and name what they are."""

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF87a", "a GIF picture"),
    (b"GIF89a", "a GIF picture"),
    (b"PK\x03\x04", "a ZIP archive (Word and Excel files are such archives)"),
    (b"PK\x05\x06", "an empty ZIP archive"),
    (b"%PDF-", "a PDF document"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Word or Excel document"),
    (b"{\\rtf", "an RTF document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"\xfd7zXZ\x00", "an XZ archive"),
    (b"\x7fELF", "a program"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"OggS\x00", "an Ogg recording"),
    (b"fLaC\x00", "a FLAC recording"),
    (b"ID3\x03", "an MP3 recording"),
    (b"ID3\x04", "an MP3 recording"),
    (b"II*\x00", "a TIFF picture"),
    (b"MM\x00*", "a TIFF picture"),
    (b"GGUF\x03", "a model file"),
)
_GAMES: tuple[tuple[bytes, str, str], ...] = (
    (
        b"RENPY RPC2",
        "a compiled Ren'Py script",
        "upload the .rpy files beside it, or a ZIP of them",
    ),
    (b"RPA-", "a Ren'Py archive", "unpack it, and upload a ZIP of the .rpy files in it"),
    (
        b"XP3\r\n \n\x1a",
        "an archive of Kirikiri",
        "unpack it, and upload a ZIP of the .ks files in it",
    ),
    (
        b"UnityFS\0",
        "an asset bundle of Unity",
        "export its texts, and upload them as text or a table",
    ),
    (
        b"\x04\x08",
        "data of RPG Maker XP, VX or VX Ace",
        "convert it to the JSON of MV or MZ, or to text",
    ),
)
"""Signatures of games' compiled files, what they are, and what to upload instead."""
DOCUMENTS = frozenset(("a PDF document", "an old Word or Excel document", "an RTF document"))
"""Kinds that a word processor can save in another format."""

_RIFF = {b"WAVE": "a WAV recording", b"AVI ": "an AVI film", b"WEBP": "a WebP picture"}
_CONTROLS = bytes(code for code in range(32) if code not in b"\t\n\v\f\r\x1a\x1b")
_TOLERATED_CONTROLS = 8
_TOLERATED_SHARE = 0.02
_UTF16_SHARE = 0.9
_PAIRS_SHARE = 0.6
_USUAL = (  # ASCII, Latin, Cyrillic, and of East Asia: punctuation, kana, ideographs
    (" ", "~"),
    ("\u00a0", "\u024f"),
    ("\u0400", "\u045f"),
    ("\u2010", "\u203a"),
    ("\u3000", "\u30ff"),
    ("\u4e00", "\u9fff"),
    ("\uff00", "\uffef"),
)


def find_signature(head: bytes) -> str | None:
    """Return the kind of file that ``head`` begins, where a signature shows it."""
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if head[:3] == b"\0\0\0" and head[4:8] == b"ftyp":
        return "an MP4 film or recording"
    return _RIFF.get(head[8:12]) if head[:4] == b"RIFF" else None


def find_game(head: bytes) -> tuple[str, str] | None:
    """Return what a game's compiled file is, and what to upload instead; None for other files."""
    found = ((kind, advice) for magic, kind, advice in _GAMES if head.startswith(magic))
    return next(found, None)


def has_binary_bytes(head: bytes) -> bool:
    """Return whether more than a few stray bytes are control characters.

    Not meant for UTF-16 and UTF-32, which are full of them.
    """
    controls = len(head) - len(head.translate(None, _CONTROLS))
    return controls > _TOLERATED_CONTROLS and controls > _TOLERATED_SHARE * len(head)


def find_unmarked_utf16(head: bytes) -> str | None:
    """Return ``utf-16-le`` or ``utf-16-be`` if ``head`` is usual text in it, else None."""
    if b"\0" not in head:  # in UTF-16 every row end and ASCII character has one
        return None
    even = head[: len(head) // 2 * 2]
    texts = {name: even.decode(name, "replace") for name in ("utf-16-le", "utf-16-be")}
    best = max(texts, key=lambda name: _usual_share(texts[name]))
    text = texts[best]
    return best if _usual_share(text) > _UTF16_SHARE and not _is_ascii_in_pairs(text) else None


def _usual_share(text: str) -> float:
    usual = sum(
        character in "\t\r\n" or any(first <= character <= last for first, last in _USUAL)
        for character in text
    )
    return usual / max(1, len(text))


def _is_ascii_in_pairs(text: str) -> bool:
    """Return whether the ideographs of ``text`` are pairs of ASCII letters, as in no real text."""
    ideographs = [ord(character) for character in text if "\u4e00" <= character <= "\u9fff"]
    pairs = sum(code >> 8 < 0x7F and 0x20 <= code & 0xFF < 0x7F for code in ideographs)
    return pairs > _PAIRS_SHARE * len(ideographs)
