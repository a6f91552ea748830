"""Find a bookmark again in another version of its script. Pure."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Any

BEHIND = 8
"""Scenes before the bookmark that it is found by: those may be edited, moved or cut."""


def fingerprint(lines: Sequence[Sequence[Any]]) -> str:
    """Return what names a scene by its content; ``lines`` begin with speaker and text."""
    spoken = [[line[0], line[1]] for line in lines]
    return hashlib.sha256(json.dumps(spoken).encode()).hexdigest()[:16]


def lay(before: Sequence[str], after: str) -> list[str]:
    """Return the trail of a bookmark between scenes.

    ``before`` has the fingerprints of the last scenes that were read, in their order; ``after``
    that of the first one that was not, empty behind the last scene.
    """
    return [after, *reversed(before[-BEHIND:])]


def follow(trail: Sequence[str], scene: int, prints: Sequence[str]) -> int:
    """Return how many scenes of another version have been read.

    ``scene`` is how many were in the version of the ``trail``, and ``prints`` has the fingerprints
    of the other one's scenes. Where it cannot be known, fewer rather than more: a scene that was
    changed is read where as many scenes as before lie between two that were not.
    """
    after, *before = trail
    for back, print in enumerate(before):
        at = _nearest(prints, print, scene - 1 - back)
        if at is None:
            continue
        if back > 0 and at + back + 1 < len(prints) and prints[at + back + 1] == after:
            return at + back + 1
        return at + 1
    unread = _nearest(prints, after, scene) if after else None
    return min(scene, len(prints) if unread is None else unread)


def _nearest(prints: Sequence[str], print: str, expected: int) -> int | None:
    """Return the place of a fingerprint nearest to ``expected``, the earlier of two as near."""
    places: Iterable[int] = (at for at, each in enumerate(prints) if each == print)
    return min(places, key=lambda at: (abs(at - expected), at), default=None)
