"""Find the speaker of a quotation in a clause beside it; without one, none is guessed."""

import re
from collections.abc import Sequence

from characters.scripts.prose import chinese, english
from characters.scripts.prose.quotations import Quotation

_CLAUSE_CHARACTERS = 200
"""How far from a quotation its clause may reach."""

_KNOWN = 10_000
_MARKS = " 。.！!？?…—-，,；;：:"
_CIRCUMSTANCE = re.compile(r"[a-z ]{0,60}")
_GOES_ON = ("，", ",", "：", ":")


class Attribution:
    """Find speakers in the paragraphs of one script, and remember them."""

    def __init__(self) -> None:
        self._known: set[str] = set()

    def find_speakers(self, text: str, quotations: Sequence[Quotation]) -> list[str | None]:
        """Return for each quotation in the paragraph ``text`` its speaker, or None.

        A clause behind the quotation takes precedence over one in front of it. Where the text
        between two quotations is nothing but a clause (``“Yes,” said Anna, “no.”``), both have the
        same speaker.
        """
        speakers: list[str | None] = []
        same: str | None = None
        ends = [*(quotation.start for quotation in quotations), len(text)][1:]
        start = 0
        for quotation, end in zip(quotations, ends, strict=True):
            after = text[quotation.end : end]
            found = _name_after(after[:_CLAUSE_CHARACTERS])
            name = found[0] if found else self._name_before(text[start : quotation.start]) or same
            speakers.append(name)
            if name is not None and len(self._known) < _KNOWN:
                self._known.add(name)
            same = name if found is not None and _is_all(after, found[1]) else None
            start = quotation.end
        return speakers

    def _name_before(self, text: str) -> str | None:
        text = text[-_CLAUSE_CHARACTERS:]
        return chinese.name_before(text, self._known) or english.name_before(text)


def _name_after(text: str) -> tuple[str, int] | None:
    return chinese.name_after(text) or english.name_after(text)


def _is_all(clause: str, end: int) -> bool:
    """Return whether ``clause`` names no one else behind ``end``, or its sentence continues."""
    rest = clause[end:].strip(_MARKS)
    return bool(_CIRCUMSTANCE.fullmatch(rest)) or clause.rstrip().endswith(_GOES_ON)
