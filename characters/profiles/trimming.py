"""Trim a drafted profile as it streams: whole sentences, none repeated, up to a length."""

import re
import unicodedata

from characters.language import reading_length

MOST_LENGTH = 400
"""Longest draft, in CJK characters (three others count as one): what a prompt has room for."""

_ALIKE = 0.7
"""Least share of letter pairs that two sentences have in common to count as repetitions."""
_MOST_DROPPED = 2
"""Repeated sentences after which the model counts as going round in circles."""
_QUOTED = 120
"""Characters; a quotation not closed by then is taken for a stray quote."""
_END = re.compile(r"[。！？!?]+[\"”’」』）)]*|\.+[\"”’)]*(?=\s)|\n+")
_QUOTES = (("“", "”"), ("「", "」"), ("『", "』"))


class ProfileTrimmer:
    """Turn an engine's pieces of text into sentences.

    A sentence is held back until it is complete and known not to repeat an earlier one, so that
    no shown text is dropped later. ``ended`` turns true when no more will come: at a blank line
    after the profile, at the longest draft, or when the model repeats itself.
    """

    def __init__(self) -> None:
        self._opening = ""
        self._held = ""
        self._seen: list[frozenset[str]] = []
        self._length = 0.0
        self._dropped = 0
        self.ended = False

    def begin(self, opening: str) -> None:
        """Start a sentence with ``opening``, which the engine continues."""
        self._opening = self._held = opening

    def feed(self, piece: str) -> str:
        """Return the sentences that ``piece`` completes."""
        self._held += piece
        sentences = ""
        while not self.ended and (end := self._sentence_end()):
            sentence, self._held = self._held[:end], self._held[end:]
            sentences += self._accept(sentence)
        return sentences

    def finish(self, *, cut_off: bool) -> str:
        """Return the rest at the end of the stream, without a sentence that was ``cut_off``."""
        rest, self._held = self._held.rstrip(), ""
        if self.ended or rest == self._opening.rstrip() or (cut_off and self._seen):
            return ""
        return self._accept(rest)

    def _sentence_end(self) -> int:
        for match in _END.finditer(self._held):
            end = match.end()
            # Punctuation at the end of the text may continue: a closing quote, a second full stop.
            if end < len(self._held) and (end > _QUOTED or not _is_quoting(self._held[:end])):
                return end
        return 0

    def _accept(self, sentence: str) -> str:
        # Some engines repeat the text they should continue.
        twice = sentence.removeprefix(self._opening).lstrip()
        if self._opening and twice.startswith(self._opening.lstrip()):
            sentence = twice
        if not self._seen:
            sentence = sentence.lstrip()
        pairs = _pairs(sentence)
        if any(_likeness(pairs, seen) >= _ALIKE for seen in self._seen):
            self._dropped += 1
            self.ended = self._dropped >= _MOST_DROPPED
            return ""
        if pairs:
            self._length += reading_length(sentence)
            if self._length > MOST_LENGTH and self._seen:
                self.ended = True
                return ""
            self._seen.append(pairs)
        elif self._seen and sentence.isspace():
            self.ended = "\n\n" in sentence
            return "" if self.ended else sentence
        return sentence


def _is_quoting(text: str) -> bool:
    """Return whether the text ends inside a quotation."""
    opened = any(text.count(opening) > text.count(closing) for opening, closing in _QUOTES)
    return opened or text.count('"') % 2 == 1


def _pairs(sentence: str) -> frozenset[str]:
    """Return the pairs of neighbouring letters, without punctuation and case."""
    folded = unicodedata.normalize("NFKC", sentence).casefold()
    letters = "".join(filter(str.isalnum, folded))
    return frozenset(letters[at : at + 2] for at in range(len(letters) - 1))


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / max(1, len(one | other))
