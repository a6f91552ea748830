"""Fold texts so that the same words, however they are spelled, are the same characters. Pure."""

import re
import unicodedata

_CJK = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_BETWEEN_CJK = re.compile(rf"(?<=[{_CJK}])\s+(?=[{_CJK}])")
_BLANK = re.compile(r"\s+")
_OVERLAY = 1
"""Canonical combining class of strokes through a letter: U+0335 and others."""
_INVISIBLE = {"\u115f", "\u1160", "\u3164", "\uffa0", "\u034f", "\u17b4", "\u17b5"}
"""Fillers and joiners that are no format characters by their category."""


def fold(text: str) -> str:
    """Return the text for comparing: compatibility forms, without case, without invisible marks.

    Full-width letters become plain ones; zero-width characters, variation selectors and strokes
    through letters go; white space becomes one space, and none between Chinese or Japanese
    characters. Accents stay: words differ by them.
    """
    if text.isascii():
        seen = "".join(each for each in text if each.isprintable() or each.isspace())
        return _BLANK.sub(" ", seen).casefold()
    shown = "".join(map(_shown, unicodedata.normalize("NFKC", text)))
    folded = unicodedata.normalize("NFKC", shown.casefold())
    return _BLANK.sub(" ", _BETWEEN_CJK.sub("", folded))


def is_counted(character: str) -> bool:
    """Return whether a character certainly remains one when its text is folded.

    White space may merge, and marks and Hangul jamo may join the character before them.
    """
    if character.isascii():
        return character.isprintable() and character != " "
    if character.isspace() or "\u1100" <= character <= "\u11ff":
        return False
    return unicodedata.category(character)[0] != "M" and _shown(character) != ""


def is_cjk(character: str) -> bool:
    """Return whether a character belongs to a script that is written without spaces."""
    return re.match(f"[{_CJK}]", character) is not None


def _shown(character: str) -> str:
    if character.isascii():
        return character if character.isprintable() or character.isspace() else ""
    category = unicodedata.category(character)
    if category in {"Cc", "Cf", "Cn", "Co", "Cs", "Me"} or character in _INVISIBLE:
        return " " if character.isspace() else ""
    if "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef":
        return ""
    return "" if unicodedata.combining(character) == _OVERLAY else character
