"""Measure how much a text reads like the languages of an encoding, 0 to 1 each."""

from collections.abc import Callable

from characters.scripts.encodings.chinese import chinese_plausibility, everyday_characters

_KANA_SHARE = 0.2
_SYLLABLES = 8
_OTHERS_SHARE = 0.05
_LOST = "\ufffd"
_WESTERN = frozenset(
    "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜàáâãäåæçèéêëìíîïñòóôõöøùúûüÿßŒœŠšŽžŸ«»“”‘’„‚‹›–—…•·¡¿€£§°´ºª©\u00a0"
)


def japanese_plausibility(text: str) -> float:
    """Return the share of kana, everyday characters and punctuation; 0 under a fifth of kana.

    Half-width kana do not count: Chinese read as Shift_JIS consists of them.
    """
    foreign = [character for character in text if character > "\x7f"]
    if not foreign:
        return 1.0
    kana = sum("\u3041" <= character <= "\u30ff" for character in foreign)
    everyday = everyday_characters()
    others = sum(character in everyday for character in foreign)
    share = (kana + others) / len(foreign)
    return round(min(1.0, share * 1.1), 3) if kana >= _KANA_SHARE * len(foreign) else 0.0


def korean_plausibility(text: str) -> float:
    """Return 1 for Hangul alone, in enough syllables.

    Hangul in EUC-KR has the bytes of common Chinese in GB 2312, so that each reads well as the
    other; but only every second character of Chinese reads as Hangul.
    """
    syllables = sum("\uac00" <= character <= "\ud7a3" for character in text)
    others = sum("\u3400" <= character <= "\u9fff" or character == _LOST for character in text)
    return float(syllables >= _SYLLABLES and others <= _OTHERS_SHARE * syllables)


def western_plausibility(text: str) -> float:
    """Return the share of Western letters and punctuation that stand between ASCII characters.

    In a text of another script, read as Western, accented letters stand side by side.
    """
    foreign = alone = 0
    before = ""
    for character, after in zip(text, text[1:] + " ", strict=False):
        if character > "\x7f":
            foreign += 1
            beside = (before > "\x7f" and before.isalpha()) or (after > "\x7f" and after.isalpha())
            alone += character in _WESTERN and not (beside and character.isalpha())
        before = character
    return round(alone / foreign, 3) if foreign else 1.0


PLAUSIBILITIES: dict[tuple[str, ...], Callable[[str], float]] = {
    ("euc_kr",): korean_plausibility,
    ("gb18030",): chinese_plausibility,
    ("big5", "cp950", "big5hkscs"): chinese_plausibility,
    ("shift_jis", "cp932"): japanese_plausibility,
    ("euc_jp",): japanese_plausibility,
    ("cp1252",): western_plausibility,
}
"""For each family of encodings, the narrowest first, the measure of its texts. Of two equally
plausible families, the first is taken."""
