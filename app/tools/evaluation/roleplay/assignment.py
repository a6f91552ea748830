"""Decide which dialogues each character knows, so that none contains the answer asked for.

The data has no script beside the questions: a role's only lines are in the contexts of its items.
Items cut out of one dialogue at different lines contain each other's answers, so dialogues are
held out as a whole: those of a role are split into folds as ``offbook eval retrieval`` splits
scenes (dialogues that share a line stay together), and an item is answered by a character that
knows only the dialogues of the other folds.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from app.search.benchmark.folds import split_folds
from app.tools.evaluation.judges.speaker_questions import Corpus
from app.tools.evaluation.roleplay.dataset import DatasetRow, Item
from characters.passages.duplicates import letters
from characters.scripts.model import Line, Scene

Examples = Literal["others", "none"]
"""``others``: from the role's other dialogues. ``none``: the profile alone, as in the benchmark's
own scripts."""


@dataclass(frozen=True, slots=True)
class KnownScenes:
    """Describe a character to make: a role and the dialogues it knows."""

    role: str
    novel: str
    scenes: Sequence[Scene]


@dataclass(frozen=True, slots=True)
class CharacterAssignment:
    """Assign each item to the character that answers it."""

    characters: list[KnownScenes]
    character_of: list[int]
    """The number of the character that answers each item."""
    dialogue_of: list[int]
    """The number of the dialogue that each item is cut out of; dialogues are resampled."""


def assign_items(items: Sequence[Item], examples: Examples) -> CharacterAssignment:
    """Return the characters needed for all items, and which of them answers each."""
    by_role: dict[tuple[str, str], list[int]] = defaultdict(list)
    for number, item in enumerate(items):
        by_role[item.novel, item.role].append(number)
    assignment = CharacterAssignment([], [0] * len(items), [0] * len(items))
    dialogues = 0
    for (novel, role), numbers in by_role.items():
        contexts = [items[number].rows for number in numbers]
        whole = _whole_dialogues(contexts)
        fold_of = _folds(contexts, whole, role) if examples == "others" else {}
        numbered: dict[int | None, int] = {}
        for number, within in zip(numbers, whole, strict=True):
            folds = {fold_of.get(dialogue) for dialogue in within}
            # An item that begins dialogues of two folds goes to a character that knows neither.
            fold = folds.pop() if len(folds) == 1 else None
            if fold not in numbered:
                numbered[fold] = len(assignment.characters)
                known = [d for d, held_out in fold_of.items() if fold not in (None, held_out)]
                assignment.characters.append(
                    KnownScenes(role, novel, _spoken([contexts[d] for d in known], role))
                )
            assignment.character_of[number] = numbered[fold]
            assignment.dialogue_of[number] = dialogues + within[0]
        dialogues += len(numbers)
    return assignment


def casts_of(items: Sequence[Item]) -> list[Corpus]:
    """Return the dialogues of each novel, in the file's order: what a judge's gate asks about."""
    scenes: dict[str, list[Scene]] = defaultdict(list)
    for item in items:
        scenes[item.novel].append(_scene(item.rows))
    return [Corpus(novel, of) for novel, of in scenes.items()]


def _whole_dialogues(contexts: Sequence[Sequence[DatasetRow]]) -> list[list[int]]:
    """Return for each context the numbers of the longest that begin with it: mostly one.

    Among equal contexts, the first stands for all.
    """
    said = [[(letters(row.speaker), letters(row.text)) for row in rows] for rows in contexts]
    alike: dict[tuple[str, str], list[int]] = defaultdict(list)
    for number, rows in enumerate(said):
        alike[rows[0]].append(number)
    found: dict[int, list[int]] = {}
    for group in alike.values():
        ends = [n for n in group if not any(_continues(n, other, said) for other in group)]
        for number in group:
            rows = said[number]
            found[number] = [end for end in ends if said[end][: len(rows)] == rows]
    return [found[number] for number in range(len(said))]


def _continues(number: int, other: int, said: Sequence[Sequence[tuple[str, str]]]) -> bool:
    """Return whether the other context continues this one, or equals it and comes first."""
    rows, longer = said[number], said[other]
    if longer[: len(rows)] != rows:
        return False
    return len(longer) > len(rows) or other < number


def _folds(
    contexts: Sequence[Sequence[DatasetRow]], whole: Sequence[Sequence[int]], role: str
) -> dict[int, int]:
    """Return the fold of each whole dialogue, by its number."""
    numbers = sorted({dialogue for within in whole for dialogue in within})
    folds = split_folds([_scene(contexts[number]) for number in numbers], {role})
    return {numbers[at]: fold for fold, scenes in enumerate(folds) for at in scenes}


def _spoken(dialogues: Sequence[Sequence[DatasetRow]], role: str) -> list[Scene]:
    """Return the dialogues in which the role speaks, as scenes."""
    said = (rows for rows in dialogues if any(row.speaker == role for row in rows))
    return [_scene(rows) for rows in said]


def _scene(rows: Sequence[DatasetRow]) -> Scene:
    lines = [
        Line(row.speaker, " ".join(row.text.split()), number)
        for number, row in enumerate(rows, start=1)
    ]
    return Scene(lines, row=1)
