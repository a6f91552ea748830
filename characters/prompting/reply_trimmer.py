"""Trim a streaming reply, cutting it where the model begins to speak for others."""

from collections.abc import Sequence

_BLANK = " \t\r\n"


class ReplyTrimmer:
    """Turn a model's pieces of text into the character's reply.

    Removed: white space around the reply, the character's own name where the model repeats the
    cue (``三三：``), and everything from the first stop string on. Text is held back only while it
    could still turn out to be one of these, so that no text is taken back once shown.
    """

    def __init__(
        self,
        name: str,
        stops: Sequence[str],
        *,
        continuing: bool = False,
        others_open: bool = False,
    ) -> None:
        """Take ``stops`` from :func:`characters.prompting.stop_strings`.

        ``continuing``: the text continues a reply, so its beginning is kept as it is.
        ``others_open``: another speaker's name at the beginning is text as well.
        """
        self._cues = [f"{name}{colon}" for colon in ":："]
        self._stops = [stop for stop in stops if stop]
        # A reply may also open with a stop's name: then no newline precedes it.
        names = (":", "：") if others_open else ()
        openings = (stop.lstrip("\n") for stop in self._stops)
        self._opening_stops = [each for each in openings if each and not each.endswith(names)]
        self._held = ""
        self._begun = continuing
        self.ended = False
        """Whether a stop string was found; later text is ignored."""

    def feed(self, piece: str) -> str:
        """Return the text that is certain after ``piece``."""
        if self.ended:
            return ""
        self._held += piece
        if not self._begun and not self._begin(final=False):
            return ""
        return self._release(final=False)

    def finish(self) -> str:
        """Return the rest, at the end of the stream."""
        if self.ended or (not self._begun and not self._begin(final=True)):
            return ""
        return self._release(final=True)

    def _begin(self, *, final: bool) -> bool:
        """Strip cues and white space before the reply; return whether the reply has begun."""
        while True:
            self._held = self._held.lstrip(_BLANK)
            cue = next((cue for cue in self._cues if self._held.startswith(cue)), None)
            if cue is None:
                break
            self._held = self._held[len(cue) :]
        if any(self._held.startswith(stop) for stop in self._opening_stops):
            self.ended = True
            self._held = ""
            return False
        openings = (*self._cues, *self._opening_stops)
        undecided = any(opening.startswith(self._held) for opening in openings)
        self._begun = bool(self._held) and (final or not undecided)
        return self._begun

    def _release(self, *, final: bool) -> str:
        cuts = [at for stop in self._stops if (at := self._held.find(stop)) >= 0]
        if cuts:
            self.ended = True
            text, self._held = self._held[: min(cuts)].rstrip(_BLANK), ""
            return text
        keep = 0 if final else self._undecided_tail()
        text = self._held[: len(self._held) - keep]
        # White space at the end is held back: it may be the end of the reply.
        shown = text.rstrip(_BLANK)
        self._held = "" if final else self._held[len(shown) :]
        return shown

    def _undecided_tail(self) -> int:
        """Return the length of the longest end of the text that begins a stop string."""
        longest = max((len(stop) for stop in self._stops), default=0)
        for length in range(min(longest - 1, len(self._held)), 0, -1):
            tail = self._held[-length:]
            if any(stop.startswith(tail) for stop in self._stops):
                return length
        return 0
