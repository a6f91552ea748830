"""Match tables of phrases, some of them only for characters whose own words they are not."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from characters.screening.model import Finding, Offence
from characters.screening.sentences import sentence_start
from characters.screening.words import plain

STOP = r"(?=\s*(?:[.!?。！？~～\n]|$))"
"""The end of a sentence."""


@dataclass(frozen=True, slots=True)
class PhraseTable:
    """Hold phrases that are one offence."""

    offence: Offence
    pattern: re.Pattern[str]
    unless: re.Pattern[str] | None = None
    """Words of a character who may say these phrases: a robot speaks of its programming."""

    def applies_to(self, own_words: str) -> bool:
        """Return whether a character with these texts may not say the phrases."""
        return self.unless is None or not self.unless.search(own_words)


def table(offence: Offence, phrases: Iterable[str], unless: str = "") -> PhraseTable:
    """Return the table of these regular expressions; ``unless`` is one as well."""
    return PhraseTable(
        offence,
        re.compile("|".join(phrases), re.IGNORECASE),
        re.compile(unless, re.IGNORECASE) if unless else None,
    )


def find_phrase(text: str, tables: Iterable[PhraseTable], own_words: str = "") -> Finding | None:
    """Return the first table's finding that has a phrase in the text.

    ``own_words``: :func:`~characters.screening.words.plain` words of the character's, in which a
    phrase may be found: a shopkeeper does ask "How can I help you?".
    """
    said = plain(text)
    for each in tables:
        match = each.pattern.search(said)
        if match and match.group().casefold() not in own_words:
            return Finding(each.offence, sentence_start(text, match.start()))
    return None
