"""Find the quotations in a paragraph."""

import re
from typing import NamedTuple

from characters.scripts.quotes import CLOSING_MARKS

_QUOTATION = re.compile(
    r"「(?P<corner>[^」]*)(?:」|$)|『(?P<white>[^』]*)(?:』|$)|“(?P<double>[^”]*)(?:”|$)"
    r"|«(?P<angle>[^»]*)(?:»|$)|(?<![\w=])\"(?P<straight>[^\"]+)(?:\"(?!\w)|$)"
    r"|(?<!\w)‘(?P<single>(?:[^‘’]|’(?=\w))+)’(?!\w)"
)
_END_OF_SPEECH = "，。！？…—,.!?；;~～、"
_BEFORE_SPEECH = ":：,，"


class Quotation(NamedTuple):
    """Hold the text between quotation marks, and its range including the marks."""

    start: int
    end: int
    text: str


def find_quotations(text: str) -> list[Quotation]:
    """Return the spoken quotations in ``text``; an unclosed one extends to the end.

    A quoted word or title is not speech: it neither ends like a sentence or a part of one, nor
    opens the paragraph, nor stands behind a colon or a comma.
    """
    found = []
    for match in _QUOTATION.finditer(text):
        inner = next(group for group in match.groups() if group is not None).strip()
        if inner and _is_spoken(text, match, inner):
            found.append(Quotation(match.start(), match.end(), inner))
    return found


def _is_spoken(text: str, match: re.Match[str], inner: str) -> bool:
    if inner[-1] in _END_OF_SPEECH:
        return True
    if match["single"] is not None:  # the marks may be apostrophes
        return False
    before = text[max(0, match.start() - 9) : match.start()].rstrip()[-1:]
    return not before or before in _BEFORE_SPEECH or match[0][-1] not in CLOSING_MARKS
