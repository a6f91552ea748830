"""Find a reply that says of its character what the user said of themselves.

"I walked miles to get here." — "I've walked miles to get here!" A small model takes the user's
place. A reply that turns the words round ("You walked miles?") or joins in ("I did, too", "我也…")
does not.
"""

import re
from collections.abc import Iterable

from characters.language import Language
from characters.screening.sentences import sentences
from characters.screening.words import Words, words_of

_FIRST_PERSON = frozenset({"i", "i'm", "i've", "i'd", "i'll", "my", "me", "myself", "我"})
_OTHER_PERSONS = frozenset(
    {"you", "you're", "you've", "you'd", "you'll", "your", "he", "she", "they", "we", "it"}
    | {"你", "您", "他", "她"}
)
_JOINING_IN = frozenset({"too", "also", "either", "neither", "likewise", "same", "也", "都"})
_RUN: dict[Language, int] = {"en": 4, "zh": 5}
"""Words, or Chinese characters; fewer are a turn of phrase."""
_LEAST_WHOLE = 4
"""Fewest words, or characters, of a line that a reply may not just say back."""
_QUESTION = re.compile(r"[?？]\W*$")


class OwnWords:
    """Know what messages say in the first person, to find it in a reply's first person."""

    def __init__(self, messages: Iterable[str], language: Language) -> None:
        """Take the user's newest lines, and the character's language."""
        self._run = _RUN[language]
        said = [words_of(each) for each in messages]
        self._known = {run for words in said for run in _own_runs(words, self._run)}
        self._whole = {words for words in said if len(words) >= _LEAST_WHOLE}

    def find(self, text: str) -> int | None:
        """Return where the first sentence begins that claims them, or says one back; or None."""
        at = 0
        for sentence in sentences(text) if self._whole else ():
            words = words_of(sentence)
            asks = _QUESTION.search(sentence) is not None
            if words in self._whole and not asks:
                return at
            joins = asks or not _JOINING_IN.isdisjoint(words)
            if not joins and not self._known.isdisjoint(_own_runs(words, self._run)):
                return at
            at += len(sentence)
        return None


def _own_runs(words: Words, run: int) -> set[Words]:
    """Return the runs that begin with, or behind, a word for the speaker rather than another."""
    found: set[Words] = set()
    own = False
    for at in range(len(words) - run + 1):
        own = (own or words[at] in _FIRST_PERSON) and words[at] not in _OTHER_PERSONS
        if own:
            found.add(words[at : at + run])
    return found
