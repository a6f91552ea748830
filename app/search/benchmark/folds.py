"""Scenes held out by folds, so that nothing that is asked for can be found word by word."""

from collections import Counter
from collections.abc import Collection, Sequence

from characters.passages.duplicates import letters
from characters.scripts.model import Scene

FOLDS = 5

_TELLING = 5
"""Letters from which a line is no mere interjection: two scenes that share such a line belong
together."""


def group_scenes(scenes: Sequence[Scene]) -> list[list[int]]:
    """The scenes, by number, in groups that share no line."""
    parents = list(range(len(scenes)))

    def root(scene: int) -> int:
        while parents[scene] != scene:
            parents[scene] = parents[parents[scene]]
            scene = parents[scene]
        return scene

    holders: dict[str, int] = {}
    for number, scene in enumerate(scenes):
        for line in scene.lines:
            said = letters(line.text)
            if len(said) >= _TELLING:
                parents[root(number)] = root(holders.setdefault(said, number))
    groups: dict[int, list[int]] = {}
    for number in range(len(scenes)):
        groups.setdefault(root(number), []).append(number)
    return list(groups.values())


def split_folds(
    scenes: Sequence[Scene], own: Collection[str], folds: int = FOLDS
) -> list[list[int]]:
    """Folds of scenes, by number, with about as many lines of the character in each.

    Groups of scenes stay together; the largest are placed first, each where there is least.
    """
    weights = Counter[int]()
    for number, scene in enumerate(scenes):
        weights[number] = sum(line.speaker in own for line in scene.lines)
    groups = [(sum(weights[number] for number in group), group) for group in group_scenes(scenes)]
    placed: list[list[int]] = [[] for _ in range(folds)]
    filled = [0] * folds
    for weight, group in sorted(groups, key=lambda each: (-each[0], each[1])):
        emptiest = min(range(folds), key=lambda fold: (filled[fold], fold))
        placed[emptiest] += group
        filled[emptiest] += weight
    return [sorted(fold) for fold in placed if fold]
