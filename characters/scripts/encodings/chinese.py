"""Distinguish Chinese from another encoding read as Chinese."""

from functools import cache

PLAUSIBLE = 0.5
"""Plausibility from which a text is taken for Chinese."""

_FREQUENT_SHARE = 0.12
_BENEFIT_OF_DOUBT = 2
"""Frequent characters credited to every text, so that a few words need not have any."""

_FREQUENT = frozenset(
    "的一是不了我在人有他这上们来到时大地为子中你说生国年着就那和要她出也得里后自以会家可下而过"
    "天去能对小多然于心学么之都好看起发当没成只如事把还用第样道想作种开哪吗吧呢啊什怎谁很"
    "這們來時為說國著會過對學麼沒還開嗎誰樣裡後"
)
"""The most frequent characters of running Chinese, in both scripts: about four in ten."""


def chinese_plausibility(text: str) -> float:
    """Return how much the non-ASCII part of ``text`` reads like Chinese, 0 to 1.

    GB18030 gives a character to nearly every pair of bytes, so that decoding proves little. Two
    measures do: the share of everyday characters and punctuation, and the recurrence of a few
    characters (的, 是, 我, ...).
    """
    foreign = [character for character in text if character > "\x7f"]
    if not foreign:
        return 1.0
    everyday = everyday_characters()
    share = sum(character in everyday for character in foreign) / len(foreign)
    ideographs = [character for character in foreign if "\u3400" <= character <= "\u9fff"]
    if not ideographs:
        return share / 2
    frequent = _BENEFIT_OF_DOUBT + sum(character in _FREQUENT for character in ideographs)
    return round(share * min(1.0, frequent / (_FREQUENT_SHARE * len(ideographs))), 3)


@cache
def everyday_characters() -> frozenset[str]:
    """Return level 1 of GB 2312 and of Big5, their frequent halves, and East Asian punctuation."""
    simplified = bytes(
        byte for lead in range(0xB0, 0xD8) for trail in range(0xA1, 0xFF) for byte in (lead, trail)
    ).decode("gb18030")
    traditional = bytes(
        byte
        for lead in range(0xA4, 0xC7)
        for trail in (*range(0x40, 0x7F), *range(0xA1, 0xFF))
        for byte in (lead, trail)
    ).decode("big5", "ignore")
    ranges = (range(0x2010, 0x2040), range(0x3000, 0x3020), range(0xFF01, 0xFF5F), [0xB7])
    marks = (chr(code) for codes in ranges for code in codes)
    return frozenset((*simplified, *traditional, *marks))
