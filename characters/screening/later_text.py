"""Screen a reply behind its opening, while it streams."""

from characters.screening.model import Finding
from characters.screening.screen import Screen
from characters.screening.sentences import first_end, width

_LONGEST = 240
"""Width at which a sentence is judged without its end."""


class LaterText:
    """Release a reply sentence by sentence, and end it before one that fails.

    A sentence waits for its end: what gives an assistant away is often its last word. Text without
    fault comes out as it went in.
    """

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._sentence = ""
        self._continues = False
        """Whether the beginning of the sentence was released."""
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
        while (end := first_end(self._sentence)) is not None:
            released += self._close(end)
            self._continues = False
        if width(self._sentence) >= _LONGEST:
            released += self._close(len(self._sentence))
            self._continues = True
        return released

    def finish(self) -> str:
        """Return the rest, at the end of the reply."""
        rest = self._close(len(self._sentence)) if self._sentence else ""
        return rest if self.finding is not None else rest + self._space

    def _close(self, end: int) -> str:
        """Judge the sentence that ends here, and return what to release of it."""
        sentence, self._sentence = self._sentence[:end], self._sentence[end:]
        found = self._screen.judge_later(sentence)
        if found is None or not self._can_end(found):
            return self._release(sentence)
        self.finding, self._sentence = found, ""
        return self._release(sentence[: found.at])

    def _can_end(self, found: Finding) -> bool:
        """Return whether to end the reply for what was found in a sentence.

        Once its beginning was shown, the end of a sentence is better shown too, unless a model
        speaks about itself.
        """
        if found.offence == "language":
            return False
        return not self._continues or found.offence == "meta_talk"

    def _release(self, text: str) -> str:
        whole = self._space + text
        released = whole.rstrip()
        self._space = whole[len(released) :]
        return released
