"""Choose the prompt language, Chinese or English, that suits a text."""

import re
from collections.abc import Iterable
from typing import Literal

Language = Literal["zh", "en"]

_CHINESE_SHARE = 0.15
"""A Chinese word is one or two characters, a Latin one about five: a low share is enough."""

_NARROW = re.compile("[\0-\u2e7f]+")


def detect_language(texts: Iterable[str]) -> Language:
    """Return ``zh`` if at least 15 % of the letters are CJK ideographs or kana, else ``en``.

    Prompts exist in these two languages only. Japanese counts as ``zh`` (it shares ideographs
    and full-width punctuation); Korean in Hangul, like any other script, as ``en``. A text
    without letters is ``en``.
    """
    chinese = letters = 0
    for text in texts:
        if text.isascii():
            letters += sum(map(str.isalpha, text))
            continue
        for character in text:
            if character.isalpha():
                letters += 1
                chinese += "\u3040" <= character <= "\u30ff" or _is_ideograph(character)
    return "zh" if chinese and chinese >= _CHINESE_SHARE * letters else "en"


def prompt_language(stored: str) -> Language:
    """Return the language of the prompts about what is stored as being in a language."""
    return "zh" if stored == "zh" else "en"


def reading_length(text: str) -> float:
    """Return a text's approximate length in tokens: 1 a CJK character, 1/3 any other.

    A multilingual tokenizer makes about one token of a CJK character, and one of three to four
    Latin letters.
    """
    if text.isascii():
        return len(text) / 3
    wide = len(_NARROW.sub("", text))  # three times as fast as counting character by character
    return wide + (len(text) - wide) / 3


def clip(text: str, most: int) -> str:
    """Return the text as one line, cut off behind a :func:`reading_length` of ``most``."""
    whole = " ".join(text.split())
    line = whole[: 3 * most + 1]
    while reading_length(line) > most:
        line = line[: -max(1, int(reading_length(line) - most))]
    return line if len(line) == len(whole) else f"{line}…"


def _is_ideograph(character: str) -> bool:
    return (
        "\u3400" <= character <= "\u9fff"
        or "\uf900" <= character <= "\ufaff"
        or "\U00020000" <= character <= "\U000323af"
    )
