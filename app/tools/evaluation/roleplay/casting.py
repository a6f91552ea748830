"""Which dialogues each character may know, so that none holds the answer it is asked for.

The data has no script beside the questions: the contexts of a role's other items are the only
lines of it that there are. Items cut out of one dialogue at different lines contain each other's
answers, so what a dialogue says is held out as a whole: the dialogues of a role are split into
folds as ``offbook eval retrieval`` splits scenes (those that share a line stay together), and an
item is answered by a character that knows the dialogues of the other folds only.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from app.search.benchmark.folds import split_folds
from app.tools.evaluation.roleplay.dataset import DatasetRow, Item
from characters.passages.duplicates import letters
from characters.scripts.model import Line, Scene

Examples = Literal["others", "none"]
"""``others``: of the role's other dialogues. ``none``: the profile alone, as the benchmark's own
scripts do it."""


@dataclass(frozen=True, slots=True)
class KnownScenes:
    """A character to make: a role that knows some dialogues."""

    role: str
    novel: str
    scenes: Sequence[Scene]


@dataclass(frozen=True, slots=True)
class Cast:
    """Who answers what."""

    parts: list[KnownScenes]
    part_of: list[int]
    """The number of the part that answers each item."""
    dialogue_of: list[int]
    """The number of the dialogue that each item is cut out of: they are what is resampled."""


def cast_items(items: Sequence[Item], examples: Examples) -> Cast:
    """The parts of all items."""
    by_role: dict[tuple[str, str], list[int]] = defaultdict(list)
    for number, item in enumerate(items):
        by_role[item.novel, item.role].append(number)
    cast = Cast([], [0] * len(items), [0] * len(items))
    dialogues = 0
    for (novel, role), numbers in by_role.items():
        contexts = [items[number].rows for number in numbers]
        whole = _whole_dialogues(contexts)
        fold_of = _folds(contexts, whole, role) if examples == "others" else {}
        parts: dict[int | None, int] = {}
        for number, within in zip(numbers, whole, strict=True):
            folds = {fold_of.get(dialogue) for dialogue in within}
            # What begins like dialogues of two folds is asked of nobody who knows either.
            fold = folds.pop() if len(folds) == 1 else None
            if fold not in parts:
                parts[fold] = len(cast.parts)
                known = [d for d, held_out in fold_of.items() if fold not in (None, held_out)]
                cast.parts.append(
                    KnownScenes(role, novel, _spoken([contexts[d] for d in known], role))
                )
            cast.part_of[number] = parts[fold]
            cast.dialogue_of[number] = dialogues + within[0]
        dialogues += len(numbers)
    return cast


def _whole_dialogues(contexts: Sequence[Sequence[DatasetRow]]) -> list[list[int]]:
    """For each context the longest ones that begin with it, by number: most often just one.

    Of equal contexts the first stands for all.
    """
    said = [[(letters(row.speaker), letters(row.text)) for row in rows] for rows in contexts]
    alike: dict[tuple[str, str], list[int]] = defaultdict(list)
    for number, rows in enumerate(said):
        alike[rows[0]].append(number)
    found: dict[int, list[int]] = {}
    for group in alike.values():
        ends = [n for n in group if not any(_goes_on(n, other, said) for other in group)]
        for number in group:
            rows = said[number]
            found[number] = [end for end in ends if said[end][: len(rows)] == rows]
    return [found[number] for number in range(len(said))]


def _goes_on(number: int, other: int, said: Sequence[Sequence[tuple[str, str]]]) -> bool:
    """Whether the other goes on where this one ends, or is the same and came first."""
    rows, longer = said[number], said[other]
    if longer[: len(rows)] != rows:
        return False
    return len(longer) > len(rows) or other < number


def _folds(
    contexts: Sequence[Sequence[DatasetRow]], whole: Sequence[Sequence[int]], role: str
) -> dict[int, int]:
    """The fold of each whole dialogue."""
    numbers = sorted({dialogue for within in whole for dialogue in within})
    folds = split_folds([_scene(contexts[number]) for number in numbers], {role})
    return {numbers[at]: fold for fold, scenes in enumerate(folds) for at in scenes}


def _spoken(dialogues: Sequence[Sequence[DatasetRow]], role: str) -> list[Scene]:
    """As scenes, those in which the role says something."""
    said = (rows for rows in dialogues if any(row.speaker == role for row in rows))
    return [_scene(rows) for rows in said]


def _scene(rows: Sequence[DatasetRow]) -> Scene:
    lines = [
        Line(row.speaker, " ".join(row.text.split()), number)
        for number, row in enumerate(rows, start=1)
    ]
    return Scene(lines, row=1)
