"""Screen a reply behind its opening, while it streams."""

from characters.screening.model import Finding
from characters.screening.screen import Screen
from characters.screening.sentences import first_end, width
from characters.screening.words import whole_words

_LOOK_BEHIND = 36
"""Width of the text that waits: seven words, or twelve Chinese characters."""
_STEP = 6
"""Width of new text after which a sentence is judged again."""
_LONGEST = 600
"""Width at which a sentence is judged without its end, so that judging takes linear time."""


class LaterText:
    """Release a reply a few words late, and end it before a sentence that fails.

    A sentence waits as a whole only while it may still turn out to be a refusal, another's turn or
    a repeat. Text without fault comes out as it went in.
    """

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._sentence = ""
        self._released = 0
        """Characters of the sentence that were released."""
        self._judged = 0
        """Width of the sentence when it was judged last."""
        self._space = ""
        """White space that is released with the next text: it may be the end of the reply."""
        self.finding: Finding | None = None
        """Why the reply ended before its end."""

    def begin(self, opening: str) -> str:
        """Return the text of a reply's opening to release."""
        return self._release(opening)

    def feed(self, piece: str) -> str:
        """Return the text that is certain after ``piece``; "" once the reply ended."""
        if self.finding is not None:
            return ""
        self._sentence += piece
        released = ""
        while (end := self._end()) is not None:
            released += self._close(end)
        if width(self._sentence) >= self._judged + _STEP:
            released += self._look()
        return released

    def finish(self) -> str:
        """Return the rest, at the end of the reply."""
        rest = ""
        if self.finding is None and self._sentence:
            rest = self._close(len(self._sentence))
        return rest if self.finding is not None else rest + self._space

    def _end(self) -> int | None:
        end = first_end(self._sentence)
        if end is None and width(self._sentence) >= _LONGEST:
            return len(self._sentence)
        return end

    def _close(self, end: int) -> str:
        """Judge the whole sentence, and begin the next."""
        sentence = self._sentence[:end]
        found = self._screen.judge_later(sentence)
        if found is not None and self._can_end(found):
            return self._cut(found)
        rest = sentence[self._released :]
        self._sentence, self._released, self._judged = self._sentence[end:], 0, 0
        return self._release(rest)

    def _can_end(self, found: Finding) -> bool:
        """Return whether to end the reply for what was found in a sentence.

        Once its beginning was shown, the end of a sentence is better shown too, unless a model
        speaks about itself.
        """
        if found.offence == "language":
            return False
        return not self._released or found.offence == "meta_talk"

    def _look(self) -> str:
        """Judge the sentence so far, and release what is far enough behind."""
        self._judged = width(self._sentence)
        found = self._screen.judge_part(self._sentence)
        if found is not None and self._can_end(found):
            return self._cut(found)
        if not self._released and self._screen.is_undecided(self._sentence):
            return ""
        end = _before_width(self._sentence, _LOOK_BEHIND)
        if end <= self._released:
            return ""
        text, self._released = self._sentence[self._released : end], end
        return self._release(text)

    def _cut(self, found: Finding) -> str:
        """End the reply before what was found; nothing released is taken back."""
        self.finding = found
        text = self._sentence[self._released : max(found.at, self._released)]
        self._sentence = ""
        return self._release(text)

    def _release(self, text: str) -> str:
        whole = self._space + text
        released = whole.rstrip()
        self._space = whole[len(released) :]
        return released


def _before_width(text: str, behind: int) -> int:
    """Return the end of the whole words before the last characters of this width."""
    end = len(text)
    while end and behind > 0:
        end -= 1
        behind -= width(text[end])
    return len(whole_words(text[:end]))
