"""Keep the text between the lines of the open scene until the scene is complete."""

from characters.scripts.model import Direction
from characters.scripts.text.wrapping import join_rows

DIRECTION_CHARACTERS = 1_000
DIRECTION_ROWS = 50
"""Most rows between two lines of dialogue. Where the source has more, an empty direction stands for
all of them."""


class Directions:
    """Collect directions in order; successive rows are joined, like a wrapped paragraph."""

    def __init__(self) -> None:
        self._kept: list[Direction] = []
        self._row = 0
        self._rows = 0
        """Since the last line of dialogue."""

    def add(self, at: int, row: int, text: str, *, certain: bool = True) -> None:
        """Add ``text``, which stands in ``row`` after the first ``at`` lines of the scene."""
        above = self._kept[-1] if self._kept and self._kept[-1].at == at else None
        follows = above is not None and row == self._row + 1 and certain == above.certain
        self._rows = self._rows + 1 if above else 1
        self._row = row
        if above is not None and not above.text:
            return
        text = text.replace("\0", "").strip()
        if above is not None and follows:
            text = join_rows(above.text, text) if text else above.text
            self._kept.pop()
        if self._rows > DIRECTION_ROWS or len(text) > DIRECTION_CHARACTERS:
            self._kept = [each for each in self._kept if each.at < at]
            self._kept.append(Direction(at, ""))
        elif text:
            self._kept.append(Direction(at, text, certain))

    def take(self, lines: int) -> tuple[Direction, ...]:
        """Return the directions of a scene that ends after ``lines`` lines, and forget all."""
        if not self._kept:
            return ()
        taken = tuple(each for each in self._kept if each.at < lines)
        self.clear()
        return taken

    def clear(self) -> None:
        """Forget all directions."""
        self._kept = []
