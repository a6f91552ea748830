"""Cut a stream of text at stop strings, and keep its characters whole."""

from collections.abc import Sequence


class StopFilter:
    """Cut a stream of text at the stop string that is complete first, across piece boundaries.

    That is where an engine stops, however the text is divided; of two that end together the longer
    one counts.

    Text that may begin a stop string is held back until the next piece decides. Engines cut as
    well, but not all of them hold back a partial match.
    """

    def __init__(self, stops: Sequence[str]) -> None:
        self._stops = tuple(stop for stop in stops if stop)
        # A turn has over a hundred stop strings, and most tokens contain no first character of one.
        self._firsts = {stop[0] for stop in self._stops}
        self._beginnings = {stop[:end] for stop in self._stops for end in range(1, len(stop))}
        self._longest = max(map(len, self._beginnings), default=0)
        self._held = ""
        self.stopped = False

    def feed(self, text: str) -> str:
        """Return the part of the text held back and ``text`` to show now; "" after a stop."""
        if self.stopped:
            return ""
        buffer = self._held + text
        if self._firsts.isdisjoint(buffer):
            self._held = ""
            return buffer
        found = [(at + len(stop), at) for stop in self._stops if (at := buffer.find(stop)) >= 0]
        if found:
            self.stopped = True
            self._held = ""
            return buffer[: min(found)[1]]
        keep = len(buffer) - self._partial(buffer)
        self._held = buffer[keep:]
        return buffer[:keep]

    def flush(self) -> str:
        """Return the text held back, which turned out not to be a stop string."""
        held, self._held = self._held, ""
        return held

    def _partial(self, buffer: str) -> int:
        """Return the length of the longest end of ``buffer`` that begins a stop string."""
        for length in range(min(self._longest, len(buffer)), 0, -1):
            if buffer[-length:] in self._beginnings:
                return length
        return 0


class CharacterJoiner:
    r"""Join surrogate pairs (JSON's ``\ud83c`` ``\udfad``) split between two deltas."""

    def __init__(self) -> None:
        self._held = ""

    def feed(self, text: str) -> str:
        """Return whole characters; a first half at the end waits for the second."""
        buffer = self._held + text
        self._held = ""
        if buffer and "\ud800" <= buffer[-1] <= "\udbff":
            buffer, self._held = buffer[:-1], buffer[-1]
        return _joined(buffer)

    def flush(self) -> str:
        """Return the rest of the text; an unpaired half becomes U+FFFD."""
        held, self._held = self._held, ""
        return _joined(held)


def _joined(text: str) -> str:
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
