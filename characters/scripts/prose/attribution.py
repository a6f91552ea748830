"""Find the speaker of a quotation in a clause beside it; without one, none is guessed."""

import re
from collections.abc import Sequence

from characters.scripts.prose import chinese, english, european, japanese
from characters.scripts.prose.dashes import opening_dash
from characters.scripts.prose.quotations import Quotation

_CLAUSE_CHARACTERS = 200
"""How far from a quotation its clause may reach."""

_KNOWN = 10_000
_MARKS = " 。.！!？?…—-–―，,；;：:"
_CIRCUMSTANCE = re.compile(r"(?:[^\W\d_\u2e80-\uffff]| ){0,60}")
_GOES_ON = ("，", ",", "：", ":")


class Attribution:
    """Find speakers in the paragraphs of one script, and remember them."""

    def __init__(self) -> None:
        self._known: set[str] = set()

    def find_speakers(self, text: str, quotations: Sequence[Quotation]) -> list[str | None]:
        """Return for each quotation in the paragraph ``text`` its speaker, or None.

        A clause behind the quotation takes precedence over one in front of it. Where the text
        between two quotations is nothing but a clause (``“Yes,” said Anna, “no.”``), both have the
        same speaker; so have all parts of a paragraph that opens with a dash.
        """
        if opening_dash(text):
            return self._find_one(text, quotations)
        speakers: list[str | None] = []
        same: str | None = None
        ends = [*(quotation.start for quotation in quotations), len(text)][1:]
        start = 0
        for quotation, end in zip(quotations, ends, strict=True):
            after = text[quotation.end : end]
            found = self._name_after(after[:_CLAUSE_CHARACTERS])
            before = text[start : quotation.start]
            name = found[0] if found else self._name_before(before, after) or same
            speakers.append(name)
            self._remember(name)
            same = name if found is not None and _is_all(after, found[1]) else None
            start = quotation.end
        return speakers

    def _find_one(self, text: str, quotations: Sequence[Quotation]) -> list[str | None]:
        """Return for each part of one person's speech the name that a clause between them has."""
        ends = [*(quotation.start for quotation in quotations), len(text)][1:]
        for quotation, end in zip(quotations, ends, strict=True):
            found = self._name_after(text[quotation.end : end][:_CLAUSE_CHARACTERS])
            if found is not None:
                self._remember(found[0])
                return [found[0]] * len(quotations)
        return [None] * len(quotations)

    def _remember(self, name: str | None) -> None:
        if name is not None and len(self._known) < _KNOWN:
            self._known.add(name)

    def _name_after(self, text: str) -> tuple[str, int] | None:
        return (
            chinese.name_after(text)
            or english.name_after(text)
            or european.name_after(text, self._known)
            or japanese.name_after(text)
        )

    def _name_before(self, text: str, behind: str) -> str | None:
        text = text[-_CLAUSE_CHARACTERS:]
        return (
            chinese.name_before(text, self._known)
            or english.name_before(text)
            or european.name_before(text, self._known)
            or japanese.name_before(text, behind[:_CLAUSE_CHARACTERS])
        )


def _is_all(clause: str, end: int) -> bool:
    """Return whether ``clause`` names no one else behind ``end``, or its sentence continues."""
    rest = clause[end:].strip(_MARKS)
    alone = _CIRCUMSTANCE.fullmatch(rest) is not None and rest == rest.lower()
    return alone or clause.rstrip().rstrip("—–-").rstrip().endswith(_GOES_ON)
