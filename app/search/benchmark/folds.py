"""Hold scenes out in folds, so that no question's answer is stored word for word."""

from collections.abc import Collection, Sequence

from characters.passages.duplicates import letters
from characters.passages.windows import without_directions
from characters.scripts.model import Scene
from retrieval.evaluation.folds import FOLDS, balance_folds, group_by_shared

LEAST_LETTERS = 5
"""Shorter lines are interjections: scenes that share one need not stay together, so an interjection
held out may stand word for word in what is kept, and is no question."""


def group_scenes(scenes: Sequence[Scene]) -> list[list[int]]:
    """Return the scenes, by number, in groups that share no line, stage directions aside."""
    said = ([spoken_letters(line.text) for line in scene.lines] for scene in scenes)
    return group_by_shared(
        [[each for each in lines if len(each) >= LEAST_LETTERS] for lines in said]
    )


def spoken_letters(text: str) -> str:
    """Return the letters of a line without its stage directions, as lines are compared."""
    return letters(without_directions(text))


def split_folds(
    scenes: Sequence[Scene], own: Collection[str], folds: int = FOLDS
) -> list[list[int]]:
    """Return folds of scenes, by number, with about as many lines of the character in each.

    ``own``: the speakers that are the character.
    """
    weights = [sum(line.speaker in own for line in scene.lines) for scene in scenes]
    return balance_folds(group_scenes(scenes), weights, folds)
