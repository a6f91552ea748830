"""Find the moment of a scene to return to after it has strayed. Pure."""

from collections.abc import Mapping

SKIPPING = 0.02
"""What each line that is left out counts against a moment."""
NOTABLE = 0.25
"""Nearness below which a moment is as good as any other."""


def candidates(following: int, lines: int, most: int) -> range:
    """Return the positions that a scene may return to: those to come, at most ``most``.

    After the last line, any of the scene's newest.
    """
    if following < lines:
        return range(following, min(lines, following + most))
    return range(max(0, lines - most), lines)


def nearest_line(nearness: Mapping[int, float]) -> int:
    """Return the position to return to: the nearest to what was said, the sooner the better.

    ``nearness`` has, for each candidate, how near it is to the nearest of the newest lines, from 0
    to 1; there is at least one. Where none is notable, and of equals, it is the first.
    """
    first = min(nearness)

    def worth(at: int) -> float:
        near = nearness[at] if nearness[at] >= NOTABLE else 0.0
        return near - SKIPPING * (at - first)

    return max(sorted(nearness), key=worth)
