"""Hold a scene that a user plays a part in. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from characters.scripts.model import Scene

MOST_JOINED = 4
"""Lines of the part in a row that one message may say at once."""


@dataclass(frozen=True, slots=True)
class SceneLine:
    """Hold a line of the script as it is played."""

    speaker: str
    text: str
    """With the remark that stands before it."""
    before: tuple[str, ...] = ()
    """What happens right before it."""


@dataclass(frozen=True, slots=True)
class PlayedScene:
    """Hold the lines of a scene, and the speaker that the user plays."""

    lines: Sequence[SceneLine]
    part: str

    def is_own(self, at: int) -> bool:
        """Return whether the line at a position is the user's."""
        return self.lines[at].speaker == self.part

    def until_own(self, start: int) -> range:
        """Return the positions of the others' lines from ``start`` to the user's next line."""
        stop = start
        while stop < len(self.lines) and not self.is_own(stop):
            stop += 1
        return range(start, stop)

    def sayings(self, start: int) -> list[tuple[range, str]]:
        """Return what the user may say at their line ``start``, with the positions it takes.

        That is the line alone, or with those of theirs that follow it directly.
        """
        found: list[tuple[range, str]] = []
        for stop in range(start + 1, min(start + MOST_JOINED, len(self.lines)) + 1):
            if not self.is_own(stop - 1):
                break
            text = " ".join(self.lines[at].text for at in range(start, stop))
            found.append((range(start, stop), text))
        return found

    def own_after(self, start: int, most: int) -> list[int]:
        """Return the positions of the user's lines from ``start`` on, at most ``most``."""
        return [at for at in range(start, len(self.lines)) if self.is_own(at)][:most]


def lines_of_scene(scene: Scene) -> list[SceneLine]:
    """Return the lines of a scene of a script, each with its remark and what happens before it."""
    before: dict[int, list[str]] = {}
    for each in scene.directions:
        if each.text and each.certain:
            before.setdefault(each.at, []).append(each.text)
    return [
        SceneLine(line.speaker, _with_remark(line.text, line.direction), tuple(before.get(at, ())))
        for at, line in enumerate(scene.lines)
    ]


def count_parts(lines: Sequence[SceneLine]) -> dict[str, int]:
    """Return how many lines each speaker has, in the order of their first lines."""
    return dict(Counter(line.speaker for line in lines))


def _with_remark(text: str, remark: str | None) -> str:
    """Return the words with the remark in front of them, unless they hold it already."""
    if not remark or all(each in text for each in remark.split(", ")):
        return text
    return f"({remark}) {text}"
