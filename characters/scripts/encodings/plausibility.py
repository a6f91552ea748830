"""Measure how much a text reads like the languages of an encoding, 0 to 1 each."""

from collections.abc import Callable, Sequence

from characters.scripts.encodings.chinese import chinese_plausibility, everyday_characters

_KANA_SHARE = 0.2
_SYLLABLES = 8
_OTHERS_SHARE = 0.05
_LOST = "\ufffd"
_WESTERN = frozenset(
    "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜàáâãäåæçèéêëìíîïñòóôõöøùúûüÿßŒœŠšŽžŸ«»“”‘’„‚‹›–—…•·¡¿€£§°´ºª©\u00a0"
)
_SIGNS = frozenset("£¡¿§°ºª€")
_NEVER_IN_THE_WEST = (("ø", "ìèùò"), ("õ", "û"))
_NEVER_IN_CENTRAL_EUROPE = (("ý", "ţđ"), ("Ý", "ţđ"))
_MIXED_LETTERS = 0.4
_CENTRAL = frozenset(
    "ÁÂĂÄĆÇČĎĐÉĘËĚÍÎŁĹĽŃŇÓÔŐÖŔŘŚŞŠŤŢÚŮŰÜÝŹŻŽáâăäąćçčďđéęëěíîłĺľńňóôőöŕřśşšťţúůűüýźżžĄß«»“”‘’„‚‹›–—…•·"
    "€§°\u00a0"
)
_AROUND_LETTERS = frozenset("«»“”‘’„‚–—…•،؛؟ـ\u00a0\u200e\u200f\u200c\u200d")
_FEWEST_LETTERS = 12
_FREQUENT_SHARE = 0.3
_OWN_SHARE = 0.97


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

    In a text of another script, read as Western, accented letters stand side by side, and signs
    stand within words; Czech and Hungarian have letters together that no Western language has.
    """
    return _share_between_ascii(text, _WESTERN, _NEVER_IN_THE_WEST)


def central_plausibility(text: str) -> float:
    """Return the same share for the letters of Polish, Czech, Hungarian and their neighbours."""
    return _share_between_ascii(text, _CENTRAL, _NEVER_IN_CENTRAL_EUROPE) if text else 0.0


def _share_between_ascii(
    text: str, good: frozenset[str], never: Sequence[tuple[str, str]]
) -> float:
    """Return the share of ``good`` characters that stand alone; ``never`` lists letters apart."""
    foreign = alone = 0
    before = ""
    for character, after in zip(text, text[1:] + " ", strict=False):
        if character > "\x7f":
            foreign += 1
            beside = (before > "\x7f" and before.isalpha()) or (after > "\x7f" and after.isalpha())
            inside = character in _SIGNS and before.isalpha() and after.isalpha()
            alone += character in good and not (beside and character.isalpha()) and not inside
        before = character
    share = alone / foreign if foreign else 1.0
    letters = set(text)
    mixed = any(letters >= {one, other} for one, others in never for other in others)
    return round(share * (_MIXED_LETTERS if mixed else 1), 3)


def hebrew_plausibility(text: str) -> float:
    """Return 1 for nothing but Hebrew letters, in enough of them: Cyrillic has further ones."""
    return _letters_of(text, "\u05d0", "\u05ea", "יוהלאמ")


def arabic_plausibility(text: str) -> float:
    """Return 1 for nothing but Arabic letters, in enough of them, with the frequent ones."""
    return _letters_of(text, "\u0621", "\u06cc", "اليمنو")


def _letters_of(text: str, first: str, last: str, frequent: str) -> float:
    foreign = [each for each in text if each > "\x7f" and each not in _AROUND_LETTERS]
    own = sum(first <= character <= last for character in foreign)
    often = sum(character in frequent for character in foreign)
    enough = own >= _FEWEST_LETTERS and often >= _FREQUENT_SHARE * own
    return float(enough and own >= _OWN_SHARE * len(foreign))


PLAUSIBILITIES: dict[tuple[str, ...], Callable[[str], float]] = {
    ("euc_kr",): korean_plausibility,
    ("gb18030",): chinese_plausibility,
    ("big5", "cp950", "big5hkscs"): chinese_plausibility,
    ("shift_jis", "cp932"): japanese_plausibility,
    ("euc_jp",): japanese_plausibility,
    ("cp1255",): hebrew_plausibility,
    ("cp1256",): arabic_plausibility,
    ("cp1252",): western_plausibility,
    ("cp1250",): central_plausibility,
}
"""For each family of encodings, the narrowest first, the measure of its texts. Of two equally
plausible families, the first is taken."""
